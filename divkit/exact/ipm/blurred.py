r"""Errors of a metric where a law is known to fewer than 64 bits.

Where |log p̃ − log p| ≤ b at every point, |p̃ − p| ≤ b p up to b², and moving that mass costs

    W1(p, p̃) ≤ b E_p|x − μ|,      W2(p, p̃)² ≤ 2 b E_p|x − μ|²

(Villani 2003, proposition 7.10); by the triangle inequality the distance to q changes by no more.
The energy distance 2 E|x − y| − E|x − x'| − E|y − y'| changes by 2b (E|x − y| + E|x − x'|), MMD²
of a kernel of at most 1 by 4b. Moments of first order are bounded by those of the second. Where a
law does not say its own, its second moment about a feature is integrated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.mixed import MixedLaw
from divkit.divergences.base import IPM
from divkit.exact.ipm.ends import has_moment
from divkit.exact.method import LOG_SIZE, widened
from divkit.exact.quadrature.fields import log_density, log_error
from divkit.exact.quadrature.panels import layout
from divkit.exact.quadrature.refine import Limits, refine
from divkit.exact.quadrature.rule import Values
from divkit.results import Result
from divkit.types import Tensor


def with_blur(found: Result, p: Law, q: Law, metric: IPM) -> Result:
    """Return the metric with what the blurs of p and q leave open in its error."""
    if p.blur == q.blur == 0 or not math.isfinite(found.value):
        return found
    gap = math.fsum(_gap(law, other, metric) for law, other in ((p, q), (q, p)) if law.blur > 0)
    if math.isinf(gap):
        words = "a law known to fewer than 64 bits may lack a variance: no error is known"
        ends = (0.0, math.inf)
        told = (*found.warnings, words)
        return replace(found, error=math.inf, interval=ends, warnings=told)
    return widened(found, gap)


def _gap(law: Law, other: Law, metric: IPM) -> float:
    """Worth of the blur of `law`."""
    b = LOG_SIZE * law.blur
    center, spread = _spread(law)
    match metric.family:
        case "mmd2":
            return 4 * b
        case "w1":
            return b * spread
        case "w2":
            return math.sqrt(2 * b) * spread
    place, width = _spread(other)
    return 2 * b * (math.dist(center, place) + 3 * spread + width)


def _spread(law: Law) -> tuple[tuple[float, ...], float]:
    """A center, and the root of the mean square distance from it: inf where it is not known."""
    if law.mean is not None and law.covariance is not None:
        square = float(np.trace(law.covariance))
        center = tuple(law.mean.tolist())
    elif isinstance(law, MixedLaw) and law.dim == 1 and has_moment(law.curve.law, 2):
        curve = law.curve
        center = curve.law.features[0].center
        square = curve.share * _square(curve.law, center[0])
        square += float(curve.masses @ (curve.atoms - center[0]) ** 2)
    elif isinstance(law, Law1D) and has_moment(law, 2):
        center, square = law.features[0].center, _square(law, law.features[0].center[0])
    else:
        return (0.0,) * law.dim, math.inf
    return center, math.sqrt(square) if square < math.inf else math.inf


def _square(law: Law1D, center: float) -> float:
    """E (X − center)², and the quadrature's own error of it."""
    return sum(square_about(law, center))


def square_about(law: Law1D, center: float) -> tuple[float, float]:
    """Return E (X − center)², and the quadrature's own error of it."""
    sums = refine(_Spread(law, center), layout((law,)), Limits()).sums
    error = float(sums.error[0].sum() + sums.noise[0].sum() + sums.spill[0].sum())
    return sums.total(), error


@dataclass(frozen=True)
class _Spread:
    """(x − center)² p(x)."""

    law: Law1D
    center: float

    def __call__(self, anchor: float, offset: Tensor) -> Values:
        """One row, with the rounding of the density."""
        logs = log_density(self.law, "law", anchor, offset)
        away = (anchor - self.center) + offset
        value = (away * (0.5 * logs).exp()) ** 2
        noise = value * log_error(self.law, logs, anchor, offset)
        return Values(value[None], torch.where(value > 0, noise, 0.0)[None])
