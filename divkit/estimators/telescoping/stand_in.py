r"""What takes the place of a value that rows cannot show.

Where the samples hardly meet, a fitted log ratio is what its features make of it, and the value
of a divergence without a largest one is as good as none. Two others stand in its place. That of
critics on rows that they had not seen is never above the divergence in the mean, and far below a
large one: no more than log m or so. The telescoped one (`telescoping.method`) can be
as large as the divergence, and reads log ratios far from where they were fitted. It is taken if
nothing speaks against it: there are `ROWS` rows of each sample for each feature, it has no fault
by its own account, it is not below the lower confidence limit, and where the samples do meet its
log ratios tell them apart no worse than those of the models in doubt. Neither has an error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from divkit.divergences.base import FDivergence
from divkit.estimators.kernel_logistic.path import Fit
from divkit.estimators.pooled import Pooled
from divkit.estimators.registry import NotEstimableError
from divkit.estimators.telescoping.method import Telescoping, features_in
from divkit.estimators.telescoping.telescoped import Telescoped
from divkit.rng import RandomState
from divkit.types import FloatArray

ROWS = 5
WORSE = 2.0
"""Standard errors by which its cross-entropy may be above the models' on rows left out."""


@dataclass(frozen=True)
class StandIn:
    """A value, where it is from, and what is to be said of it."""

    value: float
    source: str
    words: str


def stand_in(
    row: FDivergence,
    pool: Pooled,
    fits: Sequence[Fit],
    below: float,
    limit: float,
    rng: RandomState,
) -> StandIn:
    """The telescoped value, or `below`, that of held-out critics.

    Parameters
    ----------
    fits : the models in doubt.
    below : mean over rows that the critics had not seen.
    limit : the divergence's lower confidence limit.
    """
    if math.isfinite(row.upper):
        return held_out(below, "")
    needed = ROWS * features_in(pool.dim)
    if min(pool.sizes) < needed:
        return held_out(below, f"telescoping would take {needed} rows of each sample")
    try:
        found = Telescoping(rng=rng).across(row, pool)
    except (NotEstimableError, ArithmeticError) as error:
        return held_out(below, str(error))
    against = found.faults
    if found.value < limit:
        against.append("it is below the lower limit")
    if worse(found, pool, fits) > WORSE:
        against.append("its log ratios tell the samples apart less well than other models")
    if against:
        return held_out(below, f"the telescoped one is not taken: {'; '.join(against)}")
    return StandIn(
        found.value,
        "telescoping",
        f"the value is read through {len(found.over.bridges)} bridges between waymarks, whose "
        "log ratios are continued as quadratic functions: only the interval's lower end is sure",
    )


def worse(found: Telescoped, pool: Pooled, fits: Sequence[Fit]) -> float:
    """By how many standard errors its cross-entropy is above that of the models, left out."""
    logit = found.logits(pool)
    others = np.mean([_losses(pool, fit.left_out) for fit in fits], axis=0)
    gap = _losses(pool, logit) - others
    mean = float(pool.weight @ gap)
    return mean / math.sqrt(pool.weight**2 @ (gap - mean) ** 2)


def _losses(pool: Pooled, logit: FloatArray) -> FloatArray:
    return np.logaddexp(0.0, -pool.sign * logit)


def held_out(below: float, why: str) -> StandIn:
    """The value of critics on rows that they had not seen, and why no other is taken."""
    words = "the value is that of critics on rows they had not seen, below the truth on average"
    return StandIn(below, "held-out critics", f"{words} ({why})" if why else words)
