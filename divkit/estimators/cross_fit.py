"""Log ratios at rows that were not fitted to, and the dual form of a divergence at them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.divergences.base import FDivergence
from divkit.estimators.common.pooled import Pooled
from divkit.types import FloatArray
from divkit.work import parts

LogRatio: TypeAlias = Callable[[FloatArray], FloatArray]
"""Rows (n, d) -> log p − log q there, (n,)."""
Fitter: TypeAlias = Callable[[FloatArray, FloatArray], LogRatio]
"""Samples x, y -> the log ratio fitted to them."""


@runtime_checkable
class LogRatioEstimator(Protocol):
    """An estimator that fits a log ratio, which can then be evaluated at held-out rows.

    >>> from divkit.estimators.api import ESTIMATORS
    >>> isinstance(ESTIMATORS["density_ratio"](), LogRatioEstimator)
    True
    """

    def log_ratio(self, x: FloatArray, y: FloatArray, divergence: FDivergence, /) -> LogRatio:
        """Return log p − log q fitted to x (n, d) of P and y (m, d) of Q.

        `divergence` is what will be estimated, for those that fit by its own value.
        """
        ...


def apart(pool: Pooled) -> tuple[FloatArray, FloatArray]:
    """Return the rows of x (n, d) and of y (m, d), whitened, by their radius in the pool.

    A draw by place among them depends on no order of rows, unit or rotation.
    """
    return pool.z[pool.sign > 0], pool.z[pool.sign < 0]


def pool_order(pool: Pooled, at_x: FloatArray, at_y: FloatArray) -> FloatArray:
    """Return values at the rows of x (n,) and of y (m,) in the order of the pool (N,)."""
    out = np.empty(len(pool.z))
    out[pool.sign > 0], out[pool.sign < 0] = at_x, at_y
    return out


def fold_numbers(
    n: int, m: int, folds: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return a fold for each row of x (n,) and of y (m,), equal shares of each.

    A row's fold depends on its place in its own sample, not on which sample that is.
    """
    seed = int(rng.integers(2**32))
    of_x, of_y = (np.random.default_rng(seed).permutation(size) % folds for size in (n, m))
    return of_x, of_y


def held_out_ratios(
    fit: Fitter, x: FloatArray, y: FloatArray, folds: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return log ratios at x (n,) and y (m,), each from a fit to the other folds; 1 fits to all.

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
    of_x, of_y = fold_numbers(len(x), len(y), folds, rng)
    for k in parts(range(folds)):
        ratio = fit(x[of_x != k], y[of_y != k])
        at_x[of_x == k], at_y[of_y == k] = ratio(x[of_x == k]), ratio(y[of_y == k])
    return at_x, at_y


def dual_terms(
    divergence: FDivergence, at_x: FloatArray, at_y: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return T(l) at x (n,) and −f*(T(l)) at y (m,), whose means add up to the dual form."""
    gains = divergence.witness(torch.from_numpy(at_x)).numpy()
    losses = divergence.conjugate_at(torch.from_numpy(at_y)).numpy()
    return gains, -losses


def dual_value(divergence: FDivergence, at_x: FloatArray, at_y: FloatArray) -> tuple[float, float]:
    """Return E_p T − E_q f*(T) at log ratios over x (n,) and y (m,), and its standard error.

    The error is inf where a term is not finite.
    """
    gains, losses = dual_terms(divergence, at_x, at_y)
    value = float(gains.mean() + losses.mean())
    if not (np.isfinite(gains).all() and np.isfinite(losses).all()):
        return value, math.inf
    with np.errstate(over="ignore"):  # of finite terms beyond 1e154: an infinite error
        spread = float(gains.var()) / len(gains) + float(losses.var()) / len(losses)
    return value, math.sqrt(spread)
