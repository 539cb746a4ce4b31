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

    with tqdm(total=total, file=sys.stderr, leave=False, dynamic_ncols=True) as bar:
        shown = _Bar(bar, look)
        watch = threading.Thread(target=shown.watch, daemon=True)
        watch.start()
        try:
            yield shown
        finally:
            shown.over.set()
            watch.join()


class _Bar:
    def __init__(self, bar: Any, look: Callable[[], Mapping[str, float]]) -> None:
        self.bar, self.look, self.over = bar, look, threading.Event()

    def watch(self) -> None:
        """Show what is under way, until all is over."""
        while not self.over.wait(EVERY):
            self.bar.set_postfix_str(under_way(self.look()))

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
def counted(unit: str) -> Iterator[Count]:
    """Count the parts of what takes long: a bar on a terminal, elsewhere a line now and then."""
    if not sys.stderr.isatty():
        yield _Pauses(unit)
        return
    from tqdm import tqdm

    with tqdm(
        total=0, file=sys.stderr, leave=False, dynamic_ncols=True, unit=unit, delay=SILENT
    ) as bar:

        def count(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield count


def each_of(parts: Sequence[T], count: Count) -> Iterator[T]:
    """The parts in turn; `count` is told of each when the next is asked for."""
    for done, part in enumerate(parts, start=1):
        yield part
        count(done, len(parts))


class _Pauses:
    def __init__(self, unit: str) -> None:
        self.unit, self.begun = unit, time.monotonic()
        self.last = self.begun

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.last < PAUSE:
            return
        self.last, spent = now, now - self.begun
        left = spent * (total - done) / done
        line = f"[{done}/{total}] {self.unit}s, {spent:.0f} s, about {left:.0f} s left"
        print(line, file=sys.stderr, flush=True)
