"""Monotone functions of f-divergences (Rényi, Bhattacharyya, roots), and other distances."""

from __future__ import annotations

import math
from functools import partial

from divkit.divergences.base import IPM, Transformed
from divkit.divergences.families import alpha
from divkit.divergences.parameter_free import HELLINGER2, JS
from divkit.remade import name_functions


def renyi(order: float) -> Transformed:
    """Rényi's divergence log(∫ p^α q^{1−α})/(α−1), for α > 0, α ≠ 1 (van Erven, Harremoës 2014).

    Raises
    ------
    ValueError
        If order is not positive, or is 1 (ask for kl).

    Examples
    --------
    >>> from divkit import divergence
    >>> round(divergence("normal(0, 1)", "normal(1, 1)", renyi(2.0)).value, 9)
    1.0
    """
    if not order > 0:
        raise ValueError(f"order must be in (0, inf), without 1; got {order!r}.")
    scale = order * (order - 1)
    return Transformed(
        f"renyi({order!r})",
        f"Rényi divergence, α = {order:g}",
        alpha(order),
        partial(_renyi, order, scale),
        partial(_renyi_slope, order, scale),
        source="van Erven, Harremoës 2014, equation 4",
        log_gain=1 / (order - 1),
    )


def _renyi(order: float, scale: float, d: float) -> float:
    inner = scale * d
    return math.inf if inner == math.inf or inner <= -1 else math.log1p(inner) / (order - 1)


def _renyi_slope(order: float, scale: float, d: float) -> float:
    return math.inf if scale * d <= -1 else order / (1 + scale * d)


def _root_slope(d: float) -> float:
    return math.inf if d == 0 else 0.5 / math.sqrt(d)


BHATTACHARYYA = Transformed(
    "bhattacharyya",
    "Bhattacharyya distance −log ∫√(pq)",
    HELLINGER2,
    lambda d: math.inf if d >= 1 else -math.log1p(-d),
    lambda d: math.inf if d >= 1 else 1 / (1 - d),
    source="Bhattacharyya 1943",
    log_gain=-1.0,
)
JS_DISTANCE = Transformed(
    "js_distance",
    "√JSD (a metric)",
    JS,
    math.sqrt,
    _root_slope,
    "Endres, Schindelin 2003",
    power=0.5,
)
HELLINGER = Transformed(
    "hellinger", "Hellinger distance H (a metric)", HELLINGER2, math.sqrt, _root_slope, power=0.5
)
W1 = IPM("w1", "Wasserstein-1 distance", (), "length", "Villani 2003, theorem 1.14")
W2 = IPM("w2", "Wasserstein-2 distance (not squared)", (), "length", "Villani 2003")
ENERGY = IPM(
    "energy", "energy distance 2E|X−Y| − E|X−X'| − E|Y−Y'|", (), "length", "Székely, Rizzo 2013"
)


def mmd(bandwidth: float = 1.0) -> IPM:
    """Squared MMD with the Gaussian kernel exp(−|x−y|²/(2 bandwidth²)) (Gretton et al. 2012).

    Raises
    ------
    ValueError
        If bandwidth is not positive.

    Examples
    --------
    >>> from divkit import divergence
    >>> round(divergence("normal(0, 1)", "normal(1, 1)", mmd(2.0)).value, 9)
    0.130566924
    """
    if not 0 < bandwidth < math.inf:
        raise ValueError(f"bandwidth must be in (0, inf); got {bandwidth!r}.")
    return IPM(
        "mmd2",
        "squared MMD, Gaussian kernel",
        (("bandwidth", float(bandwidth)),),
        "",
        "Gretton et al. 2012, lemma 6",
    )


name_functions(globals())
