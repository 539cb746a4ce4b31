"""A limit on messages: a bucket that fills at a rate, and holds a second's worth."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """Allows `rate` messages a second, in bursts of at most as many."""

    rate: float
    clock: Callable[[], float] = time.monotonic
    level: float = field(init=False)
    filled: float = field(init=False)

    def __post_init__(self) -> None:
        self.level, self.filled = self.rate, self.clock()

    def take(self) -> bool:
        """Take one message; False where there is none left."""
        now = self.clock()
        self.level = min(self.rate, self.level + self.rate * (now - self.filled))
        self.filled = now
        if self.level < 1:
            return False
        self.level -= 1
        return True
