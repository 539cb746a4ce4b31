"""Distribution functions of counts: sums over knots that lie closer where the law changes.

Near the bulk and near each end every count is a knot; elsewhere knots are 32 or more apart, a
128th of the way to the nearest of these places. Over a gap of s counts log p is the polynomial
through eight knots, and the sum of f = p(knot + s·t) up to m = s·t is Euler and Maclaurin's,

    s ∫₀ᵗ f + (f(t) − f(0))/2 + (f′(t) − f′(0))/(12 s).

It is to be plotted and drawn from, and no divergence rests on it; a law whose probabilities are
not smooth between knots is not resolved.
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
_STRIDE = 32
_THROUGH = 8
_MISSED = 1e-9
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


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


class Gaps:
    """Sums of probabilities from a knot on, by polynomials through knots of their logs."""

    def __init__(self, knots: FloatArray, logs: FloatArray) -> None:
        self.knots, self.logs, self.sizes = knots, logs, np.diff(knots)
        first = np.clip(np.arange(len(knots) - 1) - 3, 0, max(len(knots) - _THROUGH, 0))
        near = first[:, None] + np.arange(min(_THROUGH, len(knots)))
        self._at = (knots[near] - knots[:-1, None]) / self.sizes[:, None]
        table = logs[near] - logs[:-1, None]
        for order in range(1, table.shape[1]):  # Newton's divided differences
            steps = self._at[:, order:] - self._at[:, :-order]
            table[:, order:] = (table[:, order:] - table[:, order - 1 : -1]) / steps
        self._newton = table

    def _log(self, gap: NDArray[np.intp], t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """log p(knot + s·t)/p(knot) and its slope, at t (n, r)."""
        terms, places = self._newton[gap], self._at[gap]
        value, slope = np.zeros_like(t), np.zeros_like(t)
        for order in range(terms.shape[1] - 1, -1, -1):
            away = t - places[:, order, None]
            slope = value + slope * away
            value = terms[:, order, None] + value * away
        return value, slope

    def sums(self, gap: NDArray[np.intp], steps: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Sum of p from the knot's neighbour on, over so many counts; and p at the last."""
        size, start = self.sizes[gap], self.logs[gap, None]
        t = steps / size
        whole = 0.5 * t[:, None] * (_NODES + 1)
        inner = np.exp(start + self._log(gap, whole)[0]) @ _WEIGHTS * (0.5 * t)
        logs, slopes = self._log(gap, np.stack([np.zeros_like(t), t], axis=1))
        f = np.exp(start + logs)
        rise = f * slopes
        ends = 0.5 * (f[:, 1] - f[:, 0]) + (rise[:, 1] - rise[:, 0]) / (12 * size)
        last = np.where(size == 1, np.exp(self.logs[gap + 1]), f[:, 1])
        long = np.where(steps > 0, size * inner + ends, 0.0)
        return np.where(size == 1, np.where(steps > 0, last, 0.0), long), last


