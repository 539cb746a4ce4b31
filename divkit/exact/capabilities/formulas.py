"""Certified values of families of other libraries, and of affine images of laws on the line."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from divkit.distributions.adapt.forms.law import FormulaLaw
from divkit.exact.balls.families import FORMULAS
from divkit.exact.balls.formulas import Formula, Moved
from divkit.exact.balls.seen import Axis
from divkit.exact.capabilities.base import Balls, Capabilities, declare
from divkit.exact.method import NotApplicableError


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
        raise NotApplicableError(f"no certified density for {law!r}.")
    axis = Axis(Fraction(law.loc), Fraction(law.scale))
    axis.require((law.form.low, law.form.high))
    return Moved(found, axis)


def balls_of(read: Any) -> Balls[Any]:
    """What `exact.certified` asks, of a law that is read as a formula."""
    return Balls(
        lambda law, place: read(law).density(place),
        lambda law, at: read(law).cdf(at),
        decay=lambda law, cut: read(law).decay(cut),
        growth=lambda law, cut: read(law).growth(cut),
        end_exponent=lambda law, cut: read(law).end_exponent(cut),
        end_growth=lambda law, cut: read(law).end_growth(cut),
        singular_ends=lambda law: read(law).singular,
    )


declare(FormulaLaw, Capabilities[FormulaLaw](balls=balls_of(formula)))
