"""Capabilities of Cauchy and Student's t laws on the line."""

from __future__ import annotations

from flint import arb

from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.exact.balls.cut import Cut, Decay, Growth, growth_from
from divkit.exact.balls.place import LogDensity, Place, Point, log, two_sided
from divkit.exact.capabilities.base import Balls, Capabilities, Shape, Tame, declare
from divkit.exact.closed_form.members import CauchyMember
from divkit.types import Ball


def _df(law: StudentT | Cauchy) -> Ball:
    return arb(1) if isinstance(law, Cauchy) else arb(law.df)


def _constant(law: StudentT | Cauchy) -> Ball:
    """−log p at the centre: log [scale √(νπ) Γ(ν/2) / Γ((ν+1)/2)]."""
    df = _df(law)
    root = (df * arb.pi()).log() / 2
    return (df / 2).lgamma() - ((df + 1) / 2).lgamma() + root + arb(law.scale).log()


def _log_density(law: StudentT | Cauchy, place: Place) -> LogDensity:
    df, constant = _df(law), _constant(law)
    inverse, power = 1 / (df * arb(law.scale) ** 2), (df + 1) / 2

    def value(at: Point) -> Ball:
        y = at.minus(law.loc)
        return -power * log(1 + inverse * (y * y)) - constant

    return value


def _student_cdf(law: StudentT, at: Point) -> Ball:
    z, df = at.minus(law.loc) / law.scale, arb(law.df)
    square = z * z
    if square < df:
        within = (square / (df + square)).beta_lower(arb(0.5), df / 2, regularized=1)
        return two_sided(z, (1 - within) / 2)
    return two_sided(z, (df / (df + square)).beta_lower(df / 2, arb(0.5), regularized=1) / 2)


def _decay(law: StudentT | Cauchy, cut: Cut) -> Decay:
    y, df = cut.beyond(law.loc), _df(law)
    slope = (df + 1) * y * y / (df * arb(law.scale) ** 2 + y * y)
    return Decay(None, slope - 1 if y > 0 else arb(-1), y)


def _growth(law: StudentT | Cauchy, cut: Cut) -> Growth:
    y, df = cut.beyond(law.loc), _df(law)
    spread = (y * y / (df * arb(law.scale) ** 2)).log1p()
    return growth_from(y, _constant(law), (df + 1) / 2 * spread, 2 / spread)


declare(
    StudentT,
    Capabilities[StudentT](
        balls=Balls[StudentT](_log_density, _student_cdf, _decay, _growth),
        shape=Shape.of,
        tame=lambda law: Tame(0, law.df),
    ),
)
declare(
    Cauchy,
    Capabilities[Cauchy](
        member=lambda law: CauchyMember(law.loc, law.scale),
        balls=Balls[Cauchy](
            _log_density,
            lambda law, at: (at.minus(law.loc) / law.scale).atan() / arb.pi() + arb(0.5),
            _decay,
            _growth,
        ),
        shape=Shape.of,
        tame=lambda law: Tame(0, 1),
    ),
)
