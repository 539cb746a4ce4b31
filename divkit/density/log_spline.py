r"""Densities whose logarithm is a cubic spline, with exponential tails or hard ends.

On each panel between two knots log f is the cubic that has the values and slopes of its ends
(Hermite's), so that it has a slope everywhere; beyond an end that is not hard log f goes on as a
line. The mass of a panel is by Gauss–Legendre's rule of 20 nodes: panels on which log f may move
by more than `_MOVES` nats are halved when the law is made, and the rule is exact to rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import torch

from divkit.density.base import Labelled
from divkit.density.hermite import cubics, refined
from divkit.distributions.base import Feature, Law1D
from divkit.distributions.quantile import invert
from divkit.distributions.support import Boxes, interval
from divkit.distributions.tails import Tail, make, power
from divkit.types import FloatArray, Tensor

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_MOVES = 4.0
_UNDERFLOW = 760.0


@dataclass(frozen=True, repr=False)
class LogSpline(Labelled, Law1D):
    """The density whose logarithm is a cubic between knots.

    Attributes
    ----------
    knots : K + 1 increasing numbers.
    logs : log density at the knots.
    slopes : its derivative there.
    falls : whether the density goes on below the first knot, and above the last.
    label : how it prints.
    """

    knots: tuple[float, ...]
    logs: tuple[float, ...]
    slopes: tuple[float, ...]
    falls: tuple[bool, bool]
    label: str

    @property
    def support(self) -> Boxes:
        """All of the line, cut off at hard ends."""
        low = -math.inf if self.falls[0] else self.knots[0]
        return interval(low, math.inf if self.falls[1] else self.knots[-1])

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """The slope times |x| where the density goes on, else bounded."""
        ends = zip(self.falls, (self.slopes[0], -self.slopes[-1]), strict=True)
        low, high = (
            make({power(1): Fraction(rate)}) if falls else make({}, "endpoint")
            for falls, rate in ends
        )
        return low, high

    @property
    def kinks(self) -> tuple[float, ...]:
        """The knots, where derivatives jump."""
        return self.knots[1 - self.falls[0] : len(self.knots) - 1 + self.falls[1]]

    @property
    def features(self) -> tuple[Feature, ...]:
        """One as wide as all, and the tails: the knots show the rest."""
        half = 0.5 * (self.knots[-1] - self.knots[0])
        found = [Feature((self.knots[0] + half,), (half,))]
        if self.falls[0]:
            found.append(Feature((self.knots[0],), (1 / self.slopes[0],)))
        if self.falls[1]:
            found.append(Feature((self.knots[-1],), (-1 / self.slopes[-1],)))
        return tuple(found)

    @property
    def reach(self) -> tuple[float, float]:
        """Out to where the lines have fallen below all floats."""
        low = self.knots[0] - (self._beyond[0][1] if self.falls[0] else 0.0)
        return low, self.knots[-1] + (self._beyond[1][1] if self.falls[1] else 0.0)

    @property
    def _beyond(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Of either tail its mass, and the way to where it underflows."""
        ends = ((self.logs[0], self.slopes[0]), (self.logs[-1], -self.slopes[-1]))
        low, high = (
            (math.exp(log) / rate, (_UNDERFLOW + log) / rate) if falls else (0.0, 0.0)
            for falls, (log, rate) in zip(self.falls, ends, strict=True)
        )
        return low, high

    @cached_property
    def _places(self) -> FloatArray:
        return np.array(self.knots)

    @cached_property
    def _cubics(self) -> FloatArray:
        """Coefficients (K + 2, 4) of powers of x − knot, lines for both tails around them."""
        inner: FloatArray = cubics(self._places, np.array(self.logs), np.array(self.slopes))
        low = [self.logs[0], self.slopes[0], 0.0, 0.0]
        high = [self.logs[-1], self.slopes[-1], 0.0, 0.0]
        return np.asarray(np.vstack([low, inner, high]))

    @cached_property
    def _starts(self) -> FloatArray:
        """The knot from which each piece is counted (K + 2,)."""
        return np.asarray(np.r_[self._places[0], self._places])

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        """The piece is found from the offset, so that a point next to a knot is on its side."""
        knots = torch.from_numpy(self._places - anchor)
        at = torch.searchsorted(knots, offset.detach().contiguous(), right=True)
        if not self.falls[1]:  # the last point is of the last panel
            at = torch.where(offset.detach() == knots[-1], len(knots) - 1, at)
        c = torch.from_numpy(self._cubics)[at]
        away = offset - torch.from_numpy(self._starts - anchor)[at]
        logs = c[..., 0] + away * (c[..., 1] + away * (c[..., 2] + away * c[..., 3]))
        gone = ~offset.isfinite()  # at infinity tails have fallen to 0
        for falls, out in zip(self.falls, (at == 0, at == len(knots)), strict=True):
            gone = gone if falls else gone | out
        return torch.where(gone, -math.inf, logs)

    @cached_property
    def _masses(self) -> FloatArray:
        """Of the panels (K,)."""
        return self._within(np.arange(1, len(self.knots)), self._places[1:])

    def _within(self, piece: Any, x: FloatArray) -> FloatArray:
        """Mass between the knot of a piece and x, elementwise."""
        half = 0.5 * (x - self._starts[piece])
        away = half[..., None] * (_NODES + 1)
        c = np.moveaxis(self._cubics[piece], -1, 0)[..., None]
        return np.asarray(
            half * (np.exp(c[0] + away * (c[1] + away * (c[2] + away * c[3]))) @ _WEIGHTS)
        )

    def cdf(self, x: Any) -> FloatArray:
        """Masses of the panels below, and the rule within one."""
        below = np.cumsum(np.r_[self._beyond[0][0], self._masses])
        return self._cumulated(np.asarray(x, float), below, 1.0)

    def sf(self, x: Any) -> FloatArray:
        """Masses of the panels above, less the rule within one; tails to full accuracy."""
        above = np.cumsum(np.r_[self._beyond[1][0], self._masses[::-1]])[::-1]
        return self._cumulated(np.asarray(x, float), above, -1.0)

    def _cumulated(self, x: FloatArray, at_knots: FloatArray, sign: float) -> FloatArray:
        inside = np.clip(x, self.knots[0], self.knots[-1])
        piece = np.clip(np.searchsorted(self._places, inside, side="right"), 1, len(self._masses))
        out = at_knots[piece - 1] + sign * self._within(piece, inside)
        (low, _), (high, _) = self._beyond
        beyond = x - inside
        rates = (  # a density that ends may rise up to there, and has no mass beyond
            slope if falls else away
            for falls, slope, away in zip(
                self.falls, (self.slopes[0], self.slopes[-1]), (1.0, -1.0), strict=True
            )
        )
        fall = np.exp(np.where(beyond < 0, *rates) * beyond)
        under = low * fall if sign > 0 else 1.0 - low * fall
        over = 1.0 - high * fall if sign > 0 else high * fall
        out = np.where(beyond < 0, under, np.where(beyond > 0, over, out))
        return np.asarray(np.where(np.isnan(x), np.nan, np.clip(out, 0.0, 1.0)))

    def ppf(self, u: Any) -> FloatArray:
        """By bisection on the floats."""
        level = np.asarray(u, float)
        low, high = self.reach
        ends = self.support.boxes[0][0]
        out = invert(self.cdf, self.sf, level, np.full(level.shape, low),
                     np.full(level.shape, high))  # fmt: skip
        return np.where(level == 0, ends[0], np.where(level == 1, ends[1], out))


def log_spline(
    knots: FloatArray,
    logs: FloatArray,
    slopes: FloatArray,
    falls: tuple[bool, bool],
    label: str,
) -> LogSpline:
    """Return the law with these values and slopes of its log density, up to its constant.

    Raises
    ------
    ValueError
        If a tail does not fall, or the mass is no float.
    """
    if (falls[0] and not slopes[0] > 0) or (falls[1] and not slopes[-1] < 0):
        raise ValueError("the tails of a log-spline must fall.")
    knots, logs, slopes = refined(knots, logs, slopes, _MOVES)
    top = float(logs.max())
    bare = _made(knots, logs - top, slopes, falls, label)
    mass = float(bare._masses.sum() + bare._beyond[0][0] + bare._beyond[1][0])
    if not 0 < mass < math.inf:
        raise ValueError("the mass of a log-spline must be a positive float.")
    return _made(knots, logs - top - math.log(mass), slopes, falls, label)


def _made(
    knots: FloatArray, logs: FloatArray, slopes: FloatArray, falls: tuple[bool, bool], label: str
) -> LogSpline:
    places, heights, rates = (tuple(map(float, column)) for column in (knots, logs, slopes))
    return LogSpline(places, heights, rates, falls, label)
