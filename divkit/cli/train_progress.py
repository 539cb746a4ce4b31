"""Progress of `divkit train`, and requests to stop it."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

import typer

from divkit.cli.output import number

if TYPE_CHECKING:
    from divkit.training.measures.records import Record
    from divkit.training.run import SavedStep

_PAUSE = 10.0
"""Seconds without a line after which the step is printed, where there is no terminal."""


class Stop:
    """Takes Ctrl-C and SIGTERM as a request to stop; a second one ends at once.

    The training asks between two steps. Entered while a record is measured, the first signal
    stops the measuring.
    """

    def __init__(self) -> None:
        self._requested, self._measuring = False, False

    def __call__(self) -> bool:
        """True once a signal came."""
        return self._requested

    def __enter__(self) -> None:
        from divkit.training.run import StopRequested

        self._measuring = True
        if self._requested:
            raise StopRequested

    def __exit__(self, *_: object) -> None:
        self._measuring = False

    def request(self, number: int, frame: FrameType | None) -> None:
        """Take a signal."""
        from divkit.training.run import StopRequested

        if self._requested:
            raise KeyboardInterrupt
        self._requested = True
        if self._measuring:
            raise StopRequested


@contextmanager
def stopping() -> Iterator[Stop]:
    """Take Ctrl-C and SIGTERM as requests to stop."""
    stop = Stop()
    with _answered_by(stop.request, signal.SIGINT, signal.SIGTERM):
        yield stop


@contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end what is inside and no more; by default it leaves with 130."""
    with _answered_by(signal.default_int_handler, signal.SIGINT), suppress(KeyboardInterrupt):
        yield


@contextmanager
def _answered_by(handler: Callable[[int, FrameType | None], Any], *signs: int) -> Iterator[None]:
    """Answer signals by a handler, and put those of before back."""
    before = {sign: signal.signal(sign, handler) for sign in signs}
    try:
        yield
    finally:
        for sign, kept in before.items():
            signal.signal(sign, kept)


@contextmanager
def shown(total: int) -> Iterator[Any]:
    """A bar on a terminal; elsewhere a line a record, and one where none came for long."""
    from tqdm import tqdm

    last = time.monotonic()
    with tqdm(
        total=total, file=sys.stderr, leave=False, unit="step", disable=not sys.stderr.isatty()
    ) as bar:

        def show(step: SavedStep) -> None:
            nonlocal last
            bar.update(step.index - bar.n)
            line = record_line(step.record) if step.records else ""
            if not bar.disable:
                if line:
                    bar.set_postfix_str(line)
            elif line or time.monotonic() - last > _PAUSE:
                last = time.monotonic()
                typer.echo(f"[{step.index}/{total}] {line}".rstrip(), err=True)

        yield show


def record_line(record: Record) -> str:
    """Write V, its bound and the JSD of a record in one line."""
    limit = "unknown" if record.bounded else "none: losses without a theorem"
    limit = limit if record.bound is None else number(record.bound.value, 6)
    sure = " (estimate)" if record.js.is_estimate else ""
    sure += f" ({record.js.side()})" if record.js.one_sided else ""
    sure += f" ({record.words})" if record.words else ""
    sure += "; V ABOVE ITS BOUND" if record.excess is not None and record.excess > 1 else ""
    first = ""
    if record.objective is not None:
        first = f"{record.objective.name} = {number(record.objective.value, 6)}, "
    if record.held_out_value is not None and record.held_out_error is not None:
        best = "V" if record.objective is None else "V at D*"
        spread = number(record.held_out_error, 1)
        first += f"{best} = {number(record.held_out_value, 6)} ± {spread}, "
    return f"{first}bound {limit}, JSD {number(record.js.value, 6)}{sure}"
