"""Capabilities of the normal law."""

from __future__ import annotations

import math
from fractions import Fraction

from flint import arb

from divkit.distributions.families.normal import Normal
from divkit.exact.affinity.family import normal as normal_affinity
from divkit.exact.balls.cut import Cut, Decay, Growth, growth_from
from divkit.exact.balls.place import LogDensity, Place, Point
from divkit.exact.capabilities.base import Balls, Capabilities, Component, Shape, Tame, declare
from divkit.exact.closed_form.members import NormalMember
from divkit.types import Ball


def half_log_two_pi() -> Ball:
    """½ log 2π."""
    return (2 * arb.pi()).log() / 2


def _log_density(law: Normal, place: Place) -> LogDensity:
    loc, curvature = law.loc, -1 / (2 * arb(law.scale) ** 2)
    constant = arb(law.scale).log() + half_log_two_pi()

    def value(at: Point) -> Ball:
        y = at.minus(loc)
        return curvature * (y * y) - constant

    return value


def _growth(law: Normal, cut: Cut) -> Growth:
    y = cut.beyond(law.loc)
    offset = arb(law.scale).log() + half_log_two_pi()
    return growth_from(y, offset, (y / law.scale) ** 2 / 2, 2)


declare(
    Normal,
    Capabilities[Normal](
        member=lambda law: NormalMember(law.loc, law.scale),
        affinity=lambda p, q, omega: normal_affinity(p.loc, p.scale, q.loc, q.scale, omega),
        balls=Balls[Normal](
            _log_density,
            cdf=lambda law, at: (-at.minus(law.loc) / (law.scale * arb(2).sqrt())).erfc() / 2,
            decay=lambda law, cut: Decay(cut.beyond(law.loc) / arb(law.scale) ** 2),
            growth=_growth,
        ),
        shape=Shape.of,
        gaussian=lambda law: [
            Component(Fraction(1), (Fraction(law.loc),), ((Fraction(law.scale) ** 2,),))
        ],
        tame=lambda law: Tame(2, math.inf),
    ),
)