class CountTable:
    """P(X ≤ k) and P(X > k) of a law at its knots, and between them by sums over the gap."""

    def __init__(self, law: HasCounts) -> None:
        self.law = law

    @cached_property
    def knots(self) -> FloatArray:
        """Whole numbers, ascending."""
        low, high = self.law.ends
        start = float(low) if math.isfinite(low) else float(math.floor(self.law.center[0]))
        up = _walk(self.law, start, 1, float(high))
        down = np.array([start]) if math.isfinite(low) else _walk(self.law, start, -1, float(low))
        return np.unique(np.concatenate([down, up]))

    @cached_property
    def _gaps(self) -> Gaps:
        return Gaps(self.knots, self.law.log_pmf(self.knots).value)

    @cached_property
    def _sums(self) -> tuple[FloatArray, FloatArray]:
        """P(X ≤ knot) and P(X > knot), divided by their total.

        What lies beyond the last knot, where a power tail leaves the floats, is P(X > knot).
        """
        gaps = self._gaps
        mass = np.concatenate(
            [
                np.exp(gaps.logs[:1]),
                gaps.sums(np.arange(len(gaps.sizes)), gaps.sizes)[0],
            ]
        )
        below, total = np.cumsum(mass), math.fsum(mass.tolist())
        rest = 1 - total if total < 1 - _MISSED and self.knots[-1] < self.law.ends[1] else 0.0
        above = np.concatenate([np.cumsum(mass[:0:-1])[::-1], [0.0]]) + rest
        return below / (total + rest), above / (total + rest)

    def _at(self, x: FloatArray, which: int) -> FloatArray:
        low, high = (float(end) for end in self.law.ends)
        flat = np.where(np.isnan(x), self.knots[0], x).reshape(-1)
        place = np.clip(np.floor(flat), self.knots[0], self.knots[-1])
        k = np.searchsorted(self.knots, place, side="right") - 1
        values = self._sums[which][k]
        inside = np.flatnonzero(place > self.knots[k])
        added = self._gaps.sums(k[inside], place[inside] - self.knots[k[inside]])[0]
        values[inside] += -added if which else added
        values = np.clip(values, 0.0, 1.0).reshape(x.shape)
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
        found = self._within(u.reshape(-1), k.reshape(-1)).reshape(u.shape)
        ends = np.where(u == 1, self.law.ends[1], np.where(u == 0, self.law.ends[0] - 1, found))
        return np.where((u >= 0) & (u <= 1), ends, math.nan)

    def _within(self, u: FloatArray, k: NDArray[np.intp]) -> FloatArray:
        """The count between the knot before and k: Newton's steps, then the neighbours."""
        below, above = self._sums
        out = self.knots[k]
        far = np.flatnonzero((k > 0) & (out - self.knots[np.maximum(k - 1, 0)] > 1))
        if not far.size:
            return out
        gap, level = k[far] - 1, u[far]
        wanted = np.where(level <= 0.5, level - below[gap], above[gap] - (1 - level))
        size = self._gaps.sizes[gap]
        steps = np.clip(wanted / np.maximum(self._gaps.sums(gap, size)[0], 5e-324), 0, 1) * size
        for _ in range(4):
            sums, here = self._gaps.sums(gap, steps)
            steps = np.clip(steps + (wanted - sums) / np.maximum(here, 5e-324), 0.0, size)
        steps = np.maximum(np.ceil(steps), 1.0)
        less = np.maximum(steps - 1, 0.0)
        steps = np.where((self._gaps.sums(gap, less)[0] >= wanted) & (less >= 1), less, steps)
        more = np.minimum(steps + 1, size)
        steps = np.where(self._gaps.sums(gap, steps)[0] < wanted, more, steps)
        out[far] = self.knots[gap] + steps
        return out


def _stride(law: HasCounts, x: float) -> float:
    """The distance to the next knot: 1 near the bulk and the ends."""
    place, scale = law.center
    marks = law.ends if math.isfinite(law.ends[0]) else (place, law.ends[1])  # there may be a kink
    ways = [abs(x - float(end)) for end in marks if math.isfinite(end)]
    parts = min(max(float(scale), abs(x - float(place))), *ways, math.inf) / _PARTS
    return max(math.floor(parts), 2 * math.ulp(x)) if parts >= _STRIDE else 1.0


def _walk(law: HasCounts, start: float, side: int, end: float) -> FloatArray:
    """Knots from a count to an end, or to where probabilities underflow beyond the bulk."""
    place, rows = start, []
    while True:
        step = max(_stride(law, place), 2 * math.ulp(place) if abs(place) > 2.0**52 else 1.0)
        chunk = place + side * step * np.arange(32.0 if step > 1 else 256.0)
        rows.append(chunk)
        place = float(chunk[-1]) + side * step
        if side * (place - end) >= 0 or abs(place) > _FARTHEST:
            break
        beyond = side * (place - float(law.center[0])) > 0
        if beyond and law.log_pmf(np.array([place])).value[0] < _LEAST:
            break
    knots = np.concatenate(rows)
    kept = knots[side * knots <= side * end]
    last = [end] if abs(end) <= _FARTHEST and side * (place - end) >= 0 else []
    return np.concatenate([kept, last])
