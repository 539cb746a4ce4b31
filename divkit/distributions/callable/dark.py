r"""Where a law's own log density goes dark: −inf, NaN or +inf inside its support.

A library that takes the log of a density returns −inf where the density underflows, at about
e^{−745}, and NaN where a power overflows on the way. From the last point b that can be believed,
with v = −log p and

    τ = log |x − c| − log |b − c|  at ±∞, c the centre,
    τ = log |b − e| − log |x − e|  at an end e of the support,

the log density is continued as v(b) + s (e^{κτ} − 1)/κ, where s and κ are v's slope and the
growth rate of that slope at b: exact for every power and every logarithm (a normal law has κ =
2, a Pareto law κ = 0). How far that reaches, v − v(b), is its doubt: the density may be smaller
by as much again, or larger by a share of it. It enters the error of a divergence. Between two
points that can be believed (a valley that underflows) nothing is known but that the density is
small there, and the doubt is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from divkit.distributions.quantile import ordered, unordered
from divkit.types import FloatArray

Values: TypeAlias = Callable[[FloatArray], FloatArray]
"""Points (n,) of the support -> log densities; −inf, NaN or +inf where it fails."""
Undefined: TypeAlias = Callable[[FloatArray], NDArray[np.bool_]]
"""Points (n,) -> whether the log density has no value there, as that of a negative number."""

FAINTEST = 700.0  # −log p beyond which a density is about to become subnormal,
SUBNORMAL = 800.0  # up to here; beyond, the log density was not made from one
UNDERFLOW_FROM = 300.0  # −log p from which −inf may be an underflow, of a factor at least
_FAR = 1e300
_STEPS = 240
_ROUNDS = 9
_SECTIONS = 17
_EXTREME = 150.0  # |τ| from which a power underflows on the way, and has been subnormal
_AT_ZERO = 1e-60  # in widths: no density ends so near to 0 and not there
_REMOTE = 18.0  # e-folds of the width
_GRADUAL = 40.0  # for so many e-folds at most
_H = 0.05  # step in τ from which the slope at the last good point is read


@dataclass(frozen=True)
class SupportEnd:
    """One end of a support, seen from a centre: `end` finite or not, `sign` ±1."""

    center: float
    width: float
    end: float
    sign: int

    @property
    def start(self) -> float:
        """The first τ to look at, up to a constant."""
        if self.finite:
            return -math.log(abs(self.end - self.center))
        return math.log(self.width) - 35.0

    @property
    def last(self) -> float:
        """The last one."""
        if not self.finite:
            return math.log(_FAR)
        nearest = max(2.0**-53 * abs(self.end), 1e-300)
        return max(-math.log(nearest), self.start)

    @property
    def finite(self) -> bool:
        """Whether the support ends there."""
        return math.isfinite(self.end)

    def point(self, tau: FloatArray) -> FloatArray:
        """x(τ)."""
        if self.finite:
            return np.asarray(self.end - self.sign * np.exp(-tau))
        return np.asarray(self.center + self.sign * np.exp(tau))

    def tau(self, x: FloatArray) -> FloatArray:
        """τ(x), up to a constant; at most `last`, and −inf on the other side of the centre."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.finite:
                away = self.sign * (self.end - x)
                return np.asarray(-np.log(np.maximum(away, 1e-320)))
            away = self.sign * (x - self.center)
            return np.asarray(np.log(np.maximum(away, 0.0)))


@dataclass(frozen=True)
class Edge:
    """The part beyond the last good point of a side.

    `zero` says that the density jumps to zero there, at `jump`, the first float where it is zero:
    it is no underflow, and no rounding of an end.
    """

    side: SupportEnd
    tau: float
    depth: float
    slope: float
    growth: float
    zero: bool
    jump: float = math.nan

    def beyond(self, x: FloatArray) -> NDArray[np.bool_]:
        """Whether points lie beyond it."""
        return np.asarray(self.side.tau(x) > self.tau)

    def rise(self, x: FloatArray) -> FloatArray:
        """v(x) − v(b), as continued; `x` beyond the edge."""
        ahead = self.side.tau(x) - self.tau
        with np.errstate(all="ignore"):
            if abs(self.growth) < 1e-3:
                return np.asarray(self.slope * ahead)
            return np.asarray(self.slope * np.expm1(self.growth * ahead) / self.growth)


