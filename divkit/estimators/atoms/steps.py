r"""Whether a log ratio fits the levels of a rounded column, taken in their order.

Where values repeat, rows of one level show how well a smooth logit fits there, whatever its form:
with π the probability of x at a row, given its value, n p/(n p + m q), and O_v of x's rows on
level v,

    X² = Σ_v (O_v − Σ π)²/Σ π(1 − π)

is near χ² with a degree of freedom for each level (the test of lack of fit by replicates; Hosmer
and Lemeshow's groups are levels here). A ratio that jumps from level to level fails it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from divkit.estimators.kernel_logistic.doubt import Doubt
from divkit.estimators.kernel_logistic.path import Fit
from divkit.estimators.pooled import Pooled
from divkit.samples import Pair, levels
from divkit.types import FloatArray

LEVEL = 1e-4
_LEAST = 2.0
"""Σ π(1 − π) of a level that is counted."""
_LEVELS = 4


def fit_of_levels(pool: Pooled, logit: FloatArray, level: NDArray[np.int64]) -> float:
    """The p-value of X² for logits (N,) and the level of each row of the pool (N,)."""
    n, m = pool.sizes
    chance = special.expit(logit + math.log(n / m))
    gap = np.bincount(level, (pool.sign > 0) - chance)
    spread = np.bincount(level, chance * (1 - chance))
    counted = spread >= _LEAST
    if counted.sum() < _LEVELS:
        return 1.0
    total = float((gap[counted] ** 2 / spread[counted]).sum())
    return float(stats.chi2.sf(total, int(counted.sum())))


def uneven(pair: Pair, pool: Pooled, fits: Sequence[Fit]) -> Doubt | None:
    """A doubt where the models fit the levels of a rounded column worse than chance allows."""
    if pair.atoms is None:
        return None
    logit = np.mean([fit.logit for fit in fits], axis=0)
    rows = np.concatenate([pair.x, pair.y])[pool.place]
    for k in pair.atoms.rounded:
        if fit_of_levels(pool, logit, levels(rows[:, k]).of_row) < LEVEL:
            label = pair.atoms.columns[k].label
            reason = f"the log ratio jumps between levels of {label}, which is rounded"
            return Doubt(reason, False)
    return None
