"""Log ratios at rows that were not fitted to, and the dual form of a divergence at them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch

from divkit.divergences.base import FDivergence
from divkit.types import FloatArray

LogRatio: TypeAlias = Callable[[FloatArray], FloatArray]
"""Rows (n, d) -> log p − log q there, (n,)."""
Fitter: TypeAlias = Callable[[FloatArray, FloatArray], LogRatio]
"""Samples x, y -> the log ratio fitted to them."""


def cross_fitted(
    fit: Fitter, x: FloatArray, y: FloatArray, folds: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Log ratios at x (n,) and y (m,), each from a fit to the other folds; folds = 1 fits to all.

    Raises
    ------
    ValueError
        If folds is less than 1, or a sample has fewer rows.
    """
    if not 1 <= folds <= min(len(x), len(y)):
        raise ValueError(f"folds must be in [1, min(n, m)]; got {folds} for {len(x)}, {len(y)}.")
    if folds == 1:
        ratio = fit(x, y)
        return ratio(x), ratio(y)
    at_x, at_y = np.empty(len(x)), np.empty(len(y))
    fold_x, fold_y = (rng.permutation(len(s)) % folds for s in (x, y))
    for k in range(folds):
        ratio = fit(x[fold_x != k], y[fold_y != k])
        at_x[fold_x == k], at_y[fold_y == k] = ratio(x[fold_x == k]), ratio(y[fold_y == k])
    return at_x, at_y


def dual_value(row: FDivergence, at_x: FloatArray, at_y: FloatArray) -> tuple[float, float]:
    """E_p T − E_q f*(T) at log ratios over x (n,) and y (m,), and its standard error."""
    gains = row.witness(torch.from_numpy(at_x)).numpy()
    losses = row.conjugate_at(torch.from_numpy(at_y)).numpy()
    error = math.sqrt(float(gains.var()) / len(gains) + float(losses.var()) / len(losses))
    return float(gains.mean() - losses.mean()), error