def edge_of(values: Values, side: SupportEnd, undefined: Undefined | None = None) -> Edge | None:
    """Return the edge of a side; None where the log density can be believed to the last.

    The density is positive at the side's centre. It ends, too, where `undefined` is given and
    holds from the edge on.
    """
    grid = np.linspace(side.start, side.last, _STEPS if not side.finite else _STEPS // 2)
    logs = values(side.point(grid))
    good = np.isfinite(logs)
    if good[-1]:
        return None
    if not good.any():  # the density jumps at the centre
        depth = -float(values(np.array([side.center]))[0])
        zero, jump = bool(logs[0] == -math.inf), float(side.point(grid[:1])[0])
        jump = neighbours(values, side.center, jump)[1] if zero else math.nan
        return Edge(side, float(grid[0]), depth, math.inf, 0.0, zero, jump)
    at = int(np.flatnonzero(good)[-1])
    low, high = _bisect(values, side, grid[at], grid[at + 1], math.inf)
    last, first = values(side.point(np.array([low, high])))
    sudden = -last < UNDERFLOW_FROM and not _is_rounding(side, low) and not _is_remote(side, low)
    over = undefined is not None and bool(undefined(side.point(grid[at + 1 :])).all())
    zero = bool(first == -math.inf and (sudden or over))
    if zero:
        good_end, dark_end = side.point(np.array([low, high])).tolist()
        jump = neighbours(values, good_end, dark_end)[1]
        return Edge(side, low, float(-last), math.inf, 0.0, zero, jump)
    if FAINTEST < -last < SUBNORMAL:
        inner = np.flatnonzero(good & (-logs <= FAINTEST))
        if len(inner):
            low, _ = _bisect(values, side, grid[inner[-1]], low, FAINTEST)
    return _continued(values, side, low if abs(low) < _EXTREME else low - _GRADUAL)


def _is_rounding(side: SupportEnd, tau: float) -> bool:
    """Whether what is left up to a finite end is within rounding of it."""
    if not side.finite:
        return False
    left = abs(float(side.point(np.array(tau))) - side.end)
    return left <= 1e-12 * (abs(side.end) + side.width)


def _is_remote(side: SupportEnd, tau: float) -> bool:
    """Whether a point is so far out that a power overflows before a density would end."""
    return not side.finite and tau > math.log(side.width) + _REMOTE


def _bisect(
    values: Values, side: SupportEnd, low: float, high: float, faintest: float
) -> tuple[float, float]:
    """Neighbouring τ, the lower one good and the upper not."""
    for _ in range(_ROUNDS):
        grid = np.linspace(low, high, _SECTIONS)
        logs = values(side.point(grid[1:-1]))
        good = np.isfinite(logs) & (-logs <= faintest)
        at = int(np.flatnonzero(good)[-1]) + 1 if good.any() else 0
        low, high = float(grid[at]), float(grid[at + 1])
    return low, high


def _continued(values: Values, side: SupportEnd, tau: float) -> Edge:
    v0, v1, v2 = (-values(side.point(tau - _H * np.arange(3.0)))).tolist()
    near, before = (v0 - v1) / _H, (v1 - v2) / _H
    growth = math.log(near / before) / _H if near * before > 0 else 0.0
    if not math.isfinite(near):
        return Edge(side, tau, v0, math.inf, 0.0, zero=False)
    return Edge(side, tau, v0, near * math.exp(0.5 * growth * _H), growth, zero=False)


@dataclass(frozen=True)
class Hole:
    """The first and the last dark float between two good ones; `zero` as for an edge."""

    low: float
    high: float
    top: float
    zero: bool


def holes_of(values: Values, points: FloatArray) -> tuple[Hole, ...]:
    """Return the dark runs between good ones of these points, their ends by bisection."""
    grid = np.unique(points)
    logs = values(grid)
    good = np.flatnonzero(np.isfinite(logs))
    gaps = np.flatnonzero(np.diff(good) > 1)
    return tuple(_hole(values, grid, good[k], good[k + 1]) for k in gaps.tolist())


def _hole(values: Values, grid: FloatArray, left: int, right: int) -> Hole:
    low, dark_low = neighbours(values, float(grid[left]), float(grid[left + 1]))
    high, dark_high = neighbours(values, float(grid[right]), float(grid[right - 1]))
    logs = values(np.array([low, high, dark_low]))
    zero = bool(logs[2] == -math.inf) and -float(logs[:2].min()) < UNDERFLOW_FROM
    return Hole(dark_low, dark_high, float(logs[:2].max()), zero)


def neighbours(values: Values, good: float, bad: float) -> tuple[float, float]:
    """Return neighbouring floats, the log density finite at the first and not at the second."""
    a, b = (int(k) for k in ordered(np.array([good, bad])))
    while abs(b - a) > 1:
        step = max(abs(b - a) // _SECTIONS, 1)
        grid = np.arange(a, b, step if b > a else -step, dtype=np.int64)[1:]
        dark = np.flatnonzero(~np.isfinite(values(unordered(grid))))
        at = int(dark[0]) if len(dark) else len(grid)
        bounds = [a, *grid.tolist(), b]
        a, b = bounds[at], bounds[at + 1]
    ends = unordered(np.array([a, b], dtype=np.int64))
    return float(ends[0]), float(ends[1])


@dataclass(frozen=True)
class Darkness:
    """All that is dark of a law on an interval."""

    edges: tuple[Edge, ...]
    holes: tuple[Hole, ...]

    def __bool__(self) -> bool:
        return bool(self.edges or self.holes)

    def fill(self, x: FloatArray, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log densities continued into the dark, and the doubt of each; 0 in the light."""
        out, doubt = logs.copy(), np.zeros_like(logs)
        for edge in self.edges:
            which = edge.beyond(x)
            rise = edge.rise(x[which])
            out[which], doubt[which] = -edge.depth - rise, np.abs(rise)
        for hole in self.holes:
            which = (x >= hole.low) & (x <= hole.high)
            out[which], doubt[which] = hole.top, math.inf
        return out, doubt

    def without_zeros(self) -> Darkness:
        """Only what is dark though the density may be positive there."""
        edges = tuple(edge for edge in self.edges if not edge.zero)
        return Darkness(edges, tuple(hole for hole in self.holes if not hole.zero))

    def pieces(self, low: float, high: float) -> list[tuple[float, float]]:
        """The interval without the parts where the density jumps to zero.

        Raises
        ------
        ValueError
            If a piece is one float wide: the law is one of atoms, and has no density.
        """
        for edge in self.edges:
            if edge.zero:
                low, high = (low, edge.jump) if edge.side.sign > 0 else (edge.jump, high)
        cuts = sorted((hole.low, hole.high) for hole in self.holes if hole.zero)
        starts = [low, *(end for _, end in cuts)]
        ends = [*(start for start, _ in cuts), high]
        found = list(zip(starts, ends, strict=True))
        for piece in found:
            _require_length(*piece)
        return found


def _require_length(low: float, high: float) -> None:
    if float(np.nextafter(np.nextafter(low, math.inf), math.inf)) < high:
        return
    raise ValueError(
        f"the density is positive at {0.5 * low + 0.5 * high:g} and zero at the "
        "floats beside it: the law is one of atoms, and has no density. Pass "
        "divkit.distributions.count_law(log_pmf, low=..., ratio_bound=(K, r)) of whole numbers, "
        "or FiniteLaw(atoms, probs)."
    )


NOTHING = Darkness((), ())


@np.errstate(all="ignore")
def darkness(
    values: Values,
    low: float,
    high: float,
    places: list[tuple[float, float]],
    undefined: Undefined | None = None,
) -> Darkness:
    """Return what is dark of a law on [low, high]; it ends where it is `undefined` from there on.

    `places` are centres and widths of its features; where its density is positive at none of them,
    nothing is said.
    """
    tried = [(c + step * w, w) for step in (0.0, 0.5, -0.5) for c, w in places]
    lit = np.isfinite(values(np.array([center for center, _ in tried])))
    if not lit.any():
        return NOTHING
    center, width = tried[int(lit.argmax())]
    ends = [(low, -1), (high, 1)]
    sides = [
        SupportEnd(center, width, end, sign) for end, sign in ends if sign * (end - center) > 0
    ]
    edges = [edge for side in sides for edge in _edges(values, side, undefined)]
    return Darkness(tuple(edges), holes_of(values, _between(edges, sides, places)))


def _edges(values: Values, side: SupportEnd, undefined: Undefined | None) -> list[Edge]:
    """The edge of a side; two where the density ends at 0 and its factors underflow before."""
    edge = edge_of(values, side, undefined)
    if edge is None or not edge.zero or not 0 < abs(edge.jump) < _AT_ZERO * side.width:
        return [] if edge is None else [edge]
    inner = None if side.center == 0 else edge_of(values, replace(side, end=0.0))
    return [replace(edge, jump=0.0), *([] if inner is None else [inner])]


def _between(
    edges: list[Edge], sides: list[SupportEnd], places: list[tuple[float, float]]
) -> FloatArray:
    """Points of the light, where there may be holes."""
    spread = np.linspace(-6.0, 6.0, 49)
    centers = [center for center, _ in places]
    points = np.linspace(min(centers), max(centers), 129)
    points = np.concatenate([points, *(center + width * spread for center, width in places)])
    for side in sides:
        points = points[side.sign * (side.end - points) > 0]
    for edge in edges:
        points = points[~edge.beyond(points)]
    return points
