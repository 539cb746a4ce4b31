r"""A piece of a curve on which it is monotone, and its inverse.

A point of the branch is written from one of its ends, z = e ± s, and s is found from the distance
d of x to G(e): log|G(e ± s) − G(e)| is nearly linear in log s (slope 1 at an ordinary end, 2 at a
fold), so that Newton's method in logarithms, held inside the cells of a table, converges in a few
steps at distances of 1e-300 as at 1. From an end at infinity with a finite limit the same holds in
z itself. Of the two ends the one whose value is nearer to x is used.

Next to a fold, where G(e + s) − G(e) is of the order s² and its rounding of the order s, the first
two terms of Taylor's series with G′(e) = 0 stand in for the difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.distributions.base import Law1D
from divkit.generators.folds.curve import LineMap
from divkit.types import FloatArray

_NEAR = 1e-5  # in units of the fold's own length
_FARTHEST = 1e155
_STEPS = 60
_CLOSE = 1e-8  # a step of Newton's method after which the error is its square
_GRID = np.concatenate(
    [
        -np.geomspace(740.0, 12.0, 80),
        np.linspace(-12.0, 8.0, 400)[1:],
        np.geomspace(8.0, 357.0, 40),
    ]
)  # of log s


@dataclass(frozen=True)
class CutPoint:
    """A point e that cuts the line into branches, G(e), and whether G′(e) = 0."""

    at: float
    value: float
    fold: bool


@dataclass(frozen=True, eq=False)
class End:
    """One end of a branch, seen from inside.

    Attributes
    ----------
    curve : G.
    at, value : the end e, which may be ±inf, and G(e).
    into : +1 where the branch lies above e, −1 where below.
    length : the largest s on the branch: its length, or from e = ±inf the other end, times ∓1.
    fold : whether G′(e) = 0.
    """

    curve: LineMap
    at: float
    value: float
    into: int
    length: float
    fold: bool

    @cached_property
    def _taylor(self) -> tuple[float, float, float]:
        """G″/2, G‴/6 at e, signed for s ≥ 0, and the s below which they stand in."""
        if not self.fold:
            return 0.0, 0.0, 0.0
        _, _, bend, third = (float(part[0]) for part in self.curve.jet(np.array([self.at]), 3))
        own = abs(bend / third) if third else math.inf
        return bend / 2, self.into * third / 6, _NEAR * min(1.0, own, self.length)

    def point(self, s: FloatArray) -> FloatArray:
        """z for unknowns s."""
        return self.into * s if math.isinf(self.at) else self.at + self.into * s

    def moved(self, s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """|G(z) − G(e)| and |G′(z)| for s > 0, or from infinity for s = ∓z."""
        slope = self.curve.jet(self.point(s), 1)[1]
        gap = self.curve.change(self.at, self.into * s)
        if self.fold:
            second, third, near = self._taylor
            close = s < near
            small = s[close]
            gap[close] = small * small * (second + third * small)
            slope[close] = small * (2 * second + 3 * third * small)
        return np.abs(gap), np.abs(slope)

    def log_density(self, latent: Law1D, distance: FloatArray) -> FloatArray:
        """log p_z(z) − log|G′(z)| at the z of the branch whose value lies at a distance ≥ 0."""
        s = self.inverse(distance)
        off = np.isnan(s)
        s = np.where(off, self.length, s)
        start = 0.0 if math.isinf(self.at) else self.at
        logs = latent.log_prob_at(start, torch.from_numpy(self.into * s)).numpy()
        with np.errstate(divide="ignore"):
            out = logs - np.log(self.moved(s)[1])
        return np.where(off, -math.inf, out)

    @cached_property
    def _table(self) -> tuple[FloatArray, FloatArray]:
        """Unknowns u, sorted, and the logs of their distances |G − G(e)|, made monotone."""
        if math.isinf(self.at):
            u = self.length - np.concatenate([np.geomspace(1e4, 1e-3, 600), [0.0]])
        else:
            top = math.log(min(self.length, _FARTHEST))
            u = np.concatenate([_GRID[top > _GRID], top - np.linspace(0.0, 4.0, 160)])
            u.sort()
        with np.errstate(divide="ignore"):
            logs = np.log(self.moved(self._s(u))[0])
        proper = np.isfinite(logs)
        return u[proper], np.maximum.accumulate(logs[proper])

    def _s(self, u: FloatArray) -> FloatArray:
        return u if math.isinf(self.at) else np.exp(u)

    def inverse(self, distance: FloatArray) -> FloatArray:
        """The s with |G − G(e)| = distance ≥ 0; NaN where it lies beyond all floats."""
        u, logs = self._table
        with np.errstate(divide="ignore"):
            target = np.log(distance)
        cell = np.clip(np.searchsorted(logs, target), 1, len(u) - 1)
        low, high = u[cell - 1], u[cell]
        off = (target < logs[0]) | (distance > 1.0000001 * np.exp(logs[-1]))
        guess = np.clip(np.interp(target, logs, u), low, high)
        s = np.full(len(off), np.nan)
        s[~off] = self._s(self._solved(target[~off], guess[~off], low[~off], high[~off]))
        s[distance == 0] = 0.0 if math.isfinite(self.at) else np.nan
        return s

    def _solved(
        self, target: FloatArray, u: FloatArray, low: FloatArray, high: FloatArray
    ) -> FloatArray:
        """Newton's method for log|G − G(e)| = target, by bisection where it leaves its cell."""
        active = np.arange(len(u))
        u, low, high = u.copy(), low.copy(), high.copy()
        for _ in range(_STEPS):
            at = u[active]
            s = self._s(at)
            gap, slope = self.moved(s)
            with np.errstate(divide="ignore", invalid="ignore"):
                excess = np.log(gap) - target[active]
                rate = slope / gap * (1.0 if math.isinf(self.at) else s)
                fresh = at - excess / rate
            high[active] = np.where(excess > 0, at, high[active])
            low[active] = np.where(excess <= 0, at, low[active])
            inside = (fresh >= low[active]) & (fresh <= high[active])
            fresh = np.where(inside, fresh, 0.5 * (low[active] + high[active]))
            u[active] = fresh
            active = active[~(inside & (np.abs(fresh - at) < _CLOSE))]
            if not len(active):
                break
        return u


