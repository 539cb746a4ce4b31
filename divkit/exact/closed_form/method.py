r"""Closed forms between laws of one family, for every divergence that has one.

A law is read as a member of its family (see `divkit.exact.capabilities`); the family knows KL,
log ρ(α), TV and JS, and every divergence of the table is one of these, or a function of it:

    H² = 1 − ρ(½),  χ² = ρ(2) − 1,  D_α = (ρ(α) − 1)/(α(α−1)),  R_α = log ρ(α)/(α − 1), …

A common invertible map is taken off both laws first. Values are the floats nearest to balls, so
that the error is that of one rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from divkit.distributions.base import Law
from divkit.divergences.base import IPM, Divergence, FDivergence
from divkit.divergences.quantities import Quantity
from divkit.exact.capabilities import member
from divkit.exact.closed_form.members import Member, NormalMember
from divkit.exact.closed_form.numbers import exact, from_quantity, settle
from divkit.exact.closed_form.spaces import GaussianMember
from divkit.exact.method import (
    NotApplicableError,
    Outcome,
    attempt,
    beyond_floats,
    granted,
    order_of,
    peel,
    transformed,
)
from divkit.results import Result
from divkit.types import Ball

_KNOWS = "ClosedForm() knows f-divergences and functions of them."
_PARAMETER = 2.0**-51  # 1/(α(α−1)) and 1/(α−1) are floats: their rounding is a factor


@dataclass(frozen=True)
class ClosedForm:
    """Formulas for two laws of one family.

    Raises
    ------
    NotApplicableError
        If the laws are of different families, or the family has no formula for the divergence.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import KL
    >>> ClosedForm()(Normal(0, 1), Normal(1, 1), KL).value
    0.5
    """

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence in nats, rounded once or twice."""
        return granted(self.several(p, q, (divergence,))[0])

    def several(self, p: Law, q: Law, divergences: Sequence[Divergence]) -> list[Outcome]:
        """Each divergence, or why there is none; the laws are read once."""
        if all(isinstance(kind, IPM) for kind in divergences):
            return [NotApplicableError(_KNOWS)] * len(divergences)
        both = members(p, q)
        return [attempt(self._of_members, *both, kind) for kind in divergences]

    def _of_members(self, a: Member, b: Member, divergence: Divergence) -> Result:
        if isinstance(divergence, IPM):
            raise NotApplicableError(_KNOWS)
        if isinstance(divergence, FDivergence):
            return self._result(_f_divergence(a, b, divergence), divergence)
        gain = divergence.log_gain
        if gain is not None:
            order = Fraction(order_of(divergence.base))
            return self._result(lambda: exact(gain) * a.log_affinity(b, order), divergence)
        return transformed(divergence, self._of_members(a, b, divergence.base))

    def _result(self, formula: Callable[[], Ball], divergence: Divergence) -> Result:
        try:
            value, error = settle(formula)
        except ArithmeticError as fault:
            raise NotApplicableError(f"the closed form of {divergence!r}: {fault}") from fault
        if math.isinf(error):
            log, _ = settle(lambda: formula().log())
            return beyond_floats(log, repr(self), divergence.name)
        if math.isinf(value):
            reason = f"the closed form of {divergence!r} is infinite"
            return Result.exact(
                value, 0.0, "closed form", repr(self), name=divergence.name, reason=reason
            )
        error += _PARAMETER * abs(value)
        return Result.exact(value, error, "closed form", repr(self), name=divergence.name)


def _f_divergence(p: Member, q: Member, divergence: FDivergence) -> Callable[[], Ball]:
    match divergence.quantity:
        case Quantity("kl"):
            return lambda: from_quantity(divergence, p.kl(q))
        case Quantity("reverse_kl"):
            return lambda: from_quantity(divergence, q.kl(p))
        case Quantity("jeffreys"):
            return lambda: from_quantity(divergence, p.kl(q) + q.kl(p))
        case Quantity("tv"):
            return lambda: from_quantity(divergence, p.tv(q))
        case Quantity("affinity", order):
            return lambda: from_quantity(divergence, p.log_affinity(q, Fraction(order)).expm1())
        case Quantity("js", 0.5):
            return lambda: from_quantity(divergence, p.js(q))
        case Quantity("triangular"):
            return lambda: from_quantity(divergence, p.triangular(q))
    raise NotApplicableError(f"no closed form of {divergence!r} for {type(p).__name__}")


def members(p: Law, q: Law) -> tuple[Member, Member]:
    """Both laws as members of one family, common maps taken off; raise if there is none."""
    p, q = peel(p, q)
    if p.dim != q.dim:
        raise NotApplicableError(f"the laws have {p.dim} and {q.dim} dimensions")
    a, b = member(p), member(q)
    if {type(a), type(b)} == {NormalMember, GaussianMember}:
        a, b = _gaussian(a), _gaussian(b)
    if type(a) is not type(b):
        raise NotApplicableError(
            f"{type(p).__name__} and {type(q).__name__} are not of one family"
        )
    return a, b


def _gaussian(law: Member) -> Member:
    if not isinstance(law, NormalMember):
        return law
    return GaussianMember((law.loc,), ((Fraction(law.scale) ** 2,),))
