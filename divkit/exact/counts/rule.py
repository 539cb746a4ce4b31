r"""Sums over n neighbouring whole numbers from 24 of them: a Gauss rule for sums.

The nodes are whole numbers next to Gauss and Legendre's, and the weights such that polynomials of
degree 23 are summed exactly: with t_k = (2k + 1 − n)/n their Legendre moments are, by Euler and
Maclaurin's formula at midpoints, h = 2/n,

    h Σ f(t_k) = ∫ f − h²/24 [f'] + 7h⁴/5760 [f'''] − 31h⁶/967680 [f⁽⁵⁾] + …,

which ends for polynomials. Up to 256 numbers are all taken, with weight 1.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.polynomial import legendre

from divkit.types import FloatArray

ORDER = 24
MOST_TAKEN = 256
_SUMMED, _CONTINUOUS = 4096, 2.0**51
_MIDPOINT = (-1 / 24, 7 / 5760, -31 / 967680, 127 / 154828800)


@lru_cache(maxsize=4096)
def rule(n: float) -> tuple[FloatArray, FloatArray]:
    """Offsets in 0 … n − 1 and weights, of a sum of n terms; both ends are there, of weight 0."""
    if n <= MOST_TAKEN:
        return np.arange(n), np.ones(int(n))
    offsets, weights = _inner(n)
    return np.concatenate([[0.0], offsets, [n - 1]]), np.concatenate([[0.0], weights, [0.0]])


def _inner(n: float) -> tuple[FloatArray, FloatArray]:
    gauss, plain = legendre.leggauss(ORDER)
    offsets = np.rint(0.5 * (gauss + 1) * n - 0.5)
    if n > _CONTINUOUS:  # the nodes are moved by less than floats are apart
        return offsets, np.asarray(0.5 * n * plain)
    at = (2 * offsets + 1 - n) / n
    weights = np.linalg.solve(legendre.legvander(at, ORDER - 1).T, _moments(n))
    return offsets, np.asarray(weights, dtype=np.float64)


def _moments(n: float) -> FloatArray:
    """Σ_k P_j(t_k), j < 24."""
    if n <= _SUMMED:
        points = (2 * np.arange(n) + 1 - n) / n
        return np.asarray(legendre.legvander(points, ORDER - 1).sum(axis=0))
    step = 2 / n
    out = np.zeros(ORDER)
    out[0] = 2.0
    for j in range(2, ORDER, 2):  # of an even P_j the derivatives at both ends are opposite
        for r, coefficient in enumerate(_MIDPOINT, start=1):
            out[j] += 2 * coefficient * step ** (2 * r) * _slope(j, 2 * r - 1)
    return out / step


def _slope(j: int, r: int) -> float:
    """The r-th derivative of P_j at 1."""
    if r > j:
        return 0.0
    return float(math.comb(j + r, 2 * r) * math.factorial(2 * r) / (2**r * math.factorial(r)))
