r"""Signs of what models of columns with atoms do not see: cells that are of one sample.

Rows of one cell, the pattern of all values of a row, are alike in whatever a model could see. With
residuals r_i = [row i is of x] − σ̂_i the sum Σ r_i r_j over pairs of rows in one cell has mean 0
at the truth and variance Σ r_i² r_j² (Moran's statistic, 1950). It is large where cells are of one
sample alone, and each of too few rows to say so, as of the parity of several whole numbers.
Products of square waves of the columns are looked for as well (`common.jumps`): parities
of some of many columns leave cells of single rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from divkit.estimators.common.doubts import Doubt
from divkit.estimators.common.jumps import jumps_unseen
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit
from divkit.estimators.common.unseen import share_odds
from divkit.samples import Pair
from divkit.types import FloatArray

AGREEING = 5.0
"""Standard deviations above which rows of a cell agree: false alarms of 3e-7."""
_MOST = 30
"""Columns beyond which products are too many to be tried."""


def cells_alike(pair: Pair, pool: Pooled, fits: Sequence[Fit]) -> Doubt | None:
    """Return the doubt where cells, or products of columns, show more than every fit does."""
    values = np.concatenate([pair.x, pair.y])[pool.place]
    cell = np.unique(values, axis=0, return_inverse=True)[1].reshape(-1)
    of_x, offset = pool.sign > 0, share_odds(pool)
    strength = min(_agreement(of_x - special.expit(f.left_out + offset), cell) for f in fits)
    if strength > AGREEING:
        return Doubt(
            f"rows of one cell are of one sample more often than the fitted ratios say "
            f"({strength:.1f} standard deviations): the laws differ in cells of too few rows",
            False,
        )
    varied = values[:, np.ptp(values, axis=0) > 0]
    if not 0 < varied.shape[1] <= _MOST:
        return None
    return jumps_unseen(Pooled(varied, pool.weight, pool.sign, pool.place, varied), fits)


def _agreement(residual: FloatArray, cell: NDArray[np.intp]) -> float:
    """The sum over pairs of one cell, in standard deviations."""
    sums, squares, fourth = (np.bincount(cell, residual**power) for power in (1, 2, 4))
    products = 0.5 * float((sums**2 - squares).sum())
    variance = 0.5 * float((squares**2 - fourth).sum())
    return products / float(np.sqrt(variance)) if variance > 0 else 0.0
