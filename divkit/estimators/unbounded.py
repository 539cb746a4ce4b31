r"""Where a standard error is not to be trusted: divergences that have no largest value.

The variance of an estimate of KL(p‖q) has χ²(p‖q)/m in it, which can be infinite and which no
sample shows. Two signs are looked for: one row that makes more than `SHARE` of its side's sum of
squared payoffs, and a value above ½ log of the smaller sample, since n rows say little of a KL
above log n (`high-kl-limit` in `divkit verify`). Neither sign proves that the variance is finite
where it is absent. With either, the value stands as a lower bound, and the interval runs from the
distribution-free limit of critics that were fixed before (`divkit.critics.lower_bound`) to ∞.
"""

from __future__ import annotations

import math

import numpy as np

from divkit.critics.lower_bound import lower_bound
from divkit.divergences.base import FDivergence
from divkit.estimators.dual import Reading
from divkit.estimators.pooled import Pooled
from divkit.games import f_gan
from divkit.rng import RandomState
from divkit.samples import Pair

SHARE = 0.25
_ROWS = 32


def doubt(row: FDivergence, pool: Pooled, read: Reading) -> str | None:
    """Why the standard error is not to be trusted; None for bounded divergences, or no sign."""
    if math.isfinite(row.upper):
        return None
    for name, side in (("x", pool.sign > 0), ("y", pool.sign < 0)):
        squares = np.square(read.payoff[side] - read.payoff[side].mean())
        share = float(squares.max() / squares.sum())
        if share > SHARE:
            return (
                f"one row of {name} makes {share:.0%} of the variance: the samples hardly meet, "
                "or it is infinite"
            )
    most = 0.5 * math.log(min(pool.sizes))
    if read.value > most:
        return f"a value above {most:.2f} is more than {min(pool.sizes)} rows can show"
    return None


def limit_from_below(row: FDivergence, pair: Pair, level: float, rng: RandomState) -> float:
    """A lower confidence limit for all laws; the least value where there are too few rows."""
    if min(len(pair.x), len(pair.y)) < _ROWS:
        return row.at_one
    rows = pair.standardised
    found = lower_bound(rows.x, rows.y, game=f_gan(row), level=level, rng=rng)
    return float(found.interval[0])
