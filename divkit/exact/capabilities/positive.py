"""Capabilities of exponential and gamma laws."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from flint import arb

from divkit.distributions.families.positive import Exponential, Gamma
from divkit.exact.affinity.family import (
    EPS,
    LogAffinity,
    log_gamma_gap,
    log_quotient,
    rate_family,
)
from divkit.exact.balls.affinity import normalised, of_rates
from divkit.exact.balls.cut import (
    NO_DECAY,
    NO_GROWTH,
    Cut,
    Decay,
    Growth,
    growth_from,
    power_growth,
)
from divkit.exact.balls.place import LogDensity, Place, Point, log_power, positive_part
from divkit.exact.capabilities.base import Balls, Capabilities, Shape, declare
from divkit.exact.closed_form.members import GammaMember
from divkit.types import Ball, FloatArray

PEAKED = 16.0
"""Shapes above which the terms of a gamma or beta density cancel around its mode."""


def _exponential_density(law: Exponential, place: Place) -> LogDensity | None:
    rate = arb(law.rate)
    constant = rate.log()
    return (lambda at: constant - rate * at.x) if place.right_of(0.0) else None


def _exponential_growth(law: Exponential, cut: Cut) -> Growth:
    if cut.side < 0:
        return NO_GROWTH
    return growth_from(cut.x, -arb(law.rate).log(), law.rate * cut.x, 1)


declare(
    Exponential,
    Capabilities[Exponential](
        member=lambda law: GammaMember(1.0, law.rate),
        affinity=lambda p, q, omega: rate_family(log_quotient(q.rate, p.rate), omega),
        balls=Balls[Exponential](
            _exponential_density,
            cdf=lambda law, at: -(-law.rate * positive_part(at.minus(0.0))).expm1(),
            decay=lambda law, cut: Decay(arb(law.rate)) if cut.side > 0 else NO_DECAY,
            growth=_exponential_growth,
            affinity=lambda p, q: of_rates(arb(p.rate), arb(q.rate)),
        ),
        shape=lambda law: Shape(Exponential(1.0), Fraction(0), 1 / Fraction(law.rate)),
    ),
)


def _affinity(p: Gamma, q: Gamma, omega: FloatArray) -> LogAffinity:
    """C enters k times, k = (½−iω)a_p + (½+iω)a_q, and the shapes by (¼+ω²) τ (a_q − a_p)."""
    tau, d = log_quotient(q.rate, p.rate), q.shape - p.shape
    rates = rate_family(tau, omega)
    k = 0.5 * (p.shape + q.shape) + 1j * omega * d
    cross = (0.25 + omega**2) * tau * d
    shapes, error = log_gamma_gap(p.shape, q.shape, d, omega)
    error = error + np.abs(k) * rates.slack + 8 * EPS * (np.abs(cross) + np.abs(k * rates.log_rho))
    return LogAffinity(k * rates.log_rho + cross + shapes, error, np.inf)


def _log_integral(a: Ball, b: Ball) -> Ball:
    return a.lgamma() - a * b.log()


def _log_density(law: Gamma, place: Place) -> LogDensity | None:
    if not place.right_of(0.0):
        return None
    power, rate = arb(law.shape) - 1, arb(law.rate)
    constant = arb(law.shape) * rate.log() - arb(law.shape).lgamma()
    if law.shape <= PEAKED:
        rise = log_power(power, 0.0)
        return lambda at: rise(at) - rate * at.x + constant
    mode = power / rate
    top = power * (mode.log() - 1) + constant
    return lambda at: power * at.log_excess(0.0, mode) + top


def _cdf(law: Gamma, at: Point) -> Ball:
    x = at.minus(0.0)
    if x <= 0:
        return arb(0)
    return (law.rate * x).gamma_lower(arb(law.shape), regularized=1)


def _decay(law: Gamma, cut: Cut) -> Decay:
    if cut.side < 0:
        return NO_DECAY
    return Decay(law.rate - arb(0).max(arb(law.shape) - 1) / cut.x)


def _growth(law: Gamma, cut: Cut) -> Growth:
    if cut.side < 0:
        return NO_GROWTH
    a, b, x = arb(law.shape), arb(law.rate), cut.x
    offset = a.lgamma() - a * b.log() - (a - 1) * x.log()
    if law.shape >= 1:
        return growth_from(x, offset, b * x, 1)
    return growth_from(x, offset - (1 - a), b * x + (1 - a), 1)


def _end_growth(law: Gamma, cut: Cut) -> Growth:
    a, b = arb(law.shape), arb(law.rate)
    return power_growth(law.shape, a.lgamma() - a * b.log() + b * cut.distance, cut)


declare(
    Gamma,
    Capabilities[Gamma](
        member=lambda law: GammaMember(law.shape, law.rate),
        affinity=_affinity,
        balls=Balls[Gamma](
            _log_density,
            _cdf,
            decay=_decay,
            growth=_growth,
            end_exponent=lambda law, cut: (
                law.shape - 1 - law.rate * cut.distance if cut.end == 0 else None
            ),
            end_growth=_end_growth,
            singular_ends=lambda law: (0.0,) if law.shape != 1 else (),
            affinity=lambda p, q: normalised(_log_integral, (p.shape, p.rate), (q.shape, q.rate)),
        ),
        shape=lambda law: Shape(Gamma(law.shape, 1.0), Fraction(0), 1 / Fraction(law.rate)),
    ),
)
