"""Shares of the work under way, told to whoever observes: folds, designs, resamples, columns.

What takes long says its parts where it walks over them (`parts`, `part`); nobody passes a callback
down. Without an observer nothing is told. A part may itself have parts: shares nest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class WorkSpan:
    """The part of all work that is under way: shares `begin` to `end` of it."""

    observe: Callable[[float], None]
    begin: float = 0.0
    end: float = 1.0

    def within(self, begin: float, end: float) -> WorkSpan:
        """Return the part of this one from share `begin` to `end` of it."""
        size = self.end - self.begin
        return replace(self, begin=self.begin + size * begin, end=self.begin + size * end)


_NOW: ContextVar[WorkSpan | None] = ContextVar("work under way", default=None)


@contextmanager
def observed(observe: Callable[[float], None]) -> Iterator[None]:
    """Have `observe` called with the share that is done, from 0 to 1, after each part within.

    >>> seen = []
    >>> with observed(seen.append):
    ...     for _ in parts("ab"):
    ...         with part(0, 0.5):
    ...             pass
    >>> seen
    [0.25, 0.5, 0.75, 1.0]
    """
    held = _NOW.set(WorkSpan(observe))
    try:
        yield
    finally:
        _NOW.reset(held)


@contextmanager
def part(begin: float, end: float) -> Iterator[None]:
    """Take what is within for the work from share `begin` to `end` of the part under way."""
    now = _NOW.get()
    if now is None:
        yield
        return
    span = now.within(begin, end)
    held = _NOW.set(span)
    try:
        yield
    finally:
        _NOW.reset(held)
    span.observe(span.end)


def parts(items: Iterable[T], total: int | None = None) -> Iterator[T]:
    """Walk over parts of about one size; each is over when the next is asked for.

    Parameters
    ----------
    total : how many there are, about, of an iterable without a length.
    """
    if _NOW.get() is None:
        yield from items
        return
    known = list(items) if total is None else items
    count = len(known) if isinstance(known, list) else max(total or 1, 1)
    for k, item in enumerate(known):
        with part(min(k / count, 1.0), min((k + 1) / count, 1.0)):
            yield item
