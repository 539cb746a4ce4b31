r"""Log densities of the families on the line in ball arithmetic, on the line and in the plane.

Each is compiled for a `certified_place.Place` at the precision of the moment. A logarithm whose
ball meets its branch cut comes back as not finite, which tells the quadrature to take a smaller
ball. Parameters are the law's floats, taken exactly. The weights of a mixture are divided by
their exact sum.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import Any

from flint import arb

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import Mixture1D
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma, LogNormal, Pareto
from divkit.exact.certified.place import Place, Point, log, real_part
from divkit.exact.certified.shares import log_shares
from divkit.exact.method import NotApplicableError

Ball = Any


_PEAKED = 16.0
"""Shapes above which the terms of a gamma or beta density cancel around its mode."""

LogDensity = Callable[[Point], Ball]


@singledispatch
def log_density(law: Law, place: Place) -> LogDensity | None:
    """Return log p on a place, or None where p is zero there.

    Raises
    ------
    NotApplicableError
        If the law is none of the families that have one.
    """
    raise NotApplicableError(f"no certified density for {type(law).__name__}.")


def half_log_two_pi() -> Ball:
    """½ log 2π."""
    return (2 * arb.pi()).log() / 2


@log_density.register
def _normal(law: Normal, place: Place) -> LogDensity:
    loc, curvature = law.loc, -1 / (2 * arb(law.scale) ** 2)
    constant = arb(law.scale).log() + half_log_two_pi()

    def value(at: Point) -> Ball:
        y = at.minus(loc)
        return curvature * (y * y) - constant

    return value


@log_density.register
def _laplace(law: Laplace, place: Place) -> LogDensity:
    loc = law.loc
    slope = (-1 if place.right_of(loc) else 1) / arb(law.scale)
    constant = (2 * arb(law.scale)).log()
    return lambda at: slope * at.minus(loc) - constant


@log_density.register
def _logistic(law: Logistic, place: Place) -> LogDensity:
    loc = law.loc
    slope = (-1 if place.right_of(loc) else 1) / arb(law.scale)
    constant = arb(law.scale).log()

    def value(at: Point) -> Ball:
        z = slope * at.minus(loc)
        return z - 2 * log(1 + z.exp()) - constant

    return value


@log_density.register
def _gumbel(law: Gumbel, place: Place) -> LogDensity:
    loc, slope, constant = law.loc, -1 / arb(law.scale), arb(law.scale).log()

    def value(at: Point) -> Ball:
        z = slope * at.minus(loc)
        return z - z.exp() - constant

    return value


@log_density.register
def _student(law: StudentT, place: Place) -> LogDensity:
    return _student_density(law.loc, law.scale, arb(law.df))


@log_density.register
def _cauchy(law: Cauchy, place: Place) -> LogDensity:
    return _student_density(law.loc, law.scale, arb(1))


def student_constant(df: Ball, scale: float) -> Ball:
    """−log p at the centre: log [scale √(νπ) Γ(ν/2) / Γ((ν+1)/2)]."""
    return (
        (df / 2).lgamma() - ((df + 1) / 2).lgamma() + (df * arb.pi()).log() / 2 + arb(scale).log()
    )


def _student_density(loc: float, scale: float, df: Ball) -> LogDensity:
    inverse, power = 1 / (df * arb(scale) ** 2), (df + 1) / 2
    constant = student_constant(df, scale)

    def value(at: Point) -> Ball:
        y = at.minus(loc)
        return -power * log(1 + inverse * (y * y)) - constant

    return value


@log_density.register
def _uniform(law: Uniform, place: Place) -> LogDensity | None:
    if not place.within(law.low, law.high):
        return None
    constant = -(arb(law.high) - law.low).log()
    return lambda at: 0 * at.x + constant


@log_density.register
def _exponential(law: Exponential, place: Place) -> LogDensity | None:
    rate = arb(law.rate)
    constant = rate.log()
    return (lambda at: constant - rate * at.x) if place.right_of(0.0) else None


@log_density.register
def _gamma(law: Gamma, place: Place) -> LogDensity | None:
    if not place.right_of(0.0):
        return None
    power, rate = arb(law.shape) - 1, arb(law.rate)
    constant = arb(law.shape) * rate.log() - arb(law.shape).lgamma()
    if law.shape <= _PEAKED:
        rise = _log_power(power, 0.0)
        return lambda at: rise(at) - rate * at.x + constant
    mode = power / rate
    top = power * (mode.log() - 1) + constant
    return lambda at: power * at.log_excess(0.0, mode) + top


@log_density.register
def _beta(law: Beta, place: Place) -> LogDensity | None:
    if not place.within(0.0, 1.0):
        return None
    a, b = arb(law.a), arb(law.b)
    constant = (a + b).lgamma() - a.lgamma() - b.lgamma()
    if min(law.a, law.b) <= _PEAKED:
        rise, fall = _log_power(a - 1, 0.0), _log_power(b - 1, 1.0)
        return lambda at: rise(at) + fall(at) + constant
    mode = (a - 1) / (a + b - 2)
    top = (a - 1) * mode.log() + (b - 1) * (1 - mode).log() + constant
    return lambda at: (a - 1) * at.log_excess(0.0, mode) + (b - 1) * at.log_excess(1.0, mode) + top


def _log_power(power: Ball, e: float) -> LogDensity:
    """power · log|x − e|; without the logarithm, which has no value at e, where the power is 0."""
    if power.is_zero():
        return lambda at: 0 * at.x
    return lambda at: power * at.log_minus(e)


@log_density.register
def _log_normal(law: LogNormal, place: Place) -> LogDensity | None:
    if not place.right_of(0.0):
        return None
    mu, curvature = arb(law.mu), -1 / (2 * arb(law.sigma) ** 2)
    constant = arb(law.sigma).log() + half_log_two_pi()

    def value(at: Point) -> Ball:
        y = at.log_minus(0.0)
        return curvature * ((y - mu) * (y - mu)) - y - constant

    return value


@log_density.register
def _pareto(law: Pareto, place: Place) -> LogDensity | None:
    if not place.right_of(law.scale):
        return None
    alpha, start = arb(law.alpha), arb(law.scale)
    constant = alpha.log() + alpha * start.log()
    return lambda at: constant - (alpha + 1) * at.log_minus(0.0)


@log_density.register
def _mixture(law: Mixture1D, place: Place) -> LogDensity | None:
    terms: list[LogDensity] = []
    shifts: list[Ball] = []
    shares = log_shares(law.weights, law.log_weights)
    for share, component in zip(shares, law.components, strict=True):
        density = log_density(component, place)
        if density is not None:
            terms.append(density)
            shifts.append(share)
    if not terms:
        return None

    def value(at: Point) -> Ball:
        logs = [term(at) + shift for term, shift in zip(terms, shifts, strict=True)]
        return log_sum(logs)

    return value


def log_sum(logs: list[Ball]) -> Ball:
    """log Σ e^{l}, with the largest taken out."""
    top = 0
    largest = real_part(logs[0])
    for i in range(1, len(logs)):
        size = real_part(logs[i])
        if size > largest:
            top, largest = i, size
    rest = sum(((l - logs[top]).exp() for i, l in enumerate(logs) if i != top), 1)
    return logs[top] + log(rest) if len(logs) > 1 else logs[top]
