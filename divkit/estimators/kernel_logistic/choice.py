r"""The models of a ridge path that enter an estimate, by the logits that left rows out.

The loss of a fit is the cross-entropy of its left-out logits, log 2 − JSD at the truth. A model is
kept if its loss is within so many standard errors, of the difference of the two, of the least. For
a divergence with a largest value it must also have no fewer effective parameters than the best:
the bias of a more regularised model does not cancel in the mean of the in-sample and the
leave-one-out value (`divkit.estimators.common.dual`), that of a less regularised one does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from divkit.divergences.base import FDivergence
from divkit.estimators.common.dual import payoffs, standard_error
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit, best_of, left_out_loss, losses, spread_of_mean

LOOSER = 1.5
"""Factor of the limit where the bias of less regularised models cancels, and others are out."""
STEADY, PLAUSIBLE = 1.1, 2.0
"""Largest ratio of a model's standard error of a left-out value to the least, to have a say in
the value, and in whether it is to be trusted."""
WILD = 5.0
"""The same for divergences with a largest value, where only logits gone astray spread so far."""


@dataclass(frozen=True, eq=False)
class ModelChoice:
    """The models kept, the best of them by left-out loss, and of how many.

    Attributes
    ----------
    kept : the models that make the value.
    plausible : those that are asked whether it is to be trusted, the kept among them.
    best : the one of least loss.
    tried : how many there were.
    within : standard errors of loss that were allowed.
    """

    kept: list[Fit]
    plausible: list[Fit]
    best: Fit
    tried: int
    within: float

    def __str__(self) -> str:
        """Say what was chosen and why, in one sentence."""
        dropped = len(self.plausible) - len(self.kept)
        words = (
            f"{len(self.kept)} of {self.tried} models: left-out likelihood within "
            f"{self.within:g} standard errors of the best, {self.best.label}, ridge "
            f"{self.best.ridge:.2g}"
        )
        return words + (f"; {dropped} less steady ones have no say" if dropped else "")


def choose(
    divergence: FDivergence, pool: Pooled, fits: Sequence[Fit], within: float
) -> ModelChoice:
    """The models for this divergence.

    With a largest value, those no more regularised than the best and within `LOOSER` times the
    limit, if not wild; without one, those within the limit on either side of the best, if steady.
    """
    best = best_of(fits, pool)
    if math.isfinite(divergence.upper):
        near = keep(fits, pool, LOOSER * within)
        return ModelChoice(
            steady(divergence, pool, near, WILD), near, best, len(fits), LOOSER * within
        )
    near = keep(fits, pool, within, regularised=True)
    kept, plausible = (steady(divergence, pool, near, times) for times in (STEADY, PLAUSIBLE))
    return ModelChoice(kept, plausible, best, len(fits), within)


def until_worse(path: Iterator[Fit], pool: Pooled) -> Iterator[Fit]:
    """The path up to the second model in a row whose left-out loss is above its least."""
    least, worse = math.inf, 0
    for fit in path:
        yield fit
        loss = left_out_loss(fit, pool)
        worse = worse + 1 if loss > least else 0
        least = min(least, loss)
        if worse == 2:
            return


def keep(
    fits: Sequence[Fit], pool: Pooled, within: float, *, regularised: bool = False
) -> list[Fit]:
    """The models nearly the best by left-out likelihood; the more regularised ones if asked."""
    loss = [losses(pool, fit.left_out) for fit in fits]
    totals = np.array([pool.weight @ each for each in loss])
    best = int(totals.argmin())
    return [
        fit
        for fit, each, total in zip(fits, loss, totals, strict=True)
        if (regularised or fit.parameters >= fits[best].parameters)
        and total - totals[best] <= within * spread_of_mean(pool.weight, each - loss[best])
    ]


def steady(divergence: FDivergence, pool: Pooled, fits: Sequence[Fit], times: float) -> list[Fit]:
    """The models whose left-out value has a standard error of at most so many times the least.

    The likelihood is bounded where a left-out row is badly misjudged by little: a model with a
    parameter to spare for one row of y in the tail may be among the best and give that row, left
    out, a ratio p/q of thousands: divergences without a largest value add it as it is.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        spreads = [
            standard_error(pool, payoffs(divergence, fit.left_out, pool.sign)) for fit in fits
        ]
    errors = [error if math.isfinite(error) else math.inf for error in spreads]
    return [f for f, error in zip(fits, errors, strict=True) if error <= times * min(errors)]
