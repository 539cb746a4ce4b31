"""Metrics between laws of one shape, a + bZ and c + dZ with the same Z: exact by arithmetic."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

from divkit.distributions.base import Law, Law1D
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential
from divkit.divergences.base import IPM
from divkit.exact.capabilities import Shape, shape
from divkit.exact.closed_form.numbers import exact, settle
from divkit.exact.ipm.result import metric_result, too_large
from divkit.exact.method import NotApplicableError
from divkit.results import Result

_MOMENTS = 2.0**-48  # the standard law's mean and variance are floats, good to a few roundings


def _both(p: Law, q: Law) -> tuple[Shape, Shape]:
    a, b = shape(p), shape(q)
    if a.standard != b.standard:
        raise NotApplicableError("p and q are not of one shape")
    return a, b


def _shifted(distance: Fraction, divergence: IPM) -> Result:
    """The distance of two locations; a lower limit where no float holds it."""
    if distance > Fraction(sys.float_info.max):
        log, _ = settle(lambda: exact(distance).log())
        return too_large(log, divergence)
    nearest = float(distance)
    error = float(abs(distance - Fraction(nearest))) * (1 + 2.0**-50)
    return _result(nearest, error, divergence)


def shape_w1(p: Law, q: Law, divergence: IPM) -> Result:
    """|a − c| for equal scales; |b − d| E Z for equal locations of a positive Z."""
    a, b = _both(p, q)
    shift, stretch = abs(a.loc - b.loc), abs(a.scale - b.scale)
    if stretch == 0:
        return _shifted(shift, divergence)
    mean = a.standard.mean
    if mean is not None and not math.isfinite(float(mean[0])):
        reason = "the laws have no mean and different scales"
        return _result(math.inf, 0.0, divergence, reason=reason)
    if shift != 0 or mean is None or a.standard.reach[0] < 0:
        raise NotApplicableError("scales differ: W1 needs the quadrature")
    value = float(stretch) * float(mean[0])
    return _result(value, _MOMENTS * value, divergence)


def shape_w2(p: Law, q: Law, divergence: IPM) -> Result:
    """√[(a − c + (b − d) E Z)² + (b − d)² var Z]; |a − c| for equal scales."""
    a, b = _both(p, q)
    shift, stretch = a.loc - b.loc, a.scale - b.scale
    if stretch == 0:
        return _shifted(abs(shift), divergence)
    mean, variance = a.standard.mean, a.standard.covariance
    if mean is None or variance is None:
        raise NotApplicableError("the standard law's moments are not known")
    if not math.isfinite(float(variance[0, 0])):
        reason = "the laws have no second moment and different scales"
        return _result(math.inf, 0.0, divergence, reason=reason)
    m, v = Fraction(float(mean[0])), Fraction(float(variance[0, 0]))
    square = (shift + stretch * m) ** 2 + stretch**2 * v
    value, error = settle(lambda: exact(square).sqrt())
    if math.isinf(error):
        log, _ = settle(lambda: exact(square).log() / 2)
        return too_large(log, divergence)
    slack = _MOMENTS * float(abs(stretch)) * (abs(float(m)) + math.sqrt(float(v)))
    return _result(value, error + (slack if not _is_simple(a.standard) else 0.0), divergence)


def _is_simple(standard: Law1D) -> bool:
    """Whether the standard law's mean and variance are exact floats."""
    return isinstance(standard, Normal | Exponential)


def _result(value: float, error: float, divergence: IPM, reason: str | None = None) -> Result:
    return metric_result(
        value, error, "closed form", divergence, reason=reason, route="laws of one shape"
    )