@dataclass(frozen=True, eq=False)
class Branch:
    """G on [left.at, right.at) where it is monotone; `closed` adds the right end."""

    left: End
    right: End
    closed: bool

    @property
    def rising(self) -> bool:
        """Whether G grows with z."""
        return self.right.value > self.left.value

    @cached_property
    def _unit(self) -> float:
        """|G(right) − G(left)| without cancellation, over the distance of the two floats.

        Where G hardly moves, as in a saturated network, its values at the ends are off by a part
        of their distance. In this unit the branch reaches from one float to the other, and no
        mass is lost, or counted twice, in the middle.
        """
        apart = abs(self.right.value - self.left.value)
        if not math.isfinite(apart):
            return 1.0
        first, last = self.left.at, self.right.at
        if math.isinf(first):
            moved = self.left.curve.change(first, np.array([last]))
        elif math.isinf(last):
            moved = self.right.curve.change(last, np.array([first]))
        else:
            moved = self.left.curve.change(first, np.array([last - first]))
        span = abs(float(moved[0]))
        return span / apart if span > 0 else 1.0

    def _distances(self, anchor: float, offset: FloatArray) -> tuple[FloatArray, FloatArray]:
        """From both ends' values to anchor + offset, positive inside.

        To an end whose value is the anchor they are the offsets themselves.
        """
        sign = 1 if self.rising else -1
        with np.errstate(invalid="ignore"):
            from_left = sign * ((anchor - self.left.value) + offset)
            return from_left, sign * ((self.right.value - anchor) - offset)

    def log_density(
        self, latent: Law1D, anchor: float, offset: FloatArray
    ) -> tuple[NDArray[np.intp], FloatArray]:
        """Which of the points anchor + offset lie on the branch; log p_z(z) − log|G′(z)| there."""
        from_left, from_right = self._distances(anchor, offset)
        began = from_left >= 0 if math.isfinite(self.left.at) else from_left > 0
        inside = np.flatnonzero(began & (from_right >= 0 if self.closed else from_right > 0))
        by_left = (from_left <= from_right)[inside]
        logs = np.empty(len(inside))
        for end, gap, mine in (
            (self.left, from_left, by_left),
            (self.right, from_right, ~by_left),
        ):
            if mine.any():
                logs[mine] = end.log_density(latent, gap[inside[mine]] * self._unit)
        return inside, logs + math.log(self._unit)

    def clipped(self, x: FloatArray) -> FloatArray:
        """The z of the branch with G(z) = x; an end where x lies beyond its value."""
        from_left, from_right = self._distances(0.0, x)
        z = np.where(from_left > 0, self.right.at, self.left.at)
        for end, gap, mine in (
            (self.left, from_left, (from_left > 0) & (from_left <= from_right)),
            (self.right, from_right, (from_right > 0) & (from_right < from_left)),
        ):
            if mine.any():
                found = end.point(end.inverse(gap[mine] * self._unit))
                z[mine] = np.where(np.isnan(found), end.at, found)
        return z


def branch(curve: LineMap, left: CutPoint, right: CutPoint, *, closed: bool) -> Branch:
    """The branch between two neighbouring marks, not both of them at infinity."""
    length = right.at - left.at
    from_left = right.at if math.isinf(left.at) else length
    from_right = -left.at if math.isinf(right.at) else length
    first = End(curve, left.at, left.value, 1, from_left, left.fold)
    last = End(curve, right.at, right.value, -1, from_right, right.fold)
    return Branch(first, last, closed)
