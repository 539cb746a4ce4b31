"""Limits of a visitor's process: address space, processor time a job, a share of a core.

A job that takes too long, or that a newer state makes pointless, is ended by an exception raised
in the main thread: none that calculations catch, like that of Ctrl-C.
"""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

SECONDS = 30.0
"""Of processor time for one job."""
_GRACE = 15.0
"""Seconds more after which a job that no exception reaches, as in a library's own loop, ends the
process."""
ROOM = 2 * 2**30
"""Bytes of address space beyond what the imports take."""
_NICE = 5
BURST = 2.0
"""Seconds of processor time that may be taken at once, beyond the share of a core."""


class StoppedError(BaseException):
    """A job that ends early."""


class TooLongError(StoppedError):
    """A job that took its processor time."""


class SupersededError(StoppedError):
    """A job whose state has moved."""


class Jobs:
    """Guards of the main thread's jobs; make it there.

    Parameters
    ----------
    moved : whether a message that moves the state waits. It alone decides: a signal may come late,
        when the job of the newer state is already under way.
    """

    def __init__(self, moved: Callable[[], bool]) -> None:
        self._moved = moved
        self._open = self._moot = False
        signal.signal(signal.SIGPROF, self._too_long)
        signal.signal(signal.SIGUSR1, self._superseded)

    @contextmanager
    def job(self, *, moot: bool = False, seconds: float = SECONDS) -> Iterator[None]:
        """Run what is inside until it ends or takes too long; where `moot`, until a newer state.

        Nothing is sent inside: half a message would be the end of the wire.

        Raises
        ------
        TooLongError, SupersededError
            If it is ended.
        """
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds + _GRACE)
        self._open, self._moot = True, moot
        try:
            self._look()
            yield
        finally:
            self._open = self._moot = False
            for timer in (signal.ITIMER_PROF, signal.ITIMER_VIRTUAL):
                signal.setitimer(timer, 0.0)

    def supersede(self) -> None:
        """End the job that runs, if one does; called from another thread."""
        if self._moot:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    def _too_long(self, number: int, frame: FrameType | None) -> None:
        if self._open:
            self._open = self._moot = False
            raise TooLongError

    def _superseded(self, number: int, frame: FrameType | None) -> None:
        self._look()

    def _look(self) -> None:
        if self._moot and self._moved():
            self._moot = False  # where Python ignores what is raised, the time is still limited
            raise SupersededError


class Pace:
    """Keeps a process within its share of a core, and what plays below a number of frames.

    All that is done draws on an account, which fills at the share and holds `BURST` seconds: who
    moves something now and then never waits, who floods the process does.

    Attributes
    ----------
    share, frames : of a core, and a second.
    part : of the share, for this process; the rest is for what it calculates in another beside.
    """

    def __init__(
        self,
        share: float = 1.0,
        frames: float = 20.0,
        wall: Callable[[], float] = time.monotonic,
        work: Callable[[], float] = time.process_time,
    ) -> None:
        self.share, self.frames = share, frames
        self._clocks, self._level, self.part = (wall, work), BURST, 1.0
        self._looked = self._begun = self._now()

    def _now(self) -> tuple[float, float]:
        wall, work = self._clocks
        return wall(), work()

    @property
    def granted(self) -> float:
        """The share of a core that this process may take now."""
        return self.share * self.part

    def debt(self) -> float:
        """Return the seconds after which the account is no longer overdrawn."""
        now = self._now()
        passed, worked = (new - old for new, old in zip(now, self._looked, strict=True))
        self._level, self._looked = min(BURST, self._level + self.granted * passed - worked), now
        return max(0.0, -self._level / self.granted)

    def begin(self) -> None:
        """Note the start of a turn."""
        self._begun = self._now()

    def rest(self) -> float:
        """Return the seconds to wait before the next turn."""
        spent, worked = (new - old for new, old in zip(self._now(), self._begun, strict=True))
        return max(0.0, max(1 / self.frames, worked / self.granted) - spent)


def confine(room: int = ROOM) -> None:
    """Limit the address space, where the system says how much is taken, and be nice."""
    taken = Path("/proc/self/statm")
    if taken.exists():
        pages = int(taken.read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + room
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICE)
