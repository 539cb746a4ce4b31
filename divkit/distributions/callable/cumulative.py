r"""The distribution function of a density that comes without one.

The line is cut at the support's ends, the kinks and around the features. A piece is integrated in
a variable t that stretches infinite ends and poles: x = end ± s e^t next to an end of the support,
x = c + s sinh t on the whole line. Panels in t are halved until a 15-point Gauss rule agrees with
its own two halves; F(x) is the mass of the panels before x and one more rule on the rest.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from divkit.distributions.base import Feature
from divkit.distributions.callable.stretches import ExpStretch, SinhStretch, Straight, Stretch
from divkit.distributions.quantile import invert
from divkit.distributions.support import Boxes, edges, span
from divkit.types import FloatArray

LogDensity: TypeAlias = Callable[[FloatArray], FloatArray]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(15)
_TOLERANCE = 1e-14  # of the whole mass, for a panel
_AT_INFINITY = 1e-9  # of the mass, that may lie in the last panel before ±∞
_MOST_PANELS = 20_000
_MARKS = (0.0, 0.5, 2.0, 8.0, 32.0)  # in scales of a feature


@dataclass(frozen=True)
class Cumulative:
    """P(X ≤ x) of a density on an interval or a union of them, by quadrature.

    Parameters
    ----------
    log_density : log p at points (n,), as (n,); never NaN on the support.
    domain : the support, on the line.
    features : where the density varies; a peak that no feature names may be missed.
    kinks : points where the density is not smooth.
    """

    log_density: LogDensity
    domain: Boxes
    features: tuple[Feature, ...]
    kinks: tuple[float, ...] = ()

    @cached_property
    def pieces(self) -> tuple[CdfPiece, ...]:
        """Integrated pieces of the domain, from left to right."""
        inside = [*self.kinks, *edges(self.domain)]
        ends = sorted(box[0] for box in self.domain.boxes)
        cuts = [(a, b) for low, high in ends for a, b in _split(low, high, inside)]
        return tuple(piece for a, b in cuts for piece in self._stretched(a, b))

    def _stretched(self, low: float, high: float) -> list[CdfPiece]:
        features = [f for f in self.features if low <= f.center[0] <= high] or [
            Feature((_middle(low, high),), (_width(low, high),))
        ]
        center, scale = features[0].center[0], features[0].scale[0]
        marks = [x for f in features for x in _marks(f)]
        if math.isinf(low) and math.isinf(high):
            return [CdfPiece.make(self.log_density, SinhStretch(center, scale), low, high, marks)]
        if math.isinf(high):
            return [CdfPiece.make(self.log_density, ExpStretch(low, scale, 1.0), low, high, marks)]
        if math.isinf(low):
            return [
                CdfPiece.make(self.log_density, ExpStretch(high, scale, -1.0), low, high, marks)
            ]
        middle = low + 0.5 * (high - low)
        outer = edges(self.domain)
        left = ExpStretch(low, middle - low, 1.0) if low in outer else Straight(low)
        right = ExpStretch(high, high - middle, -1.0) if high in outer else Straight(high)
        return [
            CdfPiece.make(self.log_density, left, low, middle, marks),
            CdfPiece.make(self.log_density, right, middle, high, marks),
        ]

    @cached_property
    def mass(self) -> float:
        """∫ p."""
        return math.fsum(piece.mass for piece in self.pieces)

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x) · mass, elementwise."""
        points = np.asarray(x, dtype=np.float64)
        return np.minimum(sum_of(piece.below(points) for piece in self.pieces), self.mass)

    def sf(self, x: Any) -> FloatArray:
        """P(X > x) · mass, elementwise, to relative accuracy in the upper tail."""
        points = np.asarray(x, dtype=np.float64)
        return np.minimum(sum_of(piece.above(points) for piece in self.pieces), self.mass)

    def ppf(self, u: Any) -> FloatArray:
        """The least x with cdf(x) ≥ u, elementwise."""
        level = np.asarray(u, dtype=np.float64)
        low, high = (np.full(level.shape, end) for end in span(self.domain))
        return invert(self.cdf, self.sf, level, low, high)


