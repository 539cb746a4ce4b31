r"""Whether a log ratio fits the levels of a rounded column, taken in their order.

Where values repeat, rows of one level show how well a smooth logit fits there, whatever its form:
with π the probability of x at a row, given its value, n p/(n p + m q), and O_v of x's rows on
level v,

    X² = Σ_v (O_v − Σ π)²/Σ π(1 − π)

is near χ² with a degree of freedom for each level (the test of lack of fit by replicates; Hosmer
and Lemeshow's groups are levels here). Of levels with few rows each it is

    Σ_v (O_v − Σ π)²/(1 + Σ π(1 − π)),

near c χ²_ν with the first two moments (Satterthwaite 1946). A ratio that jumps from level to level
fails it; so that jumps are fitted where rows allow, models with an indicator for each level are
tried beside those that take values in their order.

Jumps too few to be sure of cost something all the same. Let the rows on level v give a dual value
the slope g_v in a shift of the logit there, and the curvature −h_v. The best shift adds
g_v²/(2 h_v), of which Var g_v/(2 h_v) is chance, so that Σ_v (g_v² − Var g_v)/(2 h_v), where it is
positive, is what the jumps are estimated to be worth: it stands in the error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from divkit.divergences.base import FDivergence
from divkit.estimators.common.design import Design, polynomial
from divkit.estimators.common.doubts import Doubt
from divkit.estimators.common.dual import payoffs
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit
from divkit.samples import Pair, levels
from divkit.types import FloatArray

LEVEL = 1e-2
MOST = 60
"""Levels of a column that are given indicators."""
_LEVELS = 4
_STEP, _FLAT = 1e-3, 1e-9


def fit_of_levels(pool: Pooled, logit: FloatArray, level: NDArray[np.int64]) -> float:
    """The p-value of X² for logits (N,) and the level of each row of the pool (N,)."""
    n, m = pool.sizes
    chance = special.expit(logit + math.log(n / m))
    own = chance * (1 - chance)
    counted = np.bincount(level) > 1
    gap, spread, fourth = (
        np.bincount(level, part)[counted]
        for part in ((pool.sign > 0) - chance, own, own * (1 - 6 * own))
    )
    if counted.sum() < _LEVELS:
        return 1.0
    scale = 1 + spread
    mean = float((spread / scale).sum())
    variance = float(((2 * spread**2 + fourth) / scale**2).sum())
    total = float((gap**2 / scale).sum())
    return float(stats.chi2.sf(2 * total * mean / variance, 2 * mean**2 / variance))


def jumps(divergence: FDivergence, pair: Pair, pool: Pooled, fits: Sequence[Fit]) -> float:
    """Return what jumps between the levels of rounded columns may add to the value, at least 0."""
    if pair.atoms is None or not pair.atoms.rounded:
        return 0.0
    logit = np.mean([0.5 * (fit.logit + fit.left_out) for fit in fits], axis=0)
    below, here, above = (
        payoffs(divergence, logit + step, pool.sign) for step in (-_STEP, 0.0, _STEP)
    )
    weight = 2 * pool.weight
    slope, curve = weight * (above - below) / (2 * _STEP), (above - 2 * here + below) / _STEP**2
    rows = np.concatenate([pair.x, pair.y])[pool.place]
    found = [levels(rows[:, k]).of_row for k in pair.atoms.rounded]
    return max(0.0, *(_worth(slope, -weight * curve, level) for level in found))


def _worth(slope: FloatArray, curvature: FloatArray, level: NDArray[np.int64]) -> float:
    """Σ_v (g_v² − Var g_v)/(2 h_v) over the levels with more than one row."""
    g, square, h, count = (
        np.bincount(level, part) for part in (slope, slope**2, curvature, np.ones(len(level)))
    )
    held = (count > 1) & (h > _FLAT * np.abs(slope).max())
    return float(((g**2 - square)[held] / (2 * h[held])).sum())


def level_designs(pair: Pair, pool: Pooled, kernels: Design) -> Iterator[Design]:
    """Designs with an indicator for each level of the rounded columns that have few.

    Beside them stand squares, and the features of `kernels`.
    """
    if pair.atoms is None:
        return
    rows = np.concatenate([pair.x, pair.y])[pool.place]
    rounded = [levels(rows[:, k]) for k in pair.atoms.rounded]
    blocks = [each.of_row[:, None] == np.arange(len(each.value)) for each in rounded
              if len(each.value) <= MOST]  # fmt: skip
    if not blocks:
        return
    own = np.hstack(blocks).astype(np.float64)
    for label, base in (("squares", polynomial(pool.z, pool.weight)),
                        (kernels.label, (kernels.features, kernels.penalty))):  # fmt: skip
        features = np.hstack([base[0], own])
        penalty = np.concatenate([base[1], np.ones(own.shape[1])])
        yield Design(features, penalty, f"{label}, and {own.shape[1]} levels")


def uneven(pair: Pair, pool: Pooled, fits: Sequence[Fit]) -> Doubt | None:
    """A doubt where the levels of a rounded column may be names, or are fitted badly.

    Badly is worse than chance allows.
    """
    if pair.atoms is None:
        return None
    logit = np.mean([fit.logit for fit in fits], axis=0)
    rows = np.concatenate([pair.x, pair.y])[pool.place]
    for k in pair.atoms.rounded:
        if pair.atoms.columns[k].names:
            label = pair.atoms.columns[k].label
            return Doubt(f"counts of {label} jump between levels, which may be names", False)
        if fit_of_levels(pool, logit, levels(rows[:, k]).of_row) < LEVEL:
            label = pair.atoms.columns[k].label
            reason = f"the log ratio jumps between levels of {label}, which is rounded"
            return Doubt(reason, False)
    return None
