r"""JS, Δ and the Hellinger family from the affinity ρ(½ + iω), as proved enclosures.

Let l = log p − log q and K even with K(l) = ∫ k(ω) e^{iωl} dω. Then ∫ √(pq) K(l) dx = ∫ k(ω)
ρ(½ + iω) dω, with ρ(½ + iω) = ∫ √(pq) e^{−iωl} dx, conjugate in ω, so that

    JS = ¼ ∫ [1 − ρ] / [(¼ + ω²) cosh πω] dω,      ∫ pq/(p+q) dx = ½ ∫ ρ / cosh(πω) dω.

*Step.* By Poisson's formula the trapezoid rule of step h errs by Σ_{k≠0} F(kA), A = 2π/h, where
F(t) = K(t) − ∫ √(pq) K(t − l), or the second term alone, lies between the two. For JS

    K(t) = ½ [e^{t/2} log(1 + e^{−t}) + e^{−t/2} log(1 + e^t)] ≤ ½ e^{−|t|/2} (|t| + 2 log 2),

as log(1+v)(1+v)/v ≤ 2 log 2 on (0, 1]. Now √(pq) e^{−|t−l|/2} is at most e^{−t/2} p where 0 ≤ l,
and e^{−t/2} q where l ≤ 0, with the factor e^{−(l−t)} to spare where l > t and e^{l} where l < 0;
since ∫ max(p, q) ≤ 2, both terms are at most e^{−t/2}(t + 2 log 2), t > 0. For sech the same steps
give 2 e^{−t/2}. Summed over |k| ≥ 1 that is the bound in use.

*Class prior.* With L = l + λ, λ = log(π/(1−π)), the same kernel gives

    JSD_π = 2√(π(1−π)) ∫ k(ω) Re[e^{−iωλ} (1 − ρ)] dω,   k = ½ / [2 (¼ + ω²) cosh πω],

since JSD_π = h(π) − 2 ∫ √(ab) K(L), a = πp, b = (1−π)q, and ρ = 1 gives 0. Its aliases obey the
same bound: 2 ∫ √(ab) K(L − t) ≤ e^{−|t|/2}(|t| + 2 log 2) because ∫ max(a, b) ≤ 1.

*Range.* |ρ| ≤ 1 and 1/cosh πω ≤ 2e^{−πω}, so that the terms beyond ω_N sum to a geometric series.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from flint import acb, arb, ctx

from divkit.types import Ball

Transform = Callable[[list[Ball], Ball], list[Ball]]
"""(ω's, tolerance) -> enclosures of ρ(½ + iω), their radii near tolerance · e^{πω}."""


@dataclass(frozen=True)
class FrequencyNodes:
    """A trapezoid rule: 2 Σ w_n Re ρ(½ + iω_n), w_0 halved, within `error` of the integral."""

    omegas: list[Ball]
    weights: list[Ball]
    error: Ball


def affinity(transform: Transform, tolerance: Ball) -> Ball:
    """BC = ∫ √(pq) = ρ(½)."""
    return transform([arb(0)], tolerance)[0].real


def js(transform: Transform, tolerance: Ball, prior: float = 0.5) -> Ball:
    """The Jensen–Shannon divergence of class prior π."""
    rule = _rule(_exponent(tolerance), ctx.prec, True)
    rho = transform(rule.omegas, tolerance / 8)
    if prior == 0.5:
        gaps = (w * (1 - z.real) for w, z in zip(rule.weights, rho, strict=True))
        return 2 * sum(gaps, arb(0)) + rule.error
    odds = arb(prior) / (1 - arb(prior))
    size, angle = 2 * (arb(prior) * (1 - arb(prior))).sqrt(), odds.log()
    terms = (
        w * (acb(0, -angle * x).exp() * (1 - z)).real
        for x, w, z in zip(rule.omegas, rule.weights, rho, strict=True)
    )
    return size * (2 * sum(terms, arb(0)) + rule.error) + rule.error


def harmonic(transform: Transform, tolerance: Ball) -> Ball:
    """∫ pq/(p + q)."""
    rule = _rule(_exponent(tolerance), ctx.prec, False)
    rho = transform(rule.omegas, tolerance / 8)
    return (
        2 * sum((w * z.real for w, z in zip(rule.weights, rho, strict=True)), arb(0)) + rule.error
    )


def _exponent(tolerance: Ball) -> int:
    """Binary digits of the tolerance, in steps, so that rules are shared."""
    mantissa, exponent = tolerance.lower().man_exp()
    bits = 3 - int(exponent) - int(mantissa).bit_length()
    return 4 * math.ceil(bits / 4)


@lru_cache(maxsize=64)
def _rule(bits: int, prec: int, squared: bool) -> FrequencyNodes:
    """The rule whose error is below 2^−bits; `squared` has the factor ½/(¼ + ω²) of JS."""
    goal = (bits + 1.5) * math.log(2)
    period = 2 * (goal + math.log(2 * goal + 16))
    h = arb(2 * math.pi / period)
    count = math.ceil((goal + 3) / math.pi / float(h)) + 1
    omegas = [n * h for n in range(count)]
    weights = [h / (2 * (arb.pi() * w).cosh()) for w in omegas]
    if squared:
        weights = [x / (2 * (arb(0.25) + w * w)) for x, w in zip(weights, omegas, strict=True)]
    weights[0] /= 2
    error = _step_error(2 * arb.pi() / h, squared) + _range_error(count * h, h, squared)
    return FrequencyNodes(omegas, weights, arb(0, error.upper()))


def _step_error(period: Ball, squared: bool) -> Ball:
    """2 Σ_{k≥1} e^{−kA/2} (kA + 2 log 2), or 4 Σ e^{−kA/2}."""
    v = (-period / 2).exp()
    if not squared:
        return 4 * v / (1 - v)
    return 2 * (period * v / (1 - v) ** 2 + 2 * arb.const_log2() * v / (1 - v))


def _range_error(omega: Ball, h: Ball, squared: bool) -> Ball:
    """2 Σ_{n≥N} of weight times |1 − ρ| ≤ 2, or |ρ| ≤ 1, with 1/cosh πω ≤ 2e^{−πω}."""
    total = 2 * h * (-arb.pi() * omega).exp() / (1 - (-arb.pi() * h).exp())
    return total / (arb(0.25) + omega * omega) if squared else total
