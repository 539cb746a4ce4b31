r"""Sums over atoms whose probabilities are known as floats: no logs but those that a formula asks.

With shares p, q known to 5u of their size (u = 2⁻⁵³), the non-negative form g(p, q) of a quantity
moves by 5u (|p ∂g/∂p| + |q ∂g/∂q|), plus the rounding of its own formula. That is less than what
the logs of a million atoms carry, −14 each. Where p and q nearly agree, series replace differences
of second order, as in `divergences.stable`. Terms are formed in blocks that a cache holds, and
added by `distributions.finite.sums`, whose bound is proved.

A formula returns g and its error in units of u, to first order; second orders are at most
10⁴ u² (Σp + Σq), as no ∂²g is larger in units of these where first orders vanish.

That of KL is 5 (p|l| + |p − q|) + p (1 + 8|l|) + 2 (p|l| + |p − q|): shares, the logarithm, and
the sum; with the series, for |l| < ¼, p|l| (6 + 8|l|) + 5 |p − q| + 12 g, which
15 p|l| + 7 |p − q| covers as g < ¼ p|l|.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from divkit.distributions.finite.log_weights import UNIT
from divkit.distributions.finite.sums import BLOCK, BlockSum, exact_sum
from divkit.divergences.base import FDivergence
from divkit.divergences.quantities import (
    BHATTACHARYYA_DEFECT,
    BOTH_KULLBACKS,
    JENSEN_SHANNON,
    KULLBACK,
    REVERSE_KULLBACK,
    TRIANGLE,
    VARIATION,
    Quantity,
)
from divkit.divergences.stable import HALF_ENTROPY_GAP, KULLBACK_GAP
from divkit.types import FloatArray

Terms: TypeAlias = tuple[FloatArray, FloatArray]
Formula: TypeAlias = Callable[[FloatArray, FloatArray], Terms]
_NEAR_L, _NEAR_R = 0.25, 0.125
_GAP_OF_KULLBACK, _GAP_OF_ENTROPY = KULLBACK_GAP[:12], HALF_ENTROPY_GAP[:8]  # to 1e-16 there
_LEAST = 5e-324


@dataclass(frozen=True)
class SharedSum:
    """Σ g where both laws have mass, its error, and each law's mass where the other has none."""

    value: float
    error: float
    alone_p: float
    alone_q: float


def shared_sum(p: FloatArray, q: FloatArray, formula: Formula) -> SharedSum:
    """The sum of a formula over the atoms of both (K,), 0 where a law has none."""
    alone_p, alone_q = q == 0, p == 0
    masses = [exact_sum(p[alone_p]), exact_sum(q[alone_q])]
    if any(masses):
        both = ~(alone_p | alone_q)
        p, q = p[both], q[both]
    added = BlockSum()
    with np.errstate(under="ignore"):
        for start in range(0, len(p), BLOCK):
            g, noise = formula(p[start : start + BLOCK], q[start : start + BLOCK])
            added.add(g, UNIT * noise)
    beyond = 2e4 * UNIT**2 + 4 * len(p) * _LEAST
    return SharedSum(added.value, added.error + beyond, masses[0], masses[1])


def formula_of(divergence: FDivergence) -> Formula | None:
    """The formula of the quantity that a divergence is a multiple of, where it has one here."""
    return None if divergence.quantity is None else _FORMULAS.get(divergence.quantity)


def _kullback(p: FloatArray, q: FloatArray) -> Terms:
    """p log(p/q) − p + q = q φ(l), φ(l) = l e^l − e^l + 1."""
    l = np.log(p / q)
    gap, g = p - q, p * l
    noise = 15 * np.abs(g) + 7 * np.abs(gap)
    g -= gap
    small = np.abs(l) < _NEAR_L
    if not small.any():
        return g, noise + p
    near = _series(_GAP_OF_KULLBACK, l)
    for part in (l, l, q):
        near *= part
    noise += np.where(small, 0.0, p)
    return np.where(small, near, g), noise


def _jeffreys(p: FloatArray, q: FloatArray) -> Terms:
    """(p − q) log(p/q)."""
    l, gap = np.log(p / q), p - q
    size = np.abs(l)
    return gap * l, 5 * size * (p + q) + np.abs(gap) * (14 + 10 * size)


def _jensen_shannon(p: FloatArray, q: FloatArray) -> Terms:
    """½ p log(2p/(p+q)) + ½ q log(2q/(p+q)) = ½ (p+q) h(r), r = (p−q)/(p+q)."""
    middle = 0.5 * (p + q)
    over_p, over_q = p * np.log(p / middle), q * np.log(q / middle)
    g = 0.5 * (over_p + over_q)
    noise = 7.5 * (np.abs(over_p) + np.abs(over_q))
    r = 0.5 * (p - q) / middle
    small = np.abs(r) < _NEAR_R
    if not small.any():
        return g, noise + 3 * middle
    square = r * r
    near = _series(_GAP_OF_ENTROPY, square)
    for part in (square, middle):
        near *= part
    noise = np.where(small, 9 * np.abs(r) * middle + 14 * near, noise + 3 * middle)
    return np.where(small, near, g), noise


def _variation(p: FloatArray, q: FloatArray) -> Terms:
    """½|p − q|."""
    g = 0.5 * np.abs(p - q)
    return g, 2.5 * (p + q) + 2 * g


def _hellinger(p: FloatArray, q: FloatArray) -> Terms:
    """√(pq) − (p + q)/2 = −½ (√p − √q)²."""
    gap = np.sqrt(p) - np.sqrt(q)
    g = -0.5 * gap * gap
    return g, 4 * np.abs(p - q) - 4 * g


def _pearson(p: FloatArray, q: FloatArray) -> Terms:
    """(p − q)²/q."""
    gap = p - q
    w = gap / q
    g = w * gap
    return g, np.abs(w) * (15 * p + 5 * q) + 5 * g


def _triangular(p: FloatArray, q: FloatArray) -> Terms:
    """(p − q)²/(p + q)."""
    gap, both = p - q, p + q
    w = gap / both
    g = w * gap
    return g, 15 * np.abs(gap) + 5 * g


def _series(coefficients: tuple[float, ...], x: FloatArray) -> FloatArray:
    total = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total *= x
        total += coefficient
    return total


def _swapped(formula: Formula) -> Formula:
    return lambda p, q: formula(q, p)


_FORMULAS: Mapping[Quantity, Formula] = MappingProxyType(
    {
        KULLBACK: _kullback,
        REVERSE_KULLBACK: _swapped(_kullback),
        BOTH_KULLBACKS: _jeffreys,
        JENSEN_SHANNON: _jensen_shannon,
        VARIATION: _variation,
        BHATTACHARYYA_DEFECT: _hellinger,
        Quantity("affinity", 2.0): _pearson,
        Quantity("affinity", -1.0): _swapped(_pearson),
        TRIANGLE: _triangular,
    }
)
