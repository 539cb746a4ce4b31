r"""Infinite metrics on the line, by the tails of both laws.

∫ |F − G| diverges at an end where the tail of one law alone falls too slowly. Where both densities
are powers of one order there, x^{−κ} with different weights a and b, the difference of their tails
is (a − b) x^{1−κ}/(κ − 1) and the same integrals diverge. The log of a/b is read far out, at two
places whose difference bounds what is left of its limit.
"""

from __future__ import annotations

import math
from fractions import Fraction

import torch

from divkit.distributions.base import Law, Law1D
from divkit.distributions.support import Boxes, span
from divkit.distributions.tails import LOG, power
from divkit.divergences.base import IPM
from divkit.exact.ipm.result import metric_result
from divkit.exact.method import LOG_SIZE, NotApplicableError
from divkit.exact.quadrature.fields import ROUNDOFF
from divkit.results import Result

_ORDERS = {"w1": 1, "w2": 2}
_FAR = (1e40, 1e80)  # in units of a law's own reach
_CLEAR = 10.0  # a log ratio is not 0 where it is this many times what it moves by


def missing_moment(p: Law, q: Law, divergence: IPM) -> Result:
    """Infinite, where the tails at one end make the integral diverge; else not applicable."""
    a, b = as_line(p), as_line(q)
    order = _ORDERS[divergence.family]
    known = [has_moment(law, order) for law in (a, b)]
    if None not in known and known[0] != known[1]:
        return infinite(*(("p", a) if known[0] is False else ("q", b)), order, divergence)
    for side in (0, 1):
        words = _diverges(a, b, side, Fraction(order))
        if words is not None:
            return _proved_infinite(divergence, words)
    raise NotApplicableError(
        f"no end is known where one law alone lacks the moment of order {order}"
    )


def square_of_tails(p: Law, q: Law, divergence: IPM) -> Result:
    """Infinite energy distance: at one end ∫ S² of the heavier tail S diverges."""
    a, b = as_line(p), as_line(q)
    for side in (0, 1):
        words = _diverges(a, b, side, Fraction(1, 2))
        if words is not None:
            return _proved_infinite(divergence, words)
    raise NotApplicableError("no end is known where one tail alone has no square")


def as_line(law: Law) -> Law1D:
    """The law, if it is a density on the line."""
    if not isinstance(law, Law1D):
        raise NotApplicableError(f"{type(law).__name__} is no density on the line")
    return law


def _diverges(p: Law1D, q: Law1D, side: int, order: Fraction) -> str | None:
    """Why the integral diverges at this end; None where that is not known."""
    end = f"at {'+' if side else '−'}∞"
    which = _heavier(p, q, side, order)
    if which is not None:
        return (
            f"{end} the tail of {which} is so heavy that the integral diverges, and the other "
            "law's is lighter"
        )
    powers = {tail_power(law, side) for law in (p, q)}
    if len(powers) == 1 and (least := powers.pop()) is not None and least <= order + 1:
        gap = _log_ratio(p, q, 1 if side else -1)
        if gap is not None:
            return (
                f"{end} both densities fall as |x|^−{float(least):g}, p/q tends to "
                f"{math.exp(gap):.6g}, and the difference of tails so heavy has no integral"
            )
    return None


def _log_ratio(p: Law1D, q: Law1D, side: int) -> float | None:
    """The limit of log p/q at an end where both are powers of one order; None if it may be 0."""
    reach = max(abs(f.center[0]) + f.scale[0] for law in (p, q) for f in law.features)
    places = torch.tensor([side * max(reach, 1.0) * far for far in _FAR], dtype=torch.float64)
    logs = [law.log_prob_at(0.0, places) for law in (p, q)]
    units = [8 * ROUNDOFF + LOG_SIZE * law.blur for law in (p, q)]
    off = sum(float(x.abs().max()) * unit for x, unit in zip(logs, units, strict=True))
    near, far = (logs[0] - logs[1]).tolist()
    return far if abs(far) > _CLEAR * (abs(far - near) + off) else None


def _heavier(p: Law1D, q: Law1D, side: int, order: Fraction) -> str | None:
    """Which law alone lacks E|X|^order at an end, or is the heavier of two; else None."""
    powers = [tail_power(law, side) for law in (p, q)]
    if None in powers or powers[0] == powers[1]:
        return None
    left, right = (math.inf if power is None else power for power in powers)
    return ("p" if left < right else "q") if min(left, right) <= order + 1 else None


def tail_power(law: Law1D, side: int) -> Fraction | float | None:
    """The power of |x| as which the density falls at an end; inf if faster, None if not known."""
    if not isinstance(law.support, Boxes):
        return None
    if math.isfinite(span(law.support)[side]):
        return math.inf
    tail = law.tails[side]
    if tail is None:
        return None
    growth, coefficient = tail.terms[0] if tail.terms else (LOG, Fraction(0))
    if growth != LOG or not isinstance(coefficient, Fraction):
        return math.inf
    return coefficient


def infinite(which: str, law: Law, order: int, divergence: IPM) -> Result:
    """The distance to a law that lacks a moment that the other one has."""
    return _proved_infinite(
        divergence, f"{which} = {law!r} has no moment of order {order}, the other law has"
    )


def _proved_infinite(divergence: IPM, reason: str) -> Result:
    return metric_result(math.inf, 0.0, "closed form", divergence, reason=reason)


def has_moment(law: Law1D, order: int) -> bool | None:
    """Whether E|X|^order is finite, from the tails; None where they are not known."""
    if not isinstance(law.support, Boxes):
        return None
    answers = [
        True if math.isfinite(end) else None if tail is None else tail.mean_is_finite(power(order))
        for end, tail in zip(span(law.support), law.tails, strict=True)
    ]
    if False in answers:
        return False
    return None if None in answers else True
