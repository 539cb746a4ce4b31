r"""Values that supports and tails decide without a number: zero, infinity, the largest value.

An f-divergence is 0 (f(1), to be exact) where p = q, and reaches its largest value where the laws
are mutually singular. It is infinite where p has mass and q none, if lim f(u)/u = ∞; where q has
mass and p none, if f(0) = ∞; and where the tails at a common end of the supports make its integral
diverge. At an end of one law's support that lies inside the other's, the other density is a
positive constant as far as growth goes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch

from divkit.distributions.base import Law, Law1D
from divkit.distributions.exponents import ExpSum
from divkit.distributions.null_sets import are_disjoint, difference_is_null
from divkit.distributions.support import (
    Atoms,
    Boxes,
    Lattice,
    MeasuredSet,
    Singular,
    Support,
    is_discrete,
    span,
)
from divkit.distributions.tails import FACTORIAL, LOG, Growth, Tail, make
from divkit.divergences.base import IPM, Divergence, FDivergence
from divkit.exact.method import NotApplicableError
from divkit.results import Result

_STEPS = tuple(0.5 * k for k in range(-12, 13))
"""Places at which a density is looked at, in scales from each feature."""
_FAINT = -700.0


@dataclass(frozen=True)
class Symbolic:
    """Equal laws, mutually singular laws, and infinite values with their reason.

    Raises
    ------
    NotApplicableError
        If the value is neither 0, nor the largest, nor infinite as far as symbols tell.

    Examples
    --------
    >>> from divkit import Uniform
    >>> from divkit.divergences import JS, KL
    >>> Symbolic()(Uniform(0, 1), Uniform(2, 3), JS).value
    0.6931471805599453
    >>> print(Symbolic()(Uniform(0, 1), Uniform(0.5, 3), KL).reason)
    p has mass where q has none: support [0, 1] against [0.5, 3]
    """

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the value, exact up to the rounding of a constant, with its reason."""
        if type(p) is type(q) and p == q:
            return self._result(divergence, _at_equality(divergence), "p and q are the same law")
        if isinstance(divergence, IPM):
            raise NotApplicableError("Symbolic() decides only p = q for a metric on points.")
        base = divergence if isinstance(divergence, FDivergence) else divergence.base
        if are_disjoint(p.support, q.support):
            value = _carried(divergence, base.upper)
            return self._result(divergence, value, _apart(p, q))
        reason = infinite(p, q, base)
        if reason is None:
            raise NotApplicableError("supports overlap, and no tail makes the integral diverge")
        return self._result(divergence, _carried(divergence, math.inf), reason)

    def _result(self, divergence: Divergence, value: float, reason: str) -> Result:
        error = 2.0**-52 * abs(value) if math.isfinite(value) else 0.0
        return Result.exact(
            value, error, "closed form", repr(self), name=divergence.name, reason=reason
        )


def _at_equality(divergence: Divergence) -> float:
    if isinstance(divergence, FDivergence):
        return divergence.at_one
    return 0.0 if isinstance(divergence, IPM) else divergence.forward(divergence.base.at_one)


def _carried(divergence: Divergence, value: float) -> float:
    if isinstance(divergence, FDivergence | IPM):
        return value
    return divergence.forward(value)


def _apart(p: Law, q: Law) -> str:
    if is_discrete(p.support) != is_discrete(q.support):
        return "mutually singular: one law has atoms alone, the other has none"
    return f"mutually singular: the supports {_words(p)} and {_words(q)} meet in a null set"


def infinite(p: Law, q: Law, divergence: FDivergence) -> str | None:
    """Return why an f-divergence is infinite, or None where nothing says so."""
    if math.isfinite(divergence.upper):
        return None
    if math.isinf(divergence.slope_at_infinity) and not _within(p, q):
        return f"p has mass where q has none: support {_words(p)} against {_words(q)}"
    if math.isinf(divergence.at_zero) and not _within(q, p):
        return f"q has mass where p has none: support {_words(q)} against {_words(p)}"
    for end, a, b in _ends(p, q):
        if not divergence.finite_if(a, b):
            return (
                f"the integral diverges at x → {end!r}: −log p grows like {describe(a)}, "
                f"−log q like {describe(b)}, where u is {_variable(a)}"
            )
    return None


