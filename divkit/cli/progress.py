"""Progress on stderr: a bar on a terminal, one line a step elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Tracker(Protocol):
    """What a loop tells of its steps."""

    def begin(self, name: str) -> None:
        """A step starts."""
        ...

    def end(self, outcome: str) -> None:
        """It is over."""
        ...


@contextmanager
def tracker(total: int) -> Iterator[Tracker]:
    """Follow `total` steps."""
    if not sys.stderr.isatty():
        yield _Lines(total)
        return
    from tqdm import tqdm

    with tqdm(total=total, file=sys.stderr, leave=False, dynamic_ncols=True) as bar:
        yield _Bar(bar)


class _Bar:
    def __init__(self, bar: Any) -> None:
        self.bar = bar

    def begin(self, name: str) -> None:
        self.bar.set_postfix_str(name)

    def end(self, outcome: str) -> None:
        self.bar.update(1)


class _Lines:
    def __init__(self, total: int) -> None:
        self.total, self.done, self.name, self.since = total, 0, "", 0.0

    def begin(self, name: str) -> None:
        self.done, self.name, self.since = self.done + 1, name, time.perf_counter()

    def end(self, outcome: str) -> None:
        seconds = time.perf_counter() - self.since
        count = f"{self.done:{len(str(self.total))}d}/{self.total}"
        print(f"[{count}] {self.name}: {outcome} ({seconds:.1f} s)", file=sys.stderr, flush=True)
