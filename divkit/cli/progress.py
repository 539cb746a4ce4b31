"""Progress on stderr: a bar on a terminal, one line a step elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

EVERY = 0.5  # seconds between looks at steps that are under way


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
