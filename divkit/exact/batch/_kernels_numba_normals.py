"""The affinity of many pairs of normals as machine code; imported only where numba is installed.

It does what `batch_affinity.one_minus_affinity` does; see there for the formulas.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from divkit.exact.batch._numba_elementary import atan, compiled, expm1, log1p, sin_squared
from divkit.exact.batch.affinity import log_cosh
from divkit.types import FloatArray


def _sums(
    lam: Any, kappa: Any, gap: Any, half_log_cosh: Any, omega: Any, square: Any, terms: Any
) -> None:
    """1 − Re ρ at every node, (pairs, nodes)."""
    for row in range(lam.size):
        out = terms[row]
        at, slope, width, floor = lam[row], kappa[row], gap[row], half_log_cosh[row]
        for i in range(omega.size):
            g = omega[i] * slope
            pull = width * square[i] / (1.0 + g * g)
            below = expm1(-0.25 * log1p(g * g) - pull - floor)
            turn = sin_squared(0.5 * (pull * g - 0.5 * atan(g) + at * omega[i]))
            out[i] = 2.0 * turn * (1.0 + below) - below


_sums_compiled = compiled(_sums)
_BLOCK = 64


def one_minus_affinity(
    lam: FloatArray, gap: FloatArray, omega: FloatArray, weights: FloatArray
) -> FloatArray:
    """Return Σ_k weights[k] (1 − Re ρ(½ + iω_k)) for each pair (λ, δ²), as (n,)."""
    floor, kappa = 0.5 * log_cosh(lam), 2 * np.tanh(lam)
    square = 0.5 * (0.25 + omega * omega)
    out, room = np.empty(len(lam)), np.empty((_BLOCK, len(omega)))
    for start in range(0, len(lam), _BLOCK):
        rows = slice(start, start + _BLOCK)
        terms = room[: len(lam[rows])]
        _sums_compiled(lam[rows], kappa[rows], gap[rows], floor[rows], omega, square, terms)
        out[rows] = terms @ weights
    return out
