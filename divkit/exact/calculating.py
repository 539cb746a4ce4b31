"""Laws that bring a method of their own, and those that are made of them."""

from __future__ import annotations

from divkit.distributions.base import Law
from divkit.distributions.compose.mixed import MixedLaw
from divkit.distributions.compose.product import Product
from divkit.exact.own_method import Calculating


def calculates(law: Law) -> bool:
    """Whether a law, one of its factors or a stratum of it brings a method of its own."""
    match law:
        case Product():
            return any(map(calculates, law.factors))
        case MixedLaw():
            return any(calculates(each.law) for each in law.strata if each.law is not None)
        case _:
            return isinstance(law, Calculating)
