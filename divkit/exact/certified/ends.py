"""How singular families behave at a finite end of their support, at distance u from it.

Where log p is analytic at the end, `end_exponent` is None, and an interval evaluation bounds it.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from flint import arb

from divkit.distributions.base import Law
from divkit.distributions.families.bounded import Beta
from divkit.distributions.families.positive import Gamma, LogNormal
from divkit.exact.certified.cut import Cut, Growth
from divkit.exact.certified.laws import half_log_two_pi
from divkit.exact.method import NotApplicableError

Ball = Any


@singledispatch
def end_exponent(law: Law, cut: Cut) -> Ball | None:
    """A with d log p / d log u ≥ A in the tail, or None where log p is analytic at the end."""
    return None


@end_exponent.register
def _(law: Gamma, cut: Cut) -> Ball | None:
    return law.shape - 1 - law.rate * cut.distance if cut.end == 0 else None


@end_exponent.register
def _(law: Beta, cut: Cut) -> Ball | None:
    if cut.end not in (0, 1):
        return None
    near, far = (law.a, law.b) if cut.end == 0 else (law.b, law.a)
    return arb(near) - 1 - arb(0).max(arb(far) - 1) * cut.distance / (1 - cut.distance)


@end_exponent.register
def _(law: LogNormal, cut: Cut) -> Ball | None:
    if cut.end != 0:
        return None
    return (law.mu - cut.distance.log()) / arb(law.sigma) ** 2 - 1


@singledispatch
def end_growth(law: Law, cut: Cut) -> Growth:
    """How −log q grows towards the finite end of the tail, where `end_exponent` is not None."""
    raise NotApplicableError(f"no certified tail for {type(law).__name__}.")


@end_growth.register
def _(law: Gamma, cut: Cut) -> Growth:
    a, b = arb(law.shape), arb(law.rate)
    return _power_growth(law.shape, a.lgamma() - a * b.log() + b * cut.distance, cut)


@end_growth.register
def _(law: Beta, cut: Cut) -> Growth:
    a, b = (arb(law.a), arb(law.b)) if cut.end == 0 else (arb(law.b), arb(law.a))
    rest = arb(0).max((1 - b) * (1 - cut.distance).log())
    exponent = law.a if cut.end == 0 else law.b
    return _power_growth(exponent, a.lgamma() + b.lgamma() - (a + b).lgamma() + rest, cut)


def _power_growth(exponent: float, offset: Ball, cut: Cut) -> Growth:
    """The growth of −(exponent − 1) log u + offset."""
    depth = -cut.distance.log()
    if exponent <= 1:
        return Growth(offset + (exponent - 1) * depth, arb(0))
    if not depth > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, (arb(exponent) - 1) * depth, 1 / depth, cut.distance)


@end_growth.register
def _(law: LogNormal, cut: Cut) -> Growth:
    depth, s = law.mu - cut.distance.log(), arb(law.sigma)
    offset = cut.distance.log() + s.log() + half_log_two_pi()
    if not depth > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, (depth / s) ** 2 / 2, 2 / depth, cut.distance)
