"""Distribution functions of counts: sums over knots that lie closer where the law is.

Between 64 neighbours every count is a knot; farther out knots are a 128th of the scale, or of the
way from the bulk, apart, and a sum over a gap is that of the polynomial through eight knots of the
log probabilities' exponentials: it is to be plotted and drawn from, and no divergence rests on it.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from divkit.distributions.counts.gammas import Sized
from divkit.types import FloatArray

_LEAST = -800.0
_FARTHEST = 1e300
_PARTS = 128


class HasCounts(Protocol):
    """All that a table asks of a law of counts."""

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest count."""
        ...

    @property
    def center(self) -> tuple[float, float]:
        """Where the bulk is, and its scale."""
        ...

    def log_pmf(self, k: FloatArray) -> Sized:
        """Log probabilities."""
        ...


class CountTable:
    """P(X ≤ k) and P(X > k) of a law at its knots, and between them by interpolation in logs."""

    def __init__(self, law: HasCounts) -> None:
        self.law = law

    @cached_property
    def knots(self) -> FloatArray:
        """Whole numbers, ascending."""
        low, high = self.law.ends
        center, scale = self.law.center
        down = _outwards(self.law, center, scale, -1, low)
        up = _outwards(self.law, center, scale, 1, high)
        return np.unique(np.concatenate([down, up]))

    @cached_property
    def _sums(self) -> tuple[FloatArray, FloatArray]:
        """P(X ≤ knot) and P(X > knot), divided by their total."""
        knots = self.knots
        mass = np.exp(self.law.log_pmf(knots).value)
        gaps = np.diff(knots)
        inner = np.where(gaps > 1, (gaps - 1) * _log_mean(mass[:-1], mass[1:]), 0.0)
        below = np.concatenate([[0.0], np.cumsum(mass[:-1] + inner)]) + mass
        above = np.concatenate([np.cumsum((mass[1:] + inner)[::-1])[::-1], [0.0]])
        total = below[-1]
        return below / total, above / total

    def _at(self, x: FloatArray, which: int) -> FloatArray:
        low, high = self.law.ends
        place = np.clip(np.floor(x), self.knots[0], self.knots[-1])
        values = np.interp(place, self.knots, self._sums[which])
        out = np.where(x < low, float(which), np.where(x >= high, 1.0 - which, values))
        return np.where(np.isnan(x), math.nan, out)

    def cdf(self, x: FloatArray) -> FloatArray:
        """P(X ≤ x)."""
        return self._at(x, 0)

    def sf(self, x: FloatArray) -> FloatArray:
        """P(X > x)."""
        return self._at(x, 1)

    def ppf(self, u: FloatArray) -> FloatArray:
        """The least count with P(X ≤ k) ≥ u."""
        below, above = self._sums
        first = np.searchsorted(below, u, side="left")
        upper = len(below) - np.searchsorted(above[::-1], 1 - u, side="right")
        place = np.where(u <= 0.5, first, np.maximum(upper, 0))
        k = np.clip(place, 0, len(below) - 1)
        found = self._within(u, k)
        ends = np.where(u == 1, self.law.ends[1], np.where(u == 0, self.law.ends[0] - 1, found))
        return np.where((u >= 0) & (u <= 1), ends, math.nan)

    def _within(self, u: FloatArray, k: NDArray[np.intp]) -> FloatArray:
        """Between two knots that are no neighbours, by the share of the way."""
        below, above = self._sums
        before = np.maximum(k - 1, 0)
        lower = u <= 0.5
        start = np.where(lower, below[before], -above[before])
        end = np.where(lower, below[k], -above[k])
        level = np.where(lower, u, u - 1)
        with np.errstate(all="ignore"):
            share = np.where(end > start, (level - start) / (end - start), 1.0)
        gap = self.knots[k] - self.knots[before]
        steps = np.ceil(np.clip(share, 0.0, 1.0) * gap)
        return np.where(gap > 1, self.knots[before] + np.maximum(steps, 1.0), self.knots[k])


def _log_mean(a: FloatArray, b: FloatArray) -> FloatArray:
    """The logarithmic mean (a − b)/log(a/b), that of an exponential between two knots."""
    with np.errstate(all="ignore"):
        near = np.abs(a - b) <= 1e-3 * (a + b)
        mean = np.where(near, 0.5 * (a + b), (a - b) / np.log(a / b))
    return np.where((a > 0) & (b > 0), mean, 0.5 * (a + b))


def _outwards(law: HasCounts, center: float, scale: float, side: int, end: float) -> FloatArray:
    """Knots from the centre to an end, or to where probabilities underflow."""
    start = math.floor(center)
    step, place, rows = max(scale / _PARTS, 1.0), float(start), []
    while True:
        chunk = place + side * np.arange(256.0) * math.floor(step)
        rows.append(chunk)
        place = float(chunk[-1]) + side * math.floor(step)
        beyond = place <= end if side < 0 else place >= end
        if beyond or abs(place) > _FARTHEST or law.log_pmf(chunk[-1:]).value[0] < _LEAST:
            break
        step = max(step, abs(place - start) / _PARTS)
    knots = np.concatenate(rows)
    kept = knots >= end if side < 0 else knots <= end
    ends = [end] if math.isfinite(end) and not beyond_floats(knots, end) else []
    return np.concatenate([knots[kept], ends])


def beyond_floats(knots: FloatArray, end: float) -> bool:
    """Whether the last knot lies short of the end."""
    return bool(knots.min() > end) if end < knots[0] else bool(knots.max() < end)
