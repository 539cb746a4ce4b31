r"""Integrands that bend between nodes: kinks where p = q, and where a mixture's leader changes.

A logarithm of a mixture is log(1 + e^{D(x − c)}) where its components cross, and the integrand of
total variation has a kink where p = q. Inside a panel the Legendre coefficients see both: they
fall like n^{−3/2} for a kink, and halving closes in on it. What they cannot see is a bend between
the outermost node x₁ and the end of the panel; so the integrand is taken at the ends ±1 too and
compared with the interpolant L of the nodes:

    missed ≤ 2 (1 − x₁) Σ_± |f(±1) − L(±1)|

(a bend of slope s at c has f − L ≈ s(1 − c) at the end, and an area of s(1 − c)²/2). What rounding
alone may make of f − L is taken off first.

A panel in which p − q changes its sign is cut there, by the secant between two nodes, so that a
few cuts do what forty halvings would. Two changes of sign between neighbouring nodes leave no sign
at any: where three nodes have a dip of |g|, g = p − q, whose parabola comes near 0, to half of
|g″| h²/8, the area that it may hide, (4/3) h |g″| h²/8, is charged and the panel is cut at the
dip, beside which the nodes of both pieces lie close.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from divkit.exact.batch.integrand import MixtureIntegrand
from divkit.exact.batch.mesh import MixturePanels
from divkit.exact.batch.panels import EPS, LegendreRule, MixturePairs, MixtureSums
from divkit.types import FloatArray

_BLOCK = 8192  # nodes at a time
_EDGE = 1 - 1e-12
_NEAREST = 1 - 1e-11
"""A cut beyond it would leave the panel as it is."""


@dataclass(frozen=True, eq=False)
class Interpolant:
    """(nodes, 2): values at the nodes times this are the interpolant at the two ends."""

    to_ends: FloatArray
    blind: float


@lru_cache
def _interpolant(nodes: int) -> Interpolant:
    points, weights = np.polynomial.legendre.leggauss(nodes)
    degrees = np.arange(nodes) + 0.5
    series = np.polynomial.legendre.legvander(points, nodes - 1) * weights[:, None] * degrees
    ends = np.polynomial.legendre.legvander(np.array([-_EDGE, _EDGE]), nodes - 1)
    return Interpolant(np.ascontiguousarray(series @ ends.T), 2 * (1 - float(points[-1])))


@dataclass(frozen=True)
class BentIntegrand:
    """The `Evaluate` of `divkit.exact.batch.panels` that watches the ends of panels.

    `kinked` says that the integrand has a kink where p = q.
    """

    inner: MixtureIntegrand
    kinked: bool = False

    def __call__(
        self, panels: MixturePanels, pairs: MixturePairs, rule: LegendreRule
    ) -> MixtureSums:
        """Return the sums of the integrand on each panel; a miss at an end is in `tail`."""
        value, before, tail, rounding, cut = np.zeros((5, len(panels)))
        out = MixtureSums(value, before, tail, rounding, cut)
        ended = np.concatenate([rule.points, [-_EDGE, _EDGE]])
        step = max(1, _BLOCK // len(ended))
        with np.errstate(over="ignore", divide="ignore"):
            for start in range(0, len(panels), step):
                rows = slice(start, start + step)
                self._block(panels[rows], pairs, rule, ended, out, rows)
        return out

    def _block(
        self,
        panels: MixturePanels,
        pairs: MixturePairs,
        rule: LegendreRule,
        ended: FloatArray,
        out: MixtureSums,
        rows: slice,
    ) -> None:
        f, rounding, ratio = self.inner.at(panels, pairs, ended)
        inside, noise = f[:, :-2], rounding[:, :-2]
        half = 0.5 * (panels.high - panels.low)
        out.value[rows] = half * (inside @ rule.weights)
        out.rounding[rows] = half * (noise @ rule.weights)
        before, tail = rule.norms(inside)
        missed = self._missed(f, rounding, rule.nodes)
        if self.kinked and out.cut is not None:
            order = np.argsort(ended)
            at, difference = ended[order], (f * np.sign(ratio))[:, order]
            hidden, dip = _dips(at, difference)
            cut = _crossing(at, ratio[:, order])
            out.cut[rows] = np.where(cut == 0, dip, cut)
            missed = np.maximum(missed, hidden)
        decay = np.divide(tail, before, out=np.ones_like(tail), where=before > 0)
        worse = missed > tail * np.minimum(decay, 1.0)
        out.before[rows] = np.where(worse, missed, before)
        out.tail[rows] = np.where(worse, missed, tail)

    def _missed(self, f: FloatArray, rounding: FloatArray, nodes: int) -> FloatArray:
        """Area that a bend beside an end may hide, per unit of width, (panels,)."""
        way = _interpolant(nodes)
        gap = np.abs(f[:, -2:] - f[:, :-2] @ way.to_ends)
        own = EPS * (rounding[:, -2:] + rounding[:, :-2] @ np.abs(way.to_ends))
        own += 4 * EPS * (np.abs(f[:, :-2]) @ np.abs(way.to_ends))
        return np.asarray(way.blind * np.maximum(gap - own, 0.0).sum(axis=1))


def _crossing(points: FloatArray, ratio: FloatArray) -> FloatArray:
    """Where the first change of sign of each row lies, (panels,); 0 of none, or next to an end."""
    first = np.argmax(np.signbit(ratio[:, 1:]) != np.signbit(ratio[:, :-1]), axis=1)
    rows = np.arange(len(ratio))
    low, high = ratio[rows, first], ratio[rows, first + 1]
    rise = high - low
    changes = (np.signbit(low) != np.signbit(high)) & np.isfinite(rise) & (rise != 0)
    share = np.divide(-low, rise, out=np.zeros_like(rise), where=changes)
    cut = points[first] + share * (points[first + 1] - points[first])
    return np.where(changes & (np.abs(cut) < _NEAREST), cut, 0.0)


def _dips(points: FloatArray, g: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Area that two unseen changes of sign may hide, per unit of width, and its place."""
    left, right = np.diff(points)[:-1], np.diff(points)[1:]
    below, here, above = np.abs(g[:, :-2]), np.abs(g[:, 1:-1]), np.abs(g[:, 2:])
    first, last = (above - here) / right, (here - below) / left
    bend = (first - last) / (left + right)  # half of the second derivative
    slope = last + bend * left
    with np.errstate(divide="ignore", invalid="ignore"):
        vertex = here - 0.25 * slope**2 / bend
        moved = -0.5 * slope / bend
    step = np.maximum(left, right)
    curve = 0.25 * bend * step**2
    between = (bend > 0) & (moved >= -left) & (moved <= right)  # next to an end, too
    near = between & (here > 0) & (vertex < 0.5 * curve)
    hidden = np.where(near, (4 / 3) * step * curve, 0.0)
    worst = hidden.argmax(axis=1)
    rows = np.arange(len(g))
    found = hidden[rows, worst]
    place = np.where(near, points[1:-1] + np.where(near, moved, 0.0), 0.0)[rows, worst]
    return found, np.where((found > 0) & (np.abs(place) < _NEAREST), place, 0.0)
