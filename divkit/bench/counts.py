"""Counts of hits among tries, with the interval that a binomial count allows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True)
class Count:
    """`hits` of `of` tries.

    >>> Count(38, 40).share
    0.95
    >>> low, high = Count(38, 40).interval()
    >>> round(low, 3), round(high, 3)
    (0.831, 0.994)
    """

    hits: int = 0
    of: int = 0

    @property
    def share(self) -> float:
        """hits / of; NaN without a try."""
        return self.hits / self.of if self.of else math.nan

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Clopper and Pearson's interval of the probability: at least `level` for every one."""
        if not self.of:
            return 0.0, 1.0
        interval = stats.binomtest(self.hits, self.of).proportion_ci(level, "exact")
        return float(interval.low), float(interval.high)


def total(counts: Iterable[Count]) -> Count:
    """All tries together."""
    parts = tuple(counts)
    return Count(sum(part.hits for part in parts), sum(part.of for part in parts))
