"""Divergences by their names: each is `divergence(p, q, …)` with the kind filled in.

p and q are laws with known densities, as `divkit.exact.api.divergence` takes them; every function
takes its `method`, `base` and the method's options by keyword, and returns a `Result` in nats, or
without unit where the divergence is no logarithm; of batches a `BatchResult` of their shape.
"""

from __future__ import annotations

from typing import Any, Unpack

from divkit.batch_results import BatchResult
from divkit.distributions.adapt import unfold
from divkit.divergences import (
    BHATTACHARYYA,
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
    alpha,
    renyi,
    weighted_js,
)
from divkit.divergences.base import Divergence
from divkit.exact.api import of_objects
from divkit.exact.entry import divergence, of_pairs
from divkit.exact.method import Method
from divkit.exact.options import MethodOptions
from divkit.exact.units import in_base
from divkit.results import Result


@of_pairs
def js_divergence(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """Jensen–Shannon divergence ½KL(p‖m) + ½KL(q‖m), m = (p+q)/2, at most log 2 (Lin 1991).

    Its root is `js_distance`; f-GAN's "JS" is twice it.

    >>> round(js_divergence("normal(0, 1)", "normal(1, 1)").value, 9)
    0.111421482
    """
    return of_kind(p, q, JS, method, base, options)


@of_pairs
def js_distance(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """√JSD, a metric (Endres, Schindelin 2003).

    >>> round(js_distance("normal(0, 1)", "normal(1, 1)").value, 9)
    0.333798565
    """
    return of_kind(p, q, JS_DISTANCE, method, base, options)


@of_pairs
def weighted_js_divergence(
    p: Any,
    q: Any,
    prior: float,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """π KL(p‖m) + (1−π) KL(q‖m), m = πp + (1−π)q, for class prior π = `prior` in (0, 1).

    >>> round(weighted_js_divergence("normal(0, 1)", "normal(1, 1)", prior=0.3).value, 9)
    0.094910474
    """
    return of_kind(p, q, weighted_js(prior), method, base, options)


@of_pairs
def kl_divergence(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """Kullback–Leibler divergence E_p log(p/q); inf with its reason where it is.

    >>> round(kl_divergence("normal(0, 1)", "normal(1, 1)").value, 9)
    0.5
    """
    return of_kind(p, q, KL, method, base, options)


@of_pairs
def reverse_kl_divergence(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """KL(q‖p) = E_q log(q/p).

    >>> round(reverse_kl_divergence("normal(0, 1)", "normal(1, 2)").value, 9)
    1.306852819
    """
    return of_kind(p, q, REVERSE_KL, method, base, options)


@of_pairs
def jeffreys_divergence(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """KL(p‖q) + KL(q‖p), the sum and not half of it (Jeffreys 1946).

    >>> round(jeffreys_divergence("normal(0, 1)", "normal(1, 1)").value, 9)
    1.0
    """
    return of_kind(p, q, JEFFREYS, method, base, options)


@of_pairs
def tv_distance(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """Total variation ½∫|p − q|, in [0, 1].

    >>> round(tv_distance("normal(0, 1)", "normal(1, 1)").value, 9)
    0.382924923
    """
    return of_kind(p, q, TV, method, base, options)


@of_pairs
def hellinger2(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """H² = 1 − ∫√(pq), in [0, 1].

    >>> round(hellinger2("normal(0, 1)", "normal(1, 1)").value, 9)
    0.117503097
    """
    return of_kind(p, q, HELLINGER2, method, base, options)


@of_pairs
def squared_hellinger(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """2H² = ∫(√p − √q)², f-GAN's scale, in [0, 2].

    >>> round(squared_hellinger("normal(0, 1)", "normal(1, 1)").value, 9)
    0.235006195
    """
    return of_kind(p, q, SQUARED_HELLINGER, method, base, options)


@of_pairs
def hellinger_distance(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """H = √(1 − ∫√(pq)), a metric in [0, 1].

    >>> round(hellinger_distance("normal(0, 1)", "normal(1, 1)").value, 9)
    0.342787248
    """
    return of_kind(p, q, HELLINGER, method, base, options)


@of_pairs
def bhattacharyya_distance(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """−log ∫√(pq) (Bhattacharyya 1943).

    >>> round(bhattacharyya_distance("normal(0, 1)", "normal(1, 1)").value, 9)
    0.125
    """
    return of_kind(p, q, BHATTACHARYYA, method, base, options)


@of_pairs
def chi2_divergence(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """Pearson's χ² = ∫(p − q)²/q.

    >>> round(chi2_divergence("normal(0, 1)", "normal(1, 1)").value, 9)
    1.718281828
    """
    return of_kind(p, q, PEARSON, method, base, options)


@of_pairs
def neyman_chi2_divergence(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """Neyman's χ² = ∫(p − q)²/p.

    >>> round(neyman_chi2_divergence("normal(0, 1)", "normal(0, 0.8)").value, 9)
    0.071866157
    """
    return of_kind(p, q, NEYMAN, method, base, options)


@of_pairs
def triangular_discrimination(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """Δ = ∫(p − q)²/(p + q), in [0, 2] (Topsøe 2000).

    >>> round(triangular_discrimination("normal(0, 1)", "normal(1, 1)").value, 9)
    0.408108531
    """
    return of_kind(p, q, TRIANGULAR, method, base, options)


@of_pairs
def renyi_divergence(
    p: Any,
    q: Any,
    alpha: float,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """log(∫ p^α q^{1−α})/(α − 1), α > 0, α ≠ 1 (van Erven, Harremoës 2014).

    >>> round(renyi_divergence("normal(0, 1)", "normal(1, 1)", alpha=2).value, 9)
    1.0
    """
    return of_kind(p, q, renyi(alpha), method, base, options)


@of_pairs
def alpha_divergence(
    p: Any,
    q: Any,
    order: float,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """(∫ p^α q^{1−α} − 1)/(α(α−1)), α = `order`, neither 0 nor 1.

    >>> round(alpha_divergence("normal(0, 1)", "normal(1, 1)", order=0.5).value, 9)
    0.47001239
    """
    return of_kind(p, q, alpha(order), method, base, options)


@of_pairs
def gan_value(
    p: Any,
    q: Any,
    method: Any = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """max_D V = E_p log D* + E_q log(1 − D*) at D* = p/(p+q), in [−2 log 2, 0].

    On the line and for finite laws, "auto" integrates this very definition, so that the identity
    max_D V = −2 log 2 + 2 JSD (Goodfellow et al. 2014) can be checked against `js_divergence`.
    Elsewhere, and with another `method`, the value comes from the divergence "gan".

    >>> round(gan_value("normal(0, 1)", "normal(1, 1)").value, 9)
    -1.163451397
    """
    from divkit.exact.batch.api import one_by_one
    from divkit.exact.gan_value import gan_value_of  # sums and all; other divergences do without

    def of_one(first: Any, second: Any) -> Result:
        (result,) = of_objects(first, second, lambda a, b: (gan_value_of(a, b, method, options),))
        return in_base(result, GAN, base)

    if unfold(p) is None and unfold(q) is None:
        return of_one(p, q)
    return one_by_one(p, q, of_one, f"gan_value(method={method!r})", GAN)


def of_kind(
    p: Any,
    q: Any,
    kind: Divergence,
    method: str | Method,
    base: float | None,
    options: MethodOptions,
) -> Result | BatchResult:
    """The divergence of this kind of two laws, or of two batches of laws."""
    found: Result | BatchResult = divergence(p, q, kind, method, base, **options)
    return found
