"""Capabilities of Cauchy and Student's t laws on the line."""

from __future__ import annotations

from typing import Any

from flint import arb

from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.exact.balls.cut import Cut, Decay, Growth, growth_from
from divkit.exact.balls.place import LogDensity, Place, Point, log, two_sided
from divkit.exact.capabilities.base import Balls, Capabilities, Tame, declare
from divkit.exact.capabilities.location_scale import shape_of
from divkit.exact.closed_form.members import CauchyMember

Ball = Any


def _constant(df: Ball, scale: float) -> Ball:
    """−log p at the centre: log [scale √(νπ) Γ(ν/2) / Γ((ν+1)/2)]."""
    return (
        (df / 2).lgamma() - ((df + 1) / 2).lgamma() + (df * arb.pi()).log() / 2 + arb(scale).log()
    )


def _log_density(loc: float, scale: float, df: Ball) -> LogDensity:
    inverse, power = 1 / (df * arb(scale) ** 2), (df + 1) / 2
    constant = _constant(df, scale)

    def value(at: Point) -> Ball:
        y = at.minus(loc)
        return -power * log(1 + inverse * (y * y)) - constant

    return value


def _student_density(law: StudentT, place: Place) -> LogDensity:
    return _log_density(law.loc, law.scale, arb(law.df))


def _cauchy_density(law: Cauchy, place: Place) -> LogDensity:
    return _log_density(law.loc, law.scale, arb(1))


def _student_cdf(law: StudentT, at: Point) -> Ball:
    z, df = at.minus(law.loc) / law.scale, arb(law.df)
    square = z * z
    if square < df:
        within = (square / (df + square)).beta_lower(arb(0.5), df / 2, regularized=1)
        return two_sided(z, (1 - within) / 2)
    return two_sided(z, (df / (df + square)).beta_lower(df / 2, arb(0.5), regularized=1) / 2)


def _decay(y: Ball, scale: float, df: Ball) -> Decay:
    slope = (df + 1) * y * y / (df * arb(scale) ** 2 + y * y)
    return Decay(None, slope - 1 if y > 0 else arb(-1), y)


def _growth(y: Ball, scale: float, df: Ball) -> Growth:
    spread = (y * y / (df * arb(scale) ** 2)).log1p()
    return growth_from(y, _constant(df, scale), (df + 1) / 2 * spread, 2 / spread)


def _student_growth(law: StudentT, cut: Cut) -> Growth:
    return _growth(cut.beyond(law.loc), law.scale, arb(law.df))


def _cauchy_growth(law: Cauchy, cut: Cut) -> Growth:
    return _growth(cut.beyond(law.loc), law.scale, arb(1))


declare(
    StudentT,
    Capabilities[StudentT](
        balls=Balls[StudentT](
            _student_density,
            _student_cdf,
            decay=lambda law, cut: _decay(cut.beyond(law.loc), law.scale, arb(law.df)),
            growth=_student_growth,
        ),
        shape=shape_of,
        tame=lambda law: Tame(0, law.df),
    ),
)
declare(
    Cauchy,
    Capabilities[Cauchy](
        member=lambda law: CauchyMember(law.loc, law.scale),
        balls=Balls[Cauchy](
            _cauchy_density,
            cdf=lambda law, at: (at.minus(law.loc) / law.scale).atan() / arb.pi() + arb(0.5),
            decay=lambda law, cut: _decay(cut.beyond(law.loc), law.scale, arb(1)),
            growth=_cauchy_growth,
        ),
        shape=shape_of,
        tame=lambda law: Tame(0, 1),
    ),
)
