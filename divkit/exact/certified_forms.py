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
from typing import Any

from flint import arb

from divkit.distributions.base import Law1D
from divkit.exact.certified_laws import log, real_part
from divkit.exact.certified_tails import Cut, cost, mass

Ball = Any


@dataclass(frozen=True)
class Form:
    """An integral of a pair of densities.

    Attributes
    ----------
    value : the integrand from log p and log q.
    alone : the integrand divided by p where q = 0, and by q where p = 0; None if infinite.
    tail : (p, q, cut) -> a bound of the integral of |integrand| over a tail.
    drop : mass -> how much the integral changes if one law's density is set to zero where it has
        that mass; None if that is not bounded.
    bounded : whether the integral is of order one at most; else the tolerance is relative to it.
    """

    value: Callable[[Ball, Ball], Ball]
    alone: tuple[Ball | None, Ball | None]
    tail: Callable[[Law1D, Law1D, Cut], Ball]
    drop: Callable[[Ball], Ball] | None = None
    bounded: bool = True


def js_form(prior: float = 0.5) -> Form:
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
    return Form(
        value,
        alone,
        lambda p, q, cut: alone[0] * mass(p, cut) + alone[1] * mass(q, cut),
        lambda mass: mass * (1 + costs[0].max(costs[1])) + mass.sqrt(),
    )


def affinity_form() -> Form:
    """∫ √(pq); over a tail at most the root of the product of the masses."""
    return Form(
        lambda lp, lq: ((lp + lq) / 2).exp(),
        (arb(0), arb(0)),
        lambda p, q, cut: (mass(p, cut) * mass(q, cut)).sqrt().upper(),
        lambda mass: mass.sqrt(),
    )


def harmonic_form() -> Form:
    """∫ pq/(p + q), which is at most min(∫ p, ∫ q)."""

    def value(lp: Ball, lq: Ball) -> Ball:
        l = lp - lq
        if real_part(l) > 0:
            l, lq = -l, lp
        e = l.exp()
        return lq.exp() * e / (1 + e)

    return Form(
        value,
        (arb(0), arb(0)),
        lambda p, q, cut: mass(p, cut).min(mass(q, cut)),
        lambda mass: mass,
    )


def kl_form() -> Form:
    """∫ p (log p − log q); in a tail −q ≤ p (log p − log q)."""
    return Form(
        lambda lp, lq: lp.exp() * (lp - lq),
        (None, arb(0)),
        lambda p, q, cut: cost(p, q, cut) + mass(q, cut),
        bounded=False,
    )


def reverse_kl_form() -> Form:
    """∫ q (log q − log p)."""
    return Form(
        lambda lp, lq: lq.exp() * (lq - lp),
        (arb(0), None),
        lambda p, q, cut: cost(q, p, cut) + mass(p, cut),
        bounded=False,
    )


def jeffreys_form() -> Form:
    """∫ (p − q)(log p − log q)."""
    return Form(
        lambda lp, lq: (lp.exp() - lq.exp()) * (lp - lq),
        (None, None),
        lambda p, q, cut: cost(p, q, cut) + cost(q, p, cut) + mass(p, cut) + mass(q, cut),
        bounded=False,
    )
