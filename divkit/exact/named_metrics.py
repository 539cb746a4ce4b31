"""Distances by their names that are no f-divergences: each is `divergence(p, q, …)`."""

from __future__ import annotations

from typing import Any, Unpack

from divkit.batch_results import BatchResult
from divkit.divergences import ENERGY, W1, W2, mmd
from divkit.exact.entry import of_pairs
from divkit.exact.method import Method
from divkit.exact.named import of_kind
from divkit.exact.options import MethodOptions
from divkit.results import Result


@of_pairs
def w1_distance(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """Wasserstein-1 distance ∫|F − G|, in units of x; 1-D.

    >>> round(w1_distance("normal(0, 1)", "laplace(0, 1)").value, 9)
    0.220817698
    """
    return of_kind(p, q, W1, method, base, options)


@of_pairs
def w2_distance(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """Wasserstein-2 distance, not squared, in units of x; 1-D, Gaussians, products of these.

    >>> round(w2_distance("normal(0, 1)", "normal(3, 5)").value, 9)
    5.0
    """
    return of_kind(p, q, W2, method, base, options)


@of_pairs
def energy_distance(
    p: Any,
    q: Any,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """2E|X−Y| − E|X−X'| − E|Y−Y'|, in units of x; 1-D, mixtures of Gaussians.

    >>> round(energy_distance("normal(0, 1)", "normal(1, 1)").value, 9)
    0.541806579
    """
    return of_kind(p, q, ENERGY, method, base, options)


@of_pairs
def mmd2(
    p: Any,
    q: Any,
    bandwidth: float = 1.0,
    *,
    method: str | Method = "auto",
    base: float | None = None,
    **options: Unpack[MethodOptions],
) -> Result | BatchResult:
    """Squared MMD, kernel exp(−|x−y|²/(2 bandwidth²)); mixtures of Gaussians, finite laws.

    >>> round(mmd2("normal(0, 1)", "normal(1, 1)", bandwidth=2).value, 9)
    0.130566924
    """
    return of_kind(p, q, mmd(bandwidth), method, base, options)
