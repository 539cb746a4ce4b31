r"""The divergences as integrals ∫ φ(log p, log q) dx, written for complex balls.

With l = log p − log q, JSD of class prior π (the ordinary one has π = ½) is ∫ of

    b [e^L (L − S + c) − S + c'],   L = l + log(π/(1−π)), b = (1−π) q, S = log(1 + e^L),
    c = −log π, c' = −log(1−π),

and the same with (p, π), (q, 1−π) exchanged; the one with |e^L| ≤ 1 is taken. It is analytic
wherever πp + (1−π)q has no zero and log p, log q are analytic. Where one density is zero, a form
is a multiple of the other one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flint import arb

from divkit.distributions.base import Law1D
from divkit.exact.balls.cut import Cut
from divkit.exact.balls.place import log, real_part
from divkit.exact.certified.tails import cost, mass
from divkit.types import Ball

Bound = Callable[[Law1D, Law1D, Cut], Ball]


@dataclass(frozen=True)
class PairIntegral:
    """An integral of a pair of densities.

    Attributes
    ----------
    value : the integrand from log p and log q.
    alone : the integrand divided by p where q = 0, and by q where p = 0; None if infinite.
    tail : (p, q, cut) -> a bound of the integral of |integrand| over a tail.
    drop : for each law, (p, q, cut) -> how much the integral over a part of the tail changes if
        the law's density is set to zero there; None if that is not bounded.
    bounded : whether the integral is of order one at most; else the tolerance is relative to it.
    """

    value: Callable[[Ball, Ball], Ball]
    alone: tuple[Ball | None, Ball | None]
    tail: Bound
    drop: tuple[Bound | None, Bound | None] = (None, None)
    bounded: bool = True


def js_form(prior: float = 0.5) -> PairIntegral:
    """JSD of class prior π; with a = πp, b = (1−π)q its integrand is φ = a log(p/m) + b log(q/m).

    φ ≤ c a + c' b. Without b it is c a, and |c a − φ| ≤ b (1 + c') + b log(1 + a/b) ≤ b (1 + c') +
    √(ab), as log(1 + x) ≤ √x and a log(1 + b/a) ≤ b.
    """
    weights = arb(prior), 1 - arb(prior)
    costs = -weights[0].log(), -weights[1].log()
    odds = costs[1] - costs[0]

    def value(lp: Ball, lq: Ball) -> Ball:
        l, lb, near, far, weight = lp - lq + odds, lq, costs[0], costs[1], weights[1]
        if real_part(l) > 0:
            l, lb, near, far, weight = -l, lp, costs[1], costs[0], weights[0]
        e = l.exp()
        s = log(1 + e)
        return weight * lb.exp() * (e * (l - s + near) + (far - s))

    alone = weights[0] * costs[0], weights[1] * costs[1]
    return PairIntegral(
        value,
        alone,
        lambda p, q, cut: alone[0] * mass(p, cut) + alone[1] * mass(q, cut),
        _either(lambda m: m * (1 + costs[0].max(costs[1])) + m.sqrt()),
    )


def _either(change: Callable[[Ball], Ball]) -> tuple[Bound, Bound]:
    """A change by leaving out a law as a function of its mass in the tail."""
    return lambda p, q, cut: change(mass(p, cut)), lambda p, q, cut: change(mass(q, cut))


def affinity_form() -> PairIntegral:
    """∫ √(pq); over a tail at most the root of the product of the masses."""
    return PairIntegral(
        lambda lp, lq: ((lp + lq) / 2).exp(),
        (arb(0), arb(0)),
        _overlap,
        _either(lambda m: m.sqrt()),
    )


def harmonic_form() -> PairIntegral:
    """∫ pq/(p + q), which is at most min(∫ p, ∫ q)."""

    def value(lp: Ball, lq: Ball) -> Ball:
        l = lp - lq
        if real_part(l) > 0:
            l, lq = -l, lp
        e = l.exp()
        return lq.exp() * e / (1 + e)

    return PairIntegral(
        value,
        (arb(0), arb(0)),
        lambda p, q, cut: mass(p, cut).min(mass(q, cut)),
        _either(lambda m: m),
    )


def kl_form() -> PairIntegral:
    """∫ p (log p − log q); its negative part is at most √(pq), because log x ≤ 2√x/e."""

    def tail(p: Law1D, q: Law1D, cut: Cut) -> Ball:
        return cost(p, q, cut) + _overlap(p, q, cut)

    value = _relative_entropy
    return PairIntegral(value, (None, arb(0)), tail, (tail, None), bounded=False)


def _relative_entropy(lp: Ball, lq: Ball) -> Ball:
    return lp.exp() * (lp - lq)


def _overlap(p: Law1D, q: Law1D, cut: Cut) -> Ball:
    """A bound of ∫ √(pq) over a tail; q need not fall there."""
    product = mass(p, cut) * arb(1).min(mass(q, cut))
    return (product if product.is_finite() else mass(p, cut)).sqrt().upper()


def reverse_kl_form() -> PairIntegral:
    """∫ q (log q − log p)."""

    def tail(p: Law1D, q: Law1D, cut: Cut) -> Ball:
        return cost(q, p, cut) + _overlap(q, p, cut)

    return PairIntegral(
        lambda lp, lq: _relative_entropy(lq, lp),
        (arb(0), None),
        tail,
        (None, tail),
        bounded=False,
    )


def jeffreys_form() -> PairIntegral:
    """∫ (p − q)(log p − log q)."""
    return PairIntegral(
        lambda lp, lq: (lp.exp() - lq.exp()) * (lp - lq),
        (None, None),
        lambda p, q, cut: cost(p, q, cut) + cost(q, p, cut) + 2 * _overlap(p, q, cut),
        bounded=False,
    )
