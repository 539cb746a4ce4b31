"""Closed forms and certified values of families of other libraries."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from divkit.distributions.adapt.forms.law import FormulaLaw
from divkit.exact.balls.families import FORMULAS, MIRRORED, ROOTS_OF_GAMMA, TWO_SIDED
from divkit.exact.balls.formulas import Formula, Moved
from divkit.exact.balls.seen import OwnAxis
from divkit.exact.capabilities.base import Balls, Capabilities, Shape, declare
from divkit.exact.closed_form.formulas import (
    ContinuousBernoulliMember,
    InverseGaussianMember,
    Keyed,
    RootOfGammaMember,
)
from divkit.exact.closed_form.members import GammaMember, Member
from divkit.exact.closed_form.shapes import DirichletMember
from divkit.exact.method import ESTIMATED, NotApplicableError


def formula(law: FormulaLaw) -> Formula:
    """The law's formula on its own axis, moved to its place.

    Raises
    ------
    NotApplicableError
        If the family has none, or an end of the law is no float.
    """
    maker = FORMULAS.get(law.family)
    found = maker(*law.shapes) if maker is not None else None
    if found is None:
        raise NotApplicableError(
            f"no certified density for the family {law.family!r}: {ESTIMATED}."
        )
    axis = OwnAxis(Fraction(law.loc), Fraction(law.scale))
    axis.require((law.form.low, law.form.high))
    return Moved(found, axis)


def balls_of(read: Any) -> Balls[Any]:
    """Answers to `exact.certified` of a law that is read as a formula."""
    return Balls(
        lambda law, place: read(law).density(place),
        lambda law, at: read(law).cdf(at),
        decay=lambda law, cut: read(law).decay(cut),
        growth=lambda law, cut: read(law).growth(cut),
        end_exponent=lambda law, cut: read(law).end_exponent(cut),
        end_growth=lambda law, cut: read(law).end_growth(cut),
        singular_ends=lambda law: read(law).singular,
    )


def _root_of_gamma(law: FormulaLaw, parts: tuple[Fraction, Fraction, float]) -> Member:
    return RootOfGammaMember(*parts, law.scale)


_EXPONENTIAL: dict[str, Callable[..., tuple[float, tuple[float, ...]]]] = {
    "kumaraswamy": lambda a, b: (b, (a,)),
    "powerlaw": lambda a: (a, ()),
    "lomax": lambda c: (c, ()),
    "burr12": lambda c, d: (d, (c,)),
    "burr": lambda c, d: (d, (c,)),
}
"""(shape parameters...) -> the rate of a function of z that is exponential, what it depends on."""


def member_of(law: FormulaLaw) -> Member:
    """The law as a member of a family of closed forms; one that has none where there is none."""
    family, shapes, place = law.family, law.shapes, (law.loc, law.scale)
    if family in ROOTS_OF_GAMMA:
        return Keyed(_root_of_gamma(law, ROOTS_OF_GAMMA[family](*shapes)), (law.loc, 1))
    if family in MIRRORED:
        parts = ROOTS_OF_GAMMA[MIRRORED[family]](*shapes)
        return Keyed(_root_of_gamma(law, parts), (law.loc, -1))
    if family in TWO_SIDED:
        return Keyed(_root_of_gamma(law, TWO_SIDED[family](*shapes)), (law.loc, 0))
    if family in _EXPONENTIAL:
        rate, key = _EXPONENTIAL[family](*shapes)
        return Keyed(GammaMember(1.0, rate), (family, key, place))
    other = _MEMBERS.get(family)
    return Member() if other is None else other(law)


_MEMBERS: dict[str, Callable[[FormulaLaw], Member]] = {
    "invgauss": lambda law: Keyed(InverseGaussianMember(law.shapes[0], law.scale), (law.loc,)),
    "wald": lambda law: Keyed(InverseGaussianMember(1.0, law.scale), (law.loc,)),
    "betaprime": lambda law: Keyed(DirichletMember(law.shapes), (law.loc, law.scale)),
    "continuous_bernoulli": lambda law: Keyed(
        ContinuousBernoulliMember(law.shapes[0]), (law.loc, law.scale)
    ),
}

declare(
    FormulaLaw,
    Capabilities[FormulaLaw](member=member_of, balls=balls_of(formula), shape=Shape.of),
)