def _ends(p: Law, q: Law) -> list[tuple[float, Tail, Tail]]:
    """The ends near which both laws have mass, with both tails, where they are on the line."""
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        return common_ends(p, q)
    if isinstance(p.support, Lattice) and isinstance(q.support, Lattice):
        from divkit.exact.lattice_ends import lattice_ends  # which brings the laws of counts

        return lattice_ends(p, q)
    return []


def _within(inner: Law, outer: Law) -> bool:
    """Whether nothing shows that one law has mass where the other has none."""
    if difference_is_null(inner.support, outer.support) is not False:
        return True
    return not (inner.support_is_known or _is_seen_outside(inner, outer.support))


def _is_seen_outside(law: Law, support: Support) -> bool:
    """Whether a law whose support is assumed has a density above 0 at a place outside another."""
    if not isinstance(support, Boxes):
        return True
    places = [
        tuple(c + step * s for c, s in zip(mark.center, mark.scale, strict=True))
        for mark in law.features
        for step in _STEPS
    ]
    points = torch.tensor(places, dtype=torch.float64)
    outside = points[~support.contains(points)]
    try:
        return bool((law.log_prob(outside) > _FAINT).any()) if len(outside) else False
    except ValueError:  # NaN there: nothing is seen, and what computes the value says so
        return False


def common_ends(p: Law1D, q: Law1D) -> list[tuple[float, Tail, Tail]]:
    """The ends of either support near which both laws have mass, with both tails, where known."""
    ends, tails_p, tails_q = [], p.tails, q.tails
    for side in (0, 1):
        mine, theirs = _end(p, side), _end(q, side)
        if mine is None or theirs is None:
            continue
        inside_q, inside_p = _interior(mine, q), _interior(theirs, p)
        pairs = {
            mine: (tails_p[side], tails_q[side] if mine == theirs else _flat(inside_q)),
            theirs: (tails_p[side] if mine == theirs else _flat(inside_p), tails_q[side]),
        }
        ends += [(end, a, b) for end, (a, b) in pairs.items() if a is not None and b is not None]
    return ends


def _flat(inside: bool) -> Tail | None:
    return make({}, "endpoint") if inside else None


def _end(law: Law1D, side: int) -> float | None:
    return span(law.support)[side] if isinstance(law.support, Boxes) else None


def _interior(x: float, law: Law1D) -> bool:
    boxes = law.support.boxes if isinstance(law.support, Boxes) else ()
    return any(low < x < high for ((low, high),) in boxes)


def _words(law: Law) -> str:
    if isinstance(law.support, Atoms):
        count = len(law.support.points)
        return "of one atom" if count == 1 else f"of {count} atoms"
    if isinstance(law.support, MeasuredSet):
        return law.support.words
    if isinstance(law.support, Singular):
        return f"of measure zero ({law.support.reason})"
    if not isinstance(law.support, Boxes):
        return f"of {law!r}"
    boxes = [" × ".join(f"[{low:g}, {high:g}]" for low, high in box) for box in law.support.boxes]
    more = " ∪ …" if len(boxes) > 4 else ""
    return " ∪ ".join(itertools.islice(boxes, 4)) + more


_GROWTHS: Mapping[Growth, str] = {LOG: "log u", FACTORIAL: "u log u"}


def _variable(tail: Tail) -> str:
    where: dict[Literal["infinity", "endpoint"], str] = {
        "infinity": "|x|",
        "endpoint": "the inverse distance to that end",
    }
    return where[tail.at]


def describe(tail: Tail) -> str:
    """The leading growth of −log density in words: "0.5·u^2", "3·log u", "a constant"."""
    if not tail.terms:
        return "a constant"
    growth, coefficient = tail.terms[0]
    if isinstance(coefficient, ExpSum):
        return f"c·{_growth(growth)}"
    return f"{float(coefficient):g}·{_growth(growth)}"


def _growth(growth: Growth) -> str:
    rank, exponent = growth[:2]
    if growth in _GROWTHS:
        return _GROWTHS[growth]
    return ("log u", "(log u)^2", f"u^{float(exponent):g}", f"exp({float(exponent):g} u)")[rank]
