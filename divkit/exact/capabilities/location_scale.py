"""Capabilities of Laplace, logistic and Gumbel laws."""

from __future__ import annotations

import math

from flint import arb

from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.exact.affinity.family import log_quotient, rate_family
from divkit.exact.balls.affinity import of_rates
from divkit.exact.balls.cut import Cut, Decay, Growth, growth_from
from divkit.exact.balls.place import LogDensity, Place, Point, log, two_sided
from divkit.exact.capabilities.base import Balls, Capabilities, Shape, Tame, declare
from divkit.exact.closed_form.members import GumbelMember, LaplaceMember, LogisticMember
from divkit.types import Ball


def _laplace_density(law: Laplace, place: Place) -> LogDensity:
    loc = law.loc
    slope = (-1 if place.right_of(loc) else 1) / arb(law.scale)
    constant = (2 * arb(law.scale)).log()
    return lambda at: slope * at.minus(loc) - constant


def _laplace_cdf(law: Laplace, at: Point) -> Ball:
    z = at.minus(law.loc) / law.scale
    return two_sided(z, (-abs(z)).exp() / 2)


def _laplace_growth(law: Laplace, cut: Cut) -> Growth:
    y = cut.beyond(law.loc)
    return growth_from(y, (2 * arb(law.scale)).log(), y / law.scale, 1)


declare(
    Laplace,
    Capabilities[Laplace](
        member=lambda law: LaplaceMember(law.loc, law.scale),
        affinity=lambda p, q, omega: (
            rate_family(log_quotient(p.scale, q.scale), omega) if p.loc == q.loc else None
        ),
        balls=Balls[Laplace](
            _laplace_density,
            _laplace_cdf,
            decay=lambda law, cut: Decay((1 if cut.beyond(law.loc) >= 0 else -1) / arb(law.scale)),
            growth=_laplace_growth,
            affinity=lambda p, q: (
                of_rates(1 / arb(p.scale), 1 / arb(q.scale)) if p.loc == q.loc else None
            ),
        ),
        shape=Shape.of,
        tame=lambda law: Tame(1, math.inf),
    ),
)


def _logistic_density(law: Logistic, place: Place) -> LogDensity:
    loc = law.loc
    slope = (-1 if place.right_of(loc) else 1) / arb(law.scale)
    constant = arb(law.scale).log()

    def value(at: Point) -> Ball:
        z = slope * at.minus(loc)
        return z - 2 * log(1 + z.exp()) - constant

    return value


def _logistic_decay(law: Logistic, cut: Cut) -> Decay:
    s = arb(law.scale)
    return Decay((cut.beyond(law.loc) / (2 * s)).tanh() / s)


def _logistic_growth(law: Logistic, cut: Cut) -> Growth:
    y, s = cut.beyond(law.loc), arb(law.scale)
    return growth_from(y, s.log() + 2 * (-y / s).exp().log1p(), y / s, 1)


declare(
    Logistic,
    Capabilities[Logistic](
        member=lambda law: LogisticMember(law.loc, law.scale),
        balls=Balls[Logistic](
            _logistic_density,
            cdf=lambda law, at: 1 / (1 + (-at.minus(law.loc) / law.scale).exp()),
            decay=_logistic_decay,
            growth=_logistic_growth,
        ),
        shape=Shape.of,
        tame=lambda law: Tame(1, math.inf),
    ),
)


def _gumbel_density(law: Gumbel, place: Place) -> LogDensity:
    loc, slope, constant = law.loc, -1 / arb(law.scale), arb(law.scale).log()

    def value(at: Point) -> Ball:
        z = slope * at.minus(loc)
        return z - z.exp() - constant

    return value


def _gumbel_decay(law: Gumbel, cut: Cut) -> Decay:
    s = arb(law.scale)
    z = cut.beyond(law.loc) / s
    return Decay((1 - (-z).exp()) / s if cut.side > 0 else (z.exp() - 1) / s)


def _gumbel_growth(law: Gumbel, cut: Cut) -> Growth:
    s = arb(law.scale)
    y = cut.beyond(law.loc)
    if cut.side > 0:
        return growth_from(y, s.log() + (-y / s).exp(), y / s, 1)
    return Growth(s.log(), (y / s).exp() if y > 0 else arb.pos_inf(), rate=1 / s)


declare(
    Gumbel,
    Capabilities[Gumbel](
        member=lambda law: GumbelMember(law.loc, law.scale),
        balls=Balls[Gumbel](
            _gumbel_density,
            cdf=lambda law, at: (-(-at.minus(law.loc) / law.scale).exp()).exp(),
            decay=_gumbel_decay,
            growth=_gumbel_growth,
        ),
        shape=Shape.of,
    ),
)
