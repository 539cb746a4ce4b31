"""Scales on which a law of the line may be smoother: log, logit, arsinh.

A law on such a scale is asked for its density there, and made into a law of the line only where it
is a member: an image costs far more than its density at a few points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from divkit.density.auto.support import Side, Support
from divkit.density.kde import robust_spread
from divkit.distributions.base import Law1D
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.maps.scalar import Affine, Exp, Sigmoid, Sinh
from divkit.distributions.maps.space import ScalarMap
from divkit.types import FloatArray


@dataclass(frozen=True, eq=False)
class Taken:
    """Points on a scale: z (n,), log |dz/dx| there, and the maps that lead back.

    `maps` are applied one after the other to z.
    """

    z: FloatArray
    log_slope: FloatArray
    maps: Sequence[ScalarMap]


class ScaleFrame(Protocol):
    """A scale whose places and units are known."""

    def __call__(self, x: FloatArray) -> Taken:
        """Return points (n,) on the scale."""
        ...


class AxisScale(Protocol):
    """A scale that takes its places and units from a sample."""

    def frame(self, x: FloatArray) -> ScaleFrame:
        """Return the scale that points (n,) give."""
        ...


@dataclass(frozen=True)
class Shifted:
    """u = factor · (x − place)."""

    place: float
    factor: float

    def __call__(self, x: FloatArray) -> Taken:
        """Return points on the scale."""
        slope = np.full(len(x), np.log(abs(self.factor)))
        return Taken(self.factor * (x - self.place), slope, (Affine(self.place, 1 / self.factor),))


@dataclass(frozen=True)
class LogFromSide:
    """log u, u the distance from one end."""

    side: Side

    def frame(self, x: FloatArray) -> ScaleFrame:
        """Return itself: the end is known."""
        del x
        return self

    def __call__(self, x: FloatArray) -> Taken:
        """Return points on the scale."""
        place, inwards = self.side.place, self.side.inwards
        z = np.log(inwards * (x - place))
        return Taken(z, -z, (Exp(), Affine(place, inwards)))


@dataclass(frozen=True)
class BetweenEnds:
    """The logit of the share of the way between both ends."""

    support: Support

    def frame(self, x: FloatArray) -> ScaleFrame:
        """Return itself: the ends are known."""
        del x
        return self

    def __call__(self, x: FloatArray) -> Taken:
        """Return points on the scale."""
        low, high = self.support.interval
        below, above = np.log(x - low), np.log(high - x)
        slope = np.log(high - low) - below - above
        return Taken(below - above, slope, (Sigmoid(), Affine(low, high - low)))


@dataclass(frozen=True)
class Tamed:
    """arsinh of the distance from the median, in robust spreads."""

    def frame(self, x: FloatArray) -> ScaleFrame:
        """Return the scale with the median and the spread of points."""
        return TamedFrame(float(np.median(x)), robust_spread(x))


@dataclass(frozen=True)
class TamedFrame:
    """arsinh((x − middle)/unit)."""

    middle: float
    unit: float

    def __call__(self, x: FloatArray) -> Taken:
        """Return points on the scale."""
        away = (x - self.middle) / self.unit
        slope = -0.5 * np.log1p(away * away) - np.log(self.unit)
        return Taken(np.arcsinh(away), slope, (Sinh(), Affine(self.middle, self.unit)))


@dataclass(frozen=True, eq=False)
class OnScale:
    """A law of z on the scale of a frame, not yet made into a law of x."""

    inner: Law1D
    frame: ScaleFrame

    def log_prob(self, rows: FloatArray) -> FloatArray:
        """Return log densities at rows (n, 1) inside the support."""
        taken = self.frame(rows[:, 0])
        return np.asarray(self.inner.log_prob(taken.z)) + taken.log_slope

    def law(self) -> Law1D:
        """Return the law of x."""
        law = self.inner
        for step in self.frame(np.ones(0)).maps:
            moved = transformed(law, step)
            assert isinstance(moved, Law1D)
            law = moved
        return law


def scales(support: Support) -> list[tuple[str, AxisScale, float]]:
    """Return every scale that a support allows: its name, itself, the price of its ends."""
    found: list[tuple[str, AxisScale, float]] = [
        (f"log {side.words}", LogFromSide(side), side.price) for side in support.sides
    ]
    if support.bounded:
        found = [("logit", BetweenEnds(support), support.price)]
    return [*found, ("arsinh", Tamed(), 0.0)]