@dataclass(frozen=True)
class CdfPiece:
    """A stretch of the line on which the density is smooth inside: panels in t with their mass."""

    log_density: LogDensity
    stretch: Stretch
    low: float
    high: float
    knots: FloatArray
    masses: FloatArray

    @staticmethod
    def make(
        log_density: LogDensity, stretch: Stretch, low: float, high: float, marks: list[float]
    ) -> CdfPiece:
        """Return the piece from low to high, panels refined."""
        first, last = stretch.inverse(np.array([low, high]))
        inner = stretch.inverse(np.array(marks))
        knots = np.unique([first, *inner[(inner > first) & (inner < last)], last])
        knots = np.unique(np.concatenate([knots, np.linspace(first, last, stretch.least + 1)]))
        bare = CdfPiece(log_density, stretch, low, high, knots, np.zeros(len(knots) - 1))
        return bare._refined()

    def _refined(self) -> CdfPiece:
        left, right = self.knots[:-1], self.knots[1:]
        done: list[tuple[FloatArray, FloatArray, FloatArray]] = []
        total, count = 0.0, len(left)
        while len(left):
            middle = 0.5 * (left + right)
            (first, blur), (second, smear) = self._rule(left, middle), self._rule(middle, right)
            halves, whole = first + second, self._rule(left, right)[0]
            scale = total + float(halves.sum())
            allowed = _TOLERANCE * (scale + 10 * halves) + 4 * (blur + smear)
            agreed = (np.abs(whole - halves) <= allowed) & ~self._jumps(left, right)
            agreed |= right - left <= 1e-12 * np.maximum(1.0, np.abs(middle))
            done.append((left[agreed], right[agreed], halves[agreed]))
            total += float(halves[agreed].sum())
            left, right = (
                np.concatenate([left[~agreed], middle[~agreed]]),
                np.concatenate([middle[~agreed], right[~agreed]]),
            )
            count += len(left)
            if count > _MOST_PANELS or not math.isfinite(scale):
                raise ValueError(self._advice(scale))
        lefts, rights, masses = (np.concatenate(parts) for parts in zip(*done, strict=True))
        order = np.argsort(lefts)
        knots, masses = np.append(lefts[order], rights.max()), masses[order]
        outermost = (self.low == -math.inf) * masses[0] + (self.high == math.inf) * masses[-1]
        if outermost > _AT_INFINITY * total:
            raise ValueError(self._advice(total))
        return CdfPiece(self.log_density, self.stretch, self.low, self.high, knots, masses)

    def _jumps(self, left: FloatArray, right: FloatArray) -> NDArray[np.bool_]:
        """Whether the density is zero at one end of a panel and not next to it, inside."""
        gap = 0.5 * (1 - _NODES[-1]) * (right - left)  # what the rule does not see
        t = np.stack([left, left + gap, right - gap, right])
        x = np.clip(self.stretch.point(t), self.low, self.high)
        zero = (self.log_density(x.reshape(-1)) == -math.inf).reshape(t.shape)
        return np.asarray((zero[0] != zero[1]) | (zero[2] != zero[3]))

    def _advice(self, scale: float) -> str:
        return (
            f"the density on ({self.low:g}, {self.high:g}) could not be integrated; its mass so "
            f"far is {scale:g}. Check that it is integrable and name its peaks by features=."
        )

    def _rule(self, left: FloatArray, right: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Masses of panels (k,), and how far rounding x may change them."""
        half = 0.5 * (right - left)
        t = (0.5 * (left + right))[:, None] + half[:, None] * _NODES
        x = np.clip(self.stretch.point(t), self.low, self.high)
        log_density = self.log_density(x.reshape(-1)).reshape(t.shape)
        with np.errstate(over="ignore"):
            integrand = np.exp(log_density + self.stretch.log_slope(t)) * _WEIGHTS
        masses = half * integrand.sum(axis=1)
        return masses, masses * _blur(x, log_density)

    @cached_property
    def mass(self) -> float:
        """∫ p over the piece."""
        return math.fsum(self.masses)

    def below(self, x: FloatArray) -> FloatArray:
        """The mass of the piece below x."""
        t, k = self._locate(x)
        before = np.concatenate([[0.0], np.cumsum(self.masses)])[k]
        return np.asarray(before + self._rule(self.knots[k], t)[0]).reshape(x.shape)

    def above(self, x: FloatArray) -> FloatArray:
        """The mass of the piece above x."""
        t, k = self._locate(x)
        after = np.concatenate([np.cumsum(self.masses[::-1])[::-1], [0.0]])[k + 1]
        return np.asarray(after + self._rule(t, self.knots[k + 1])[0]).reshape(x.shape)

    def _locate(self, x: FloatArray) -> tuple[FloatArray, Any]:
        inside = np.clip(x.reshape(-1), self.low, self.high)
        t = np.clip(self.stretch.inverse(inside), self.knots[0], self.knots[-1])
        k = np.searchsorted(self.knots, t, side="right") - 1
        return t, np.clip(k, 0, len(self.masses) - 1)


def _blur(x: FloatArray, log_density: FloatArray) -> FloatArray:
    """The relative change of a density when x moves by its last digit, at most, in each row."""
    with np.errstate(all="ignore"):
        steep = np.abs(np.diff(log_density, axis=1) / np.diff(x, axis=1))
        change = steep * np.spacing(np.abs(x[:, 1:]))
    smooth = np.where(np.isfinite(change), change, 0.0)  # a jump to −inf is to be located
    return np.asarray(np.minimum(smooth.max(axis=1), 1.0))


def sum_of(parts: Iterable[FloatArray]) -> FloatArray:
    """Return the sum of at least one array."""
    return np.asarray(np.sum(list(parts), axis=0), dtype=np.float64)


def _split(low: float, high: float, cuts: list[float]) -> list[tuple[float, float]]:
    stops = [low, *sorted({cut for cut in cuts if low < cut < high}), high]
    return list(itertools.pairwise(stops))


def _marks(feature: Feature) -> list[float]:
    center, scale = feature.center[0], feature.scale[0]
    return [center + side * mark * scale for mark in _MARKS for side in (-1, 1)]


def _middle(low: float, high: float) -> float:
    if math.isfinite(low) and math.isfinite(high):
        return low + 0.5 * (high - low)
    if math.isfinite(low):
        return low + 1.0
    return high - 1.0 if math.isfinite(high) else 0.0


def _width(low: float, high: float) -> float:
    return 0.5 * (high - low) if math.isfinite(high - low) else 1.0
