r"""Distance of a wrapped law's distribution function from the integral of its density.

A library's distribution function may come from a series, from quadrature with a loose tolerance,
or from a difference in which a tail is lost; and so may the density. The two are independent
witnesses: on panels a = x₀ < x₁ < … that resolve the density,

    |F(x_k) − Σ_{i ≤ k} ∫ p|  +  the errors of the integrals so far

bounds the error of F where F ≤ ½, and the same with the upper tails above.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.adapt.forms.law import FormulaLaw
from divkit.distributions.base import Law1D
from divkit.distributions.compose.mixed_line import MixedCurve
from divkit.exact.quadrature.fields import log_density, log_error
from divkit.exact.quadrature.panels import Layout, layout
from divkit.exact.quadrature.refine import Limits, refine
from divkit.exact.quadrature.rule import Sums, Values
from divkit.types import FloatArray, Tensor


@dataclass(frozen=True)
class Slip:
    """The error of F at knots (m,), and its share of the smaller tail there.

    Between two knots the error is at most the larger of theirs, and of their shares.
    """

    knots: FloatArray
    bounds: FloatArray
    shares: FloatArray

    def __call__(self, x: FloatArray, tail: FloatArray) -> FloatArray:
        """The bound at x, of any shape, where the smaller tail is `tail`."""
        after = np.searchsorted(self.knots, x)
        bound, share = (
            np.maximum(padded[after], padded[after + 1])
            for row in (self.bounds, self.shares)
            for padded in (np.concatenate([row[:1], row, row[-1:]]),)
        )
        with np.errstate(invalid="ignore"):  # 0 · ∞, where the other one holds
            return np.asarray(np.fmin(bound, share * tail))


NO_SLIP = Slip(np.zeros(1), np.zeros(1), np.zeros(1))


def slip_of(law: object) -> Slip:
    """The slip of a law whose curves are another library's; none for divkit's own.

    Beside atoms a density's part in F, and in F's tails, is its share.
    """
    if isinstance(law, MixedCurve):
        own = slip_of(law.law)
        return Slip(own.knots, law.share * own.bounds, own.shares)
    if not isinstance(law, Law1D) or (law.anchored and not isinstance(law, FormulaLaw)):
        return NO_SLIP
    return _measured(law)


def _measured(law: Law1D) -> Slip:
    first = layout((law,))
    sums = refine(_Density(law), first, Limits()).sums
    low, high = _ends(sums, first)
    order = np.argsort(0.5 * low + 0.5 * high, kind="stable")
    mass, error = sums.integral[0][order], (sums.error + sums.noise + sums.spill)[0][order]
    knots = high[order][:-1]
    with np.errstate(all="ignore"):  # what comes out as NaN is an unknown bound
        lower, upper = np.asarray(law.cdf(knots)), np.asarray(law.sf(knots))
        below = np.abs(lower - np.cumsum(mass)[:-1]) + np.cumsum(error)[:-1]
        above = np.abs(upper - _from_above(mass)) + _from_above(error)
        bounds = np.where(lower <= upper, below, above)
        bounds = np.where(np.isnan(bounds), math.inf, bounds)
        tails = np.minimum(lower, upper)
        shares = np.where(bounds > 0, bounds / tails, 0.0)
    return Slip(knots, bounds, shares)


def _from_above(parts: FloatArray) -> FloatArray:
    """Σ_{i > k} for every k but the last."""
    return np.asarray(np.cumsum(parts[::-1])[::-1][1:])


def _ends(sums: Sums, where: Layout) -> tuple[FloatArray, FloatArray]:
    """Both ends of every panel."""
    ends = sums.panels.offsets(np.array([-1.0, 1.0])) + where.anchors[sums.panels.anchor][:, None]
    return ends.min(axis=1), ends.max(axis=1)


@dataclass(frozen=True)
class _Density:
    """The density with its rounding."""

    law: Law1D

    def __call__(self, anchor: float, offset: Tensor) -> Values:
        """One row."""
        logs = log_density(self.law, "law", anchor, offset)
        density = logs.exp()
        noise = density * log_error(self.law, logs, anchor, offset)
        return Values(density[None], torch.where(density > 0, noise, 0.0)[None])
