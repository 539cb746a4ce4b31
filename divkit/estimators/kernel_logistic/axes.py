r"""Axes along which the pooled rows are as independent as a linear map makes them.

Where x and y are one linear map of products, or of a few bent columns among idle ones, the columns
that came are no longer those that act. With u the pooled rows of unit covariance, symmetric
FastICA (Hyvärinen 1999, equation 20, with the contrast log cosh)

    W ← (W⁺W⁺ᵀ)^{−½} W⁺,    W⁺ = E[tanh(Wu) uᵀ] − diag(E[1 − tanh²(Wu)]) W

leads to rotations of u with independent coordinates where there are such. It starts at invariant
coordinates, the eigenvectors of one scatter relative to another (Tyler, Critchley, Dümbgen, Oja
2009), so that no step sees the columns that came, nor which sample a row is of.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from divkit.estimators.common.pooled import Pooled
from divkit.types import FloatArray

_STEPS = 50
"""Normal directions never settle, and need not: all rotations of them are alike."""
_SETTLED = 1e-6


def independent_columns(pool: Pooled) -> FloatArray:
    """The pooled rows along these axes (N, d), which rows of weight 0 have no say in."""
    seen = pool.weight > 0
    weight, centre = pool.weight[seen], pool.weight[seen] @ pool.z[seen]
    z = pool.z[seen] - centre
    values, vectors = linalg.eigh((z * weight[:, None]).T @ z)
    u = z @ (vectors / np.sqrt(values))
    turn = np.eye(pool.dim)
    for _ in range(_STEPS):
        ahead = _step(u, weight, turn)
        change = np.abs(np.abs(np.einsum("ij,ij->i", ahead, turn)) - 1).max()
        turn = ahead
        if change < _SETTLED:
            break
    along = u if seen.all() else (pool.z - centre) @ (vectors / np.sqrt(values))
    return np.asarray(along @ turn.T)


def _step(u: FloatArray, weight: FloatArray, turn: FloatArray) -> FloatArray:
    """One fixed-point step from a rotation (d, d), made orthogonal again."""
    slope = np.tanh(u @ turn.T)
    bend = weight @ (1 - np.square(slope))
    left, _, right = linalg.svd((slope * weight[:, None]).T @ u - bend[:, None] * turn)
    return np.asarray(left @ right)
