"""Progress on stderr: a bar with the time left on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias, TypeVar

from divkit.work import observed

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

    Both appear while a part is under way, too, and show how much of it is over where it says so
    (`divkit.work`); the time left is told once something is over.
    """
    if not sys.stderr.isatty():
        with _watched(lines := _Pauses(f"{unit}s", total)), observed(lines.within):
            yield lines
        return
    from tqdm import tqdm

    bar = tqdm(
        total=total,
        file=sys.stderr,
        leave=False,
        dynamic_ncols=True,
        bar_format=_BAR,
        delay=SILENT,
    )
    with bar, _watched(shown := _PartsBar(bar, f"{unit}s")), observed(shown.within):
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


class TimeLeft:
    """The time left, from the share of the work that is over.

    At each advance it is what the rest takes at the speed so far. In between it counts down, and
    not below what is left behind a part as large as the last: no part that takes long, as none
    that is stuck, makes it grow.
    """

    def __init__(self, now: float) -> None:
        self.begun = self.at = now
        self.share = self.last = 0.0

    def advance(self, share: float, now: float) -> None:
        """Take a share that is over; a smaller one, where more work became known, too."""
        if share != self.share:
            self.last = max(share - self.share, 0.0)
            self.share, self.at = share, now

    def seconds(self, now: float) -> float | None:
        """Return how long it takes still; None where nothing is over, or nobody can tell."""
        if self.share <= 0:
            return None
        speed = (self.at - self.begun) / self.share  # seconds for all of it
        rest = 1 - self.share
        left = max(speed * rest - (now - self.at), speed * max(rest - self.last, 0.0))
        return left if left > 0 or rest <= 0 else None


class _Tally:
    """Parts that are over, the share of the one under way, and the time left."""

    def __init__(self, what: str, total: int = 0) -> None:
        self.what, self.done, self.total, self.share = what, 0, total, 0.0
        self.begun = self.last = time.monotonic()
        self.left = TimeLeft(self.begun)

    def __call__(self, done: int, total: int) -> None:
        """Count parts that are over."""
        self.done, self.total, self.share = done, total, 0.0
        self.look()

    def within(self, share: float) -> None:
        """Take the share of the part under way that is over; it does not fall."""
        self.share = max(self.share, min(share, 1.0))

    def look(self) -> None:
        """Show how far it is, if it is time."""
        raise NotImplementedError

    def words(self, now: float) -> str:
        """Say how much is over, for how long it has been under way, and how long it takes."""
        over = self.over
        if self.total:
            self.left.advance(over / self.total, now)
        count = f"[{self.done}/{self.total}] " if self.total else ""
        line = f"{count}{self.what}, {now - self.begun:.0f} s"
        left = self.left.seconds(now)
        return line if left is None else f"{line}, about {left:.0f} s left"

    @property
    def over(self) -> float:
        """Parts that are over, and of the one under way its share."""
        return min(self.done + self.share, self.total) if self.total else self.done


_BAR = "{percentage:3.0f}%|{bar}| {postfix}"


class _PartsBar(_Tally):
    """A bar of parts."""

    def __init__(self, bar: Any, what: str = "", total: int = 0) -> None:
        super().__init__(what, total or int(bar.total or 0))
        self.bar = bar

    def look(self) -> None:
        """Draw the bar."""
        now = time.monotonic()
        words = self.words(now) if self.what else ""
        if now - self.begun > SILENT:
            self.bar.total, self.bar.n = self.total or self.bar.total, self.over
            self.bar.set_postfix_str(words, refresh=False)
            self.bar.refresh()


def each_of(parts: Sequence[T], count: Count) -> Iterator[T]:
    """The parts in turn; `count` is told of each when the next is asked for."""
    for done, part in enumerate(parts, start=1):
        yield part
        count(done, len(parts))


class _Pauses(_Tally):
    """Lines, one a pause."""

    def look(self) -> None:
        """Print a line, if the last was long ago."""
        now = time.monotonic()
        words = self.words(now)
        if now - self.last >= PAUSE:
            self.last = now
            print(words, file=sys.stderr, flush=True)
