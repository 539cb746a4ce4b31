r"""A telescoped value in place of one that rows cannot show, if nothing speaks against it.

Where the samples barely overlap, a fitted log ratio is what its features make of it, and the value
of a divergence without a largest one is as good as none. Critics on held-out rows give one that is
never above the divergence in the mean, and far below a large one: no more than log m or so. The
telescoped value (`telescoping.method`) can be as large as the divergence, and evaluates log ratios
far from where they were fitted. It is taken if there are `ROWS` rows of each sample for each
feature, it has no fault by its own account, it is not below the lower confidence limit, and where
the samples do overlap its log ratios separate them no worse than those of the doubtful models. It
has no error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from divkit.divergences.base import FDivergence
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit, losses, spread_of_mean
from divkit.estimators.registry import NotEstimableError
from divkit.estimators.telescoping.method import Telescoping, features_in
from divkit.estimators.telescoping.telescoped import Telescoped

ROWS = 5
WORSE = 2.0
"""Standard errors by which its cross-entropy may be above the models' on rows left out."""


def stand_in(
    method: Telescoping, divergence: FDivergence, pool: Pooled, fits: Sequence[Fit], limit: float
) -> Telescoped:
    """Return the telescoped value.

    Parameters
    ----------
    method : of telescoping.
    divergence : the divergence.
    pool : the rows.
    fits : the models in doubt.
    limit : the divergence's lower confidence limit.

    Raises
    ------
    NotEstimableError
        If something speaks against the value; the message says what.
    """
    if math.isfinite(divergence.upper):
        raise NotEstimableError("telescoping is for divergences without a largest value")
    needed = ROWS * features_in(pool.dim)
    if min(pool.sizes) < needed:
        raise NotEstimableError(f"telescoping would take {needed} rows of each sample")
    try:
        telescoped = method.across(divergence, pool)
    except ArithmeticError as error:
        raise NotEstimableError(str(error)) from error
    against = telescoped.faults
    if telescoped.value < limit:
        against.append("it is below the lower limit")
    if worse(telescoped, pool, fits) > WORSE:
        against.append("its log ratios separate the samples less well than other models")
    if against:
        raise NotEstimableError(f"the telescoped value is not taken: {'; '.join(against)}")
    return telescoped


def worse(telescoped: Telescoped, pool: Pooled, fits: Sequence[Fit]) -> float:
    """Return the standard errors by which its cross-entropy is above that of the models."""
    others = np.mean([losses(pool, fit.left_out) for fit in fits], axis=0)
    gap = losses(pool, telescoped.logits(pool)) - others
    return float(pool.weight @ gap) / spread_of_mean(pool.weight, gap)
