r"""W1 and the energy distance of laws on more counts than a table holds, by stretches of them.

With D = F − G and d = p − q, on a stretch of c counts from s, with L = D(s−1),

    Σ D = c L + Σ_j (s + c − j) d(j),

and likewise from the right, where D keeps its digits in the upper tail. Where d has one sign, D
runs one way from A = D(s−1) to B = D(s+c−1); where these agree in sign, Σ|D| = |Σ D| = S, and

    S²/c ≤ Σ D² ≤ (A + B) S − c A B,

by Cauchy and Schwarz and by (D − A)(D − B) ≤ 0. Other stretches are halved, down to one count,
and then, for the energy distance, those on which the two bounds lie apart. That d has one sign is
read off the nodes of the stretch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divkit.distributions.counts.alignment import CountClass
from divkit.exact.counts.grid import CountNodes, Stretches, ends_of, nodes_at, pooled
from divkit.exact.counts.remainder import MASSES, log_remainder
from divkit.types import FloatArray

_NEGLIGIBLE = -70.0
_LONG = np.longdouble
_ROUNDING = 2.0**-49  # of weights, places and the sums of floats
_MOST = 2**15
_ROUNDS = 64
_AGREED = 1e-15


@dataclass(frozen=True)
class WideSum:
    """A metric, the bound of its error, and how many stretches it took."""

    value: float
    error: float
    stretches: int


@dataclass(frozen=True)
class _Moments:
    """p, q and (1 + |j − middle|) times each, as a grid sums them."""

    middle: float
    kinked: bool = False

    def __call__(self, nodes: CountNodes) -> tuple[FloatArray, FloatArray]:
        far = np.log1p(np.abs(nodes.places - self.middle))
        sides = ((own.value + add, own.error) for add in (0.0, far) for own in (nodes.p, nodes.q))
        with np.errstate(all="ignore"):
            rows = [(np.exp(logs), slip) for logs, slip in sides]
        values = np.stack([value for value, _ in rows])
        return values, np.stack([value * slip for value, slip in rows]) + 2.0**-50 * values


@dataclass(frozen=True, eq=False)
class _Parts:
    """Sums over stretches: of d, of p + q, of d from the right and from the left, and its sign."""

    stretches: Stretches
    d: NDArray[np.longdouble]
    size: NDArray[np.longdouble]
    from_right: NDArray[np.longdouble]
    from_left: NDArray[np.longdouble]
    mixed: NDArray[np.bool_]

    def take(self, rows: NDArray[np.bool_]) -> _Parts:
        columns = (own[rows] for own in self._columns)
        return _Parts(self.stretches.take(rows), *columns)

    def with_more(self, other: _Parts) -> _Parts:
        """Both, in order."""
        start = np.concatenate([self.stretches.start, other.stretches.start])
        count = np.concatenate([self.stretches.count, other.stretches.count])
        order = np.argsort(start)
        columns = zip(self._columns, other._columns, strict=True)
        both = (np.concatenate(pair)[order] for pair in columns)
        return _Parts(Stretches(start[order], count[order]), *both)

    @property
    def _columns(self) -> tuple[NDArray[Any], ...]:
        return self.d, self.size, self.from_right, self.from_left, self.mixed


@dataclass(frozen=True, eq=False)
class _Gaps:
    """D before and at the end of each stretch, its sum, and where D may change its sign."""

    first: NDArray[np.longdouble]
    last: NDArray[np.longdouble]
    total: NDArray[np.longdouble]
    crossed: NDArray[np.bool_]


def ended(found: CountClass, moment: int) -> tuple[tuple[float, float], float]:
    """Ends of a class, and the log of the moments beyond, in units of x."""
    if not (found.p or found.q):
        places = found.extra.places
        return (float(places.min()), float(places.max())), -math.inf

    def left(side: int, cut: float) -> float:
        return log_remainder(found, side, cut, MASSES, moment)

    enough = _NEGLIGIBLE * max(moment, 0.6)
    ends = ends_of(found, lambda side, cut: left(side, cut) < enough)
    logs = [left(side, end) for side, end in zip((-1, 1), ends, strict=True)]
    return ends, max(logs) + moment * math.log(max(float(found.step), 1.0)) + math.log(2)


def wide_w1(found: CountClass) -> WideSum:
    """Return W1 of two laws on one lattice."""
    parts, gaps, slip = _settled(found, lambda parts, gaps: np.zeros(len(gaps.total)))
    value = float(np.abs(gaps.total).sum())
    missed = float(_swing(parts, gaps)[gaps.crossed].sum())
    step = float(found.step)
    return WideSum(step * value, step * (missed + slip), len(parts.stretches))


def wide_energy(found: CountClass) -> WideSum:
    """Return the energy distance 2 Σ (F − G)² Δx of two laws on one lattice."""
    parts, gaps, slip = _settled(found, _apart)
    most, width = _top(gaps), _apart(parts, gaps)
    value = gaps.total**2 / parts.stretches.count + width / 2
    missed = (width / 2 + np.where(gaps.crossed, _swing(parts, gaps) * most, 0.0)).sum()
    top = float(most.max()) + slip
    step = 2 * float(found.step)
    return WideSum(
        step * float(value.sum()), step * (float(missed) + 2 * top * slip), len(parts.stretches)
    )


def _apart(parts: _Parts, gaps: _Gaps) -> FloatArray:
    """The difference of the two bounds of Σ D²."""
    count, mean = parts.stretches.count, gaps.total / parts.stretches.count
    spread = np.maximum((mean - gaps.first) * (gaps.last - mean), 0)
    return np.where(count > 1, np.asarray(count * spread, np.float64), 0.0)


def _swing(parts: _Parts, gaps: _Gaps) -> NDArray[np.longdouble]:
    """A bound of Σ |D| − |Σ D|."""
    swing: NDArray[np.longdouble] = np.abs(gaps.first) + parts.size
    return swing * parts.stretches.count.astype(_LONG) * 2


def _settled(
    found: CountClass, width: Callable[[_Parts, _Gaps], FloatArray]
) -> tuple[_Parts, _Gaps, float]:
    """Stretches on which D keeps its sign and bounds lie close, and the error of Σ |D|."""
    ends, rest = ended(found, 1)
    center = found.p[0].center[0] if found.p else found.q[0].center[0]
    pool = pooled(found, ends, _Moments(center))
    order = np.argsort(pool.stretches.start)
    parts = _parts(found, Stretches(*(o[order] for o in _columns(pool.stretches))))
    loose = (pool.missed + pool.noise + _ROUNDING * np.abs(pool.sums)).sum(axis=1)
    gaps = _gaps(parts)
    for _ in range(_ROUNDS):
        hard = gaps.crossed
        if not hard.any():
            wide = width(parts, gaps)
            size = float((np.abs(gaps.total) * _top(gaps)).sum())
            hard = wide > _AGREED * max(float(wide.sum()), size)
        if not hard.any() or len(hard) + hard.sum() > _MOST:
            break
        parts = parts.take(~hard).with_more(_parts(found, parts.take(hard).stretches.halves()))
        gaps = _gaps(parts)
    turn = _turn(parts)
    off = 1 + abs(turn - center)
    slip = float(loose[2] + loose[3] + off * (loose[0] + loose[1]))
    return parts, gaps, slip + 4 * math.exp(rest) / float(found.step)


def _top(gaps: _Gaps) -> NDArray[np.longdouble]:
    return np.maximum(np.abs(gaps.first), np.abs(gaps.last))


def _columns(stretches: Stretches) -> tuple[FloatArray, FloatArray]:
    return stretches.start, stretches.count


def _parts(found: CountClass, stretches: Stretches) -> _Parts:
    """The sums over stretches, in the longest floats."""
    places, weights, owner = stretches.nodes()
    order = np.argsort(owner, kind="stable")
    places, weights, owner = places[order], weights[order].astype(_LONG), owner[order].astype(int)
    nodes = nodes_at(found, places, np.ones(len(places)))
    p, q = (np.exp(own.value.astype(_LONG)) for own in (nodes.p, nodes.q))
    offset = (places - stretches.start[owner]).astype(_LONG)
    rest = stretches.count[owner].astype(_LONG) - offset
    first = np.searchsorted(owner, np.arange(len(stretches)))

    def total(row: NDArray[np.longdouble]) -> NDArray[np.longdouble]:
        return np.asarray(np.add.reduceat(weights * row, first))

    slip = p * nodes.p.error + q * nodes.q.error
    above, below = (np.maximum.reduceat(s * (p - q) > slip, first) for s in (1, -1))
    d = p - q
    return _Parts(
        stretches, total(d), total(p + q), total(rest * d), total(offset * d), above & below
    )


def _sides(row: NDArray[np.longdouble]) -> tuple[NDArray[np.longdouble], NDArray[np.longdouble]]:
    """The sums before, and after, each."""
    before, after = np.zeros_like(row), np.zeros_like(row)
    before[1:] = np.cumsum(row)[:-1]
    after[:-1] = np.cumsum(row[::-1])[::-1][1:]
    return before, after


def _lower(parts: _Parts) -> NDArray[np.bool_]:
    """Which stretches are summed from the left."""
    before, after = _sides(parts.size)
    return np.asarray(before + parts.size / 2 < after + parts.size / 2)


def _turn(parts: _Parts) -> float:
    """Where the sum from the left meets that from the right."""
    at = int(np.count_nonzero(_lower(parts)))
    return float(parts.stretches.start[min(at, len(parts.d) - 1)])


def _gaps(parts: _Parts) -> _Gaps:
    before, after = _sides(parts.d)
    count, lower = parts.stretches.count.astype(_LONG), _lower(parts)
    first = np.where(lower, before, -(after + parts.d))
    last = np.where(lower, before + parts.d, -after)
    total = np.where(lower, count * before + parts.from_right, -(count * after + parts.from_left))
    unit = float(np.finfo(_LONG).eps) * len(count)
    slack = unit * np.where(lower, *_sides(parts.size))
    turned = (np.minimum(first, last) < -slack) & (np.maximum(first, last) > slack)
    return _Gaps(first, last, total, (parts.mixed | turned) & (count > 1))


WIDE_SUMS: Mapping[str, Callable[[CountClass], WideSum]] = {"w1": wide_w1, "energy": wide_energy}
"""Metrics that need no table, by family."""
