"""The newest picture of a training and its records, between the training and the pages."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from divkit.lab.protocol.frames import Picture

_KEPT = 400
_LEAST = 0.1
"""Seconds between two pictures."""


@dataclass(eq=False)
class Hub:
    """The news that pages are told.

    Attributes
    ----------
    changed : held while anything here moves; notified then.
    picture, step, version : the newest picture, its step, and how many there were.
    records : step and numbers of the last records, the first of them being number `first`.
    pages : pages that follow.
    """

    changed: threading.Condition = field(default_factory=threading.Condition)
    picture: Picture | None = None
    step: int = 0
    version: int = 0
    records: deque[tuple[int, dict[str, Any]]] = field(default_factory=deque)
    first: int = 0
    pages: int = 0
    over: bool = False
    _last: float = -_LEAST

    def wants(self) -> bool:
        """Whether a picture is due: somebody looks, and the last one is old enough."""
        return self.pages > 0 and time.monotonic() - self._last >= _LEAST

    def show(self, step: int, picture: Picture) -> None:
        """Put a picture in the place of the last one."""
        with self.changed:
            self.picture, self.step, self.version = picture, step, self.version + 1
            self._last = time.monotonic()
            self.changed.notify_all()

    def tell(self, step: int, values: dict[str, Any]) -> None:
        """Add the numbers of a record; the oldest beyond 400 go."""
        with self.changed:
            self.records.append((step, values))
            if len(self.records) > _KEPT:
                self.records.popleft()
                self.first += 1
            self.changed.notify_all()

    def end(self) -> None:
        """Say that the training is over."""
        with self.changed:
            self.over = True
            self.changed.notify_all()

    def since(self, count: int) -> list[tuple[int, dict[str, Any]]]:
        """Records that come after the first `count` ones."""
        return list(self.records)[max(0, count - self.first) :]

    @property
    def told(self) -> int:
        """Records so far."""
        return self.first + len(self.records)
