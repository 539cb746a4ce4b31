"""A calculation beside what plays: in a child of the visitor's process, which forks as it is.

The child shares the memory of the moment, writes its numbers as JSON into a pipe, and ends; it
ends too when the visitor's process is gone, and after its processor time.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

from divkit.faults import is_advice
from divkit.lab.protocol.words import written

SECONDS = 30
"""Of processor time."""
_WALL = 120.0
_LOOK, _NICE, _READ = 1.0, 5, 2**16
_FILES = 2**16


@dataclass(frozen=True)
class Moment:
    """The state that numbers are of."""

    seq: int
    step: float


class Aside:
    """At most one calculation at a time."""

    def __init__(self) -> None:
        self._child, self._pipe, self._raw = 0, -1, b""
        self._moment, self._began, self._spent = Moment(0, 0), 0.0, 0.0

    @property
    def busy(self) -> bool:
        """Whether one is under way."""
        return self._child != 0

    def rested(self, share: float) -> bool:
        """Whether the last one has been paid for, at this share of a core."""
        return not self.busy and time.monotonic() - self._began >= self._spent / share

    def begin(self, compute: Callable[[], Mapping[str, Any]], moment: Moment) -> None:
        """Start a calculation; its results are plain values by name."""
        reading, writing = os.pipe()
        with warnings.catch_warnings():  # the other thread reads a socket that the child closes
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            _work(compute, writing)
        os.close(writing)
        self._child, self._pipe, self._raw = child, reading, b""
        self._moment, self._began = moment, time.monotonic()

    def taken(self) -> tuple[Moment, dict[str, Any]] | None:
        """Return what has been calculated, once; None while it goes on, or if it failed."""
        while self.busy and select.select([self._pipe], [], [], 0)[0]:
            part = os.read(self._pipe, _READ)
            self._raw += part
            if not part:
                raw, moment = self._raw, self._moment
                self.end()
                return (moment, json.loads(raw)) if raw else None
        if self.busy and time.monotonic() - self._began > _WALL:
            self.end()
        return None

    def end(self) -> None:
        """End what is under way."""
        if self.busy:
            os.kill(self._child, signal.SIGKILL)
            _, _, taken = os.wait4(self._child, 0)
            self._spent = taken.ru_utime + taken.ru_stime
            os.close(self._pipe)
            self._child = 0


def _work(compute: Callable[[], Mapping[str, Any]], writing: int) -> None:
    """The child's life."""
    code = 1
    try:
        _alone(writing)
        raw = written(compute()).encode()
        while raw:
            raw = raw[os.write(writing, raw) :]
        code = 0
    except Exception as error:
        if not is_advice(error) and not isinstance(error, ArithmeticError):
            os.write(2, f"a number beside what plays failed: {error!r}\n".encode())
    finally:
        os._exit(code)


def _alone(writing: int) -> None:
    """Give up all that is the parent's, and watch whether it lives."""
    parent = os.getppid()
    os.closerange(3, writing)
    os.closerange(writing + 1, _FILES)
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    def look(number: int, frame: FrameType | None) -> None:
        if os.getppid() != parent:
            os._exit(1)

    for each in (signal.SIGPROF, signal.SIGUSR1):
        signal.signal(each, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _LOOK, _LOOK)
