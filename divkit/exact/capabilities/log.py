"""Capabilities of log-normal and Pareto laws."""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from divkit.distributions.families.log import LogNormal, Pareto
from divkit.exact.affinity.family import log_quotient, normal, rate_family
from divkit.exact.balls.affinity import of_rates
from divkit.exact.balls.cut import NO_DECAY, NO_GROWTH, Cut, Decay, Growth
from divkit.exact.balls.place import LogDensity, Place, Point, positive_part
from divkit.exact.capabilities.base import Balls, Capabilities, Shape, declare
from divkit.exact.capabilities.normal import half_log_two_pi
from divkit.exact.closed_form.members import LogNormalMember, ParetoMember
from divkit.types import Ball


def _normal_density(law: LogNormal, place: Place) -> LogDensity | None:
    if not place.right_of(0.0):
        return None
    mu, curvature = arb(law.mu), -1 / (2 * arb(law.sigma) ** 2)
    constant = arb(law.sigma).log() + half_log_two_pi()

    def value(at: Point) -> Ball:
        y = at.log_minus(0.0)
        return curvature * ((y - mu) * (y - mu)) - y - constant

    return value


def _normal_cdf(law: LogNormal, at: Point) -> Ball:
    if at.minus(0.0) <= 0:
        return arb(0)
    return (-(at.minus(0.0).log() - law.mu) / (law.sigma * arb(2).sqrt())).erfc() / 2


def _normal_decay(law: LogNormal, cut: Cut) -> Decay:
    if cut.side < 0:
        return NO_DECAY
    slope = (cut.x.log() - law.mu) / arb(law.sigma) ** 2
    return Decay(None, slope, cut.x)


def _normal_growth(law: LogNormal, cut: Cut) -> Growth:
    if cut.side < 0:
        return NO_GROWTH
    v, s = cut.x.log() - law.mu, arb(law.sigma)
    offset = law.mu + s.log() + half_log_two_pi()
    if not v > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, v + (v / s) ** 2 / 2, 2 / v, cut.x)


def _end_growth(law: LogNormal, cut: Cut) -> Growth:
    depth, s = law.mu - cut.distance.log(), arb(law.sigma)
    offset = cut.distance.log() + s.log() + half_log_two_pi()
    if not depth > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, (depth / s) ** 2 / 2, 2 / depth, cut.distance)


declare(
    LogNormal,
    Capabilities[LogNormal](
        member=lambda law: LogNormalMember(law.mu, law.sigma),
        affinity=lambda p, q, omega: normal(p.mu, p.sigma, q.mu, q.sigma, omega),
        balls=Balls[LogNormal](
            _normal_density,
            _normal_cdf,
            decay=_normal_decay,
            growth=_normal_growth,
            end_exponent=lambda law, cut: (
                (law.mu - cut.distance.log()) / arb(law.sigma) ** 2 - 1 if cut.end == 0 else None
            ),
            end_growth=_end_growth,
            singular_ends=lambda law: (0.0,),
        ),
    ),
)


def _density(law: Pareto, place: Place) -> LogDensity | None:
    if not place.right_of(law.scale):
        return None
    alpha, start = arb(law.alpha), arb(law.scale)
    constant = alpha.log() + alpha * start.log()
    return lambda at: constant - (alpha + 1) * at.log_minus(0.0)


def _cdf(law: Pareto, at: Point) -> Ball:
    if at.x <= law.scale:
        return arb(0)
    return -(arb(law.alpha) * -positive_part(at.x.log() - arb(law.scale).log())).expm1()


def _growth(law: Pareto, cut: Cut) -> Growth:
    if cut.side < 0:
        return NO_GROWTH
    v = cut.x.log() - arb(law.scale).log()
    offset = arb(law.scale).log() - arb(law.alpha).log()
    if not v > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, (arb(law.alpha) + 1) * v, 1 / v, cut.x)


declare(
    Pareto,
    Capabilities[Pareto](
        member=lambda law: ParetoMember(law.alpha, law.scale),
        affinity=lambda p, q, omega: (
            rate_family(log_quotient(q.alpha, p.alpha), omega) if p.scale == q.scale else None
        ),
        balls=Balls[Pareto](
            _density,
            _cdf,
            decay=lambda law, cut: (
                Decay(None, arb(law.alpha), cut.x) if cut.side > 0 else NO_DECAY
            ),
            growth=_growth,
            affinity=lambda p, q: (
                of_rates(arb(p.alpha), arb(q.alpha)) if p.scale == q.scale else None
            ),
        ),
        shape=lambda law: Shape(Pareto(law.alpha, 1.0), Fraction(0), Fraction(law.scale)),
    ),
)
