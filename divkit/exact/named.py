"""Divergences by their names: each is `divergence(p, q, …)` with the kind filled in.

p and q are laws with known densities, as `divkit.exact.api.divergence` takes them; every function
takes its `method`, `base` and the method's options by keyword, and returns a `Result` in nats, or
without unit where the divergence is no logarithm.
"""

from __future__ import annotations

from typing import Any

from divkit.distributions.base import Law, Law1D
from divkit.distributions.support import Lattice, is_discrete
from divkit.divergences import (
    BHATTACHARYYA,
    ENERGY,
    GAN,
    HELLINGER,
    HELLINGER2,
    JEFFREYS,
    JS,
    JS_DISTANCE,
    KL,
    NEYMAN,
    PEARSON,
    REVERSE_KL,
    SQUARED_HELLINGER,
    TRIANGULAR,
    TV,
    W1,
    W2,
    alpha,
    mmd,
    renyi,
    weighted_js,
)
from divkit.exact.api import divergence, of_objects
from divkit.exact.common_map import peel
from divkit.exact.counts.method import Summation
from divkit.exact.discrete import Discrete
from divkit.exact.quadrature.method import Quadrature
from divkit.exact.units import in_base
from divkit.results import Result

_BY_PANELS = frozenset({"auto", "quadrature"})
_BY_ATOMS = frozenset({"auto", "discrete"})
_BY_SUMS = frozenset({"auto", "summation"})
"""Methods that integrate, or sum, a value by its definition."""


def js_divergence(p: Any, q: Any, **options: Any) -> Result:
    """Jensen–Shannon divergence ½KL(p‖m) + ½KL(q‖m), m = (p+q)/2, at most log 2 (Lin 1991).

    Its root is `js_distance`; f-GAN's "JS" is twice it.
    """
    return divergence(p, q, JS, **options)


def js_distance(p: Any, q: Any, **options: Any) -> Result:
    """√JSD, a metric (Endres, Schindelin 2003)."""
    return divergence(p, q, JS_DISTANCE, **options)


def weighted_js_divergence(p: Any, q: Any, prior: float, **options: Any) -> Result:
    """π KL(p‖m) + (1−π) KL(q‖m), m = πp + (1−π)q, for class prior π = `prior` in (0, 1)."""
    return divergence(p, q, weighted_js(prior), **options)


def kl_divergence(p: Any, q: Any, **options: Any) -> Result:
    """Kullback–Leibler divergence E_p log(p/q); inf with its reason where it is."""
    return divergence(p, q, KL, **options)


def reverse_kl_divergence(p: Any, q: Any, **options: Any) -> Result:
    """KL(q‖p) = E_q log(q/p)."""
    return divergence(p, q, REVERSE_KL, **options)


def jeffreys_divergence(p: Any, q: Any, **options: Any) -> Result:
    """KL(p‖q) + KL(q‖p), the sum and not half of it (Jeffreys 1946)."""
    return divergence(p, q, JEFFREYS, **options)


def tv_distance(p: Any, q: Any, **options: Any) -> Result:
    """Total variation ½∫|p − q|, in [0, 1]."""
    return divergence(p, q, TV, **options)


def hellinger2(p: Any, q: Any, **options: Any) -> Result:
    """H² = 1 − ∫√(pq), in [0, 1]."""
    return divergence(p, q, HELLINGER2, **options)


def squared_hellinger(p: Any, q: Any, **options: Any) -> Result:
    """2H² = ∫(√p − √q)², f-GAN's scale, in [0, 2]."""
    return divergence(p, q, SQUARED_HELLINGER, **options)


def hellinger_distance(p: Any, q: Any, **options: Any) -> Result:
    """H = √(1 − ∫√(pq)), a metric in [0, 1]."""
    return divergence(p, q, HELLINGER, **options)


def bhattacharyya_distance(p: Any, q: Any, **options: Any) -> Result:
    """−log ∫√(pq) (Bhattacharyya 1943)."""
    return divergence(p, q, BHATTACHARYYA, **options)


def chi2_divergence(p: Any, q: Any, **options: Any) -> Result:
    """Pearson's χ² = ∫(p − q)²/q."""
    return divergence(p, q, PEARSON, **options)


def neyman_chi2_divergence(p: Any, q: Any, **options: Any) -> Result:
    """Neyman's χ² = ∫(p − q)²/p."""
    return divergence(p, q, NEYMAN, **options)


def triangular_discrimination(p: Any, q: Any, **options: Any) -> Result:
    """Δ = ∫(p − q)²/(p + q), in [0, 2] (Topsøe 2000)."""
    return divergence(p, q, TRIANGULAR, **options)


def renyi_divergence(p: Any, q: Any, alpha: float, **options: Any) -> Result:
    """log(∫ p^α q^{1−α})/(α − 1), α > 0, α ≠ 1 (van Erven, Harremoës 2014)."""
    return divergence(p, q, renyi(alpha), **options)


def alpha_divergence(p: Any, q: Any, order: float, **options: Any) -> Result:
    """(∫ p^α q^{1−α} − 1)/(α(α−1)), α = `order`, neither 0 nor 1."""
    return divergence(p, q, alpha(order), **options)


def w1_distance(p: Any, q: Any, **options: Any) -> Result:
    """Wasserstein-1 distance ∫|F − G|, in units of x; 1-D."""
    return divergence(p, q, W1, **options)


def w2_distance(p: Any, q: Any, **options: Any) -> Result:
    """Wasserstein-2 distance, not squared, in units of x; 1-D, Gaussians, products of these."""
    return divergence(p, q, W2, **options)


def energy_distance(p: Any, q: Any, **options: Any) -> Result:
    """2E|X−Y| − E|X−X'| − E|Y−Y'|, in units of x; 1-D, mixtures of Gaussians."""
    return divergence(p, q, ENERGY, **options)


def mmd2(p: Any, q: Any, bandwidth: float = 1.0, **options: Any) -> Result:
    """Squared MMD, kernel exp(−|x−y|²/(2 bandwidth²)); mixtures of Gaussians, finite laws."""
    return divergence(p, q, mmd(bandwidth), **options)


def gan_value(
    p: Any, q: Any, method: Any = "auto", base: float | None = None, **options: Any
) -> Result:
    """max_D V = E_p log D* + E_q log(1 − D*) at D* = p/(p+q), in [−2 log 2, 0].

    On the line and for finite laws, "auto" integrates this very definition, so that the identity
    max_D V = −2 log 2 + 2 JSD (Goodfellow et al. 2014) can be checked against `js_divergence`.
    Elsewhere, and with another `method`, the value comes from the divergence "gan".
    """

    def compute(first: Law, second: Law) -> tuple[Result, ...]:
        a, b = peel(first, second)
        if method in _BY_PANELS and isinstance(a, Law1D) and isinstance(b, Law1D):
            return (Quadrature(**options).gan_value(a, b),)
        if method in _BY_SUMS and _both_of_atoms(a, b) and _unlisted(a, b):
            return (Summation(**options).gan_value(a, b),)
        if method in _BY_ATOMS and _both_of_atoms(a, b):
            return (Discrete(**options).gan_value(a, b),)
        return divergence(a, b, (GAN,), method, **options)

    (result,) = of_objects(p, q, compute)
    return in_base(result, GAN, base)


def _unlisted(p: Any, q: Any) -> bool:
    return isinstance(p.support, Lattice) or isinstance(q.support, Lattice)


def _both_of_atoms(p: Any, q: Any) -> bool:
    return is_discrete(p.support) and is_discrete(q.support)
