"""Progress on stderr: a bar with the time left on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

EVERY = 0.5  # seconds between looks at steps that are under way


PAUSE = 10.0
"""Seconds without a line after which one is printed, where there is no terminal."""
SILENT = 2.0
"""Seconds before a bar appears: what is over sooner needs none."""
Count: TypeAlias = Callable[[int, int], None]
"""(done, total), either of which may have grown."""


class Tracker(Protocol):
    """Follower of the steps of a loop."""

    def end(self, name: str, outcome: str, seconds: float) -> None:
        """A step is over."""
        ...


@contextmanager
def tracker(total: int, look: Callable[[], Mapping[str, float]]) -> Iterator[Tracker]:
    """Follow `total` steps; on a terminal also the shares of each that are done, from `look`."""
    if not sys.stderr.isatty():
        yield _Lines(total)
        return
    from tqdm import tqdm

    bar = tqdm(total=total, file=sys.stderr, leave=False, dynamic_ncols=True)
    with bar, _watched(shown := _Bar(bar, look)):
        yield shown


class _Bar:
    def __init__(self, bar: Any, shares: Callable[[], Mapping[str, float]]) -> None:
        self.bar, self.shares = bar, shares

    def look(self) -> None:
        self.bar.set_postfix_str(under_way(self.shares()))

    def end(self, name: str, outcome: str, seconds: float) -> None:
        self.bar.update(1)


def under_way(shares: Mapping[str, float]) -> str:
    """The steps that have begun and are not over, each with its percentage.

    >>> under_way({"a": 1.0, "b": 0.25, "c": 0.0})
    'b 25%'
    """
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items() if 0 < share < 1)


class _Lines:
    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0

    def end(self, name: str, outcome: str, seconds: float) -> None:
        self.done += 1
        count = f"{self.done:{len(str(self.total))}d}/{self.total}"
        print(f"[{count}] {name}: {outcome} ({seconds:.1f} s)", file=sys.stderr, flush=True)


@contextmanager
def counted(unit: str, total: int = 0) -> Iterator[Count]:
    """Count the parts of what takes long: a bar on a terminal, elsewhere a line now and then.

    Both appear while a part is under way, too; the time left is told once a part is over.
    """
    if not sys.stderr.isatty():
        with _watched(lines := _Pauses(f"{unit}s", total)):
            yield lines
        return
    from tqdm import tqdm

    bar = tqdm(
        total=total, file=sys.stderr, leave=False, dynamic_ncols=True, unit=unit, delay=SILENT
    )
    with bar, _watched(shown := _PartsBar(bar)):
        yield shown


@contextmanager
def waited(what: str) -> Iterator[None]:
    """Say for how long a step without parts has been under way, from two seconds on."""
    if not sys.stderr.isatty():
        with _watched(_Pauses(what)):
            yield
        return
    from tqdm import tqdm

    bar = tqdm(
        total=0, file=sys.stderr, leave=False, bar_format=f"{what}, {{elapsed}}", delay=SILENT
    )
    with bar, _watched(_PartsBar(bar)):
        yield


class _Looked(Protocol):
    def look(self) -> None:
        """Show how far it is, if it is time."""
        ...


@contextmanager
def _watched(shown: _Looked) -> Iterator[None]:
    """Have a look every so often, until all is over."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(EVERY):
            shown.look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class _PartsBar:
    """A bar of parts."""

    def __init__(self, bar: Any) -> None:
        self.bar, self.begun = bar, time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        self.bar.total = total
        self.bar.update(done - self.bar.n)

    def look(self) -> None:
        if time.monotonic() - self.begun > SILENT:
            self.bar.refresh()


def each_of(parts: Sequence[T], count: Count) -> Iterator[T]:
    """The parts in turn; `count` is told of each when the next is asked for."""
    for done, part in enumerate(parts, start=1):
        yield part
        count(done, len(parts))


class _Pauses:
    """Lines, one a pause."""

    def __init__(self, what: str, total: int = 0) -> None:
        self.what, self.done, self.total = what, 0, total
        self.begun = self.last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        self.look()

    def look(self) -> None:
        now = time.monotonic()
        if now - self.last < PAUSE:
            return
        self.last, spent = now, now - self.begun
        count = f"[{self.done}/{self.total}] " if self.total else ""
        line = f"{count}{self.what}, {spent:.0f} s"
        if self.done:
            line += f", about {spent * (self.total - self.done) / self.done:.0f} s left"
        print(line, file=sys.stderr, flush=True)
