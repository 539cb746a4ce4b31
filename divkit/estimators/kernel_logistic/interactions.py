r"""Pairs of columns that act together, by a smooth test of left-out residuals.

At the true logit the means of (1 − σ)φ under p and of σφ under q are the same for every φ
(`divkit.estimators.misfit`). Here φ = 2 cos(πa u_i) cos(πb u_j), u the columns' ranks in (0, 1):
products that are orthonormal for independent columns. With T_ab the score over its standard error,

    S_m = Σ_{a,b ≤ m} T_ab²

is near χ² with m² degrees of freedom where the logit is right: Neyman's smooth test (1937), at the
orders m = 1, 2, 4, 8, as few directions show a bent shape best and many a ring of modes. The least
p-value over orders is multiplied by their number and by that of the pairs (Bonferroni), so that
one pair is found in a thousand samples without any; dependent columns make T_ab dependent, and
the count somewhat larger: what is found is a candidate, that left-out likelihood judges.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy import special

from divkit.estimators.common.pooled import Pooled, normal_columns
from divkit.estimators.common.ridge_path import score_residual
from divkit.estimators.kernel_logistic.columns import ColumnPairs
from divkit.types import FloatArray

LEVEL = 1e-3
"""Of the tests of all pairs together."""
ORDERS = (1, 2, 4, 8)


def interacting(pool: Pooled, left_out: FloatArray, most: int) -> ColumnPairs:
    """At most so many pairs, of least p-value, among those that `LEVEL` rejects.

    left_out : logits of each row (N,), left out of its fit.
    """
    tests = p_values(pool, left_out)
    chosen = sorted((p, pair) for pair, p in tests.items() if p < LEVEL)
    return tuple(sorted(pair for _, pair in chosen[:most]))


def p_values(pool: Pooled, left_out: FloatArray) -> dict[tuple[int, int], float]:
    """Of each pair of columns (i, j), i < j, for all pairs and orders together; may be above 1."""
    d = pool.dim
    squares = _scores(pool, left_out).reshape(d, ORDERS[-1], d, ORDERS[-1]) ** 2
    tests = len(ORDERS) * d * (d - 1) / 2
    return {
        (i, j): tests
        * min(float(special.chdtrc(m * m, squares[i, :m, j, :m].sum())) for m in ORDERS)
        for i, j in combinations(range(d), 2)
    }


def _scores(pool: Pooled, left_out: FloatArray) -> FloatArray:
    """T of the module for all products of waves (d·K, d·K)."""
    share = special.ndtr(normal_columns(pool))
    waves = np.sqrt(2) * np.cos(np.pi * share[:, :, None] * np.arange(1, ORDERS[-1] + 1))
    waves = waves.reshape(len(share), -1)
    residual = score_residual(pool, left_out)
    score = variance = np.zeros((waves.shape[1],) * 2)
    for side in (pool.sign > 0, pool.sign < 0):
        wave, r = waves[side], residual[side][:, None]
        mean = wave.T @ (wave * r) / len(r)
        score = score + mean
        variance = variance + (np.square(wave).T @ np.square(wave * r) / len(r) - mean**2) / len(r)
    return np.asarray(score / np.sqrt(variance))
