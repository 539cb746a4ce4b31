r"""Where a standard error is not to be trusted, and what stands in its place.

For every divergence, samples that fitted logits tell apart say only that it is large: the error
comes from the few rows that could be of either, and is too small where they are fewer than
`MEETING`. Logits with more than `PARAMETERS` effective parameters a row are not in the regime in
which the biases of the fitted and the left-out value cancel. A divergence with a kink at equal
laws, as total variation has, is estimated too large there. A model along axes found as
independent is refuted where they act together, and flagged if no other is as good.

The variance of an estimate of KL(p‖q) has χ²(p‖q)/m in it, which can be infinite; more signs are
looked for where a divergence has no largest value: few rows, a value that owes much to fitted
ratios p/q above m or below 1/n, one row that makes more than `SHARE` of its side's sum of squared
payoffs, a payoff whose tail has the shape of one of infinite variance
(`kernel_logistic.tail_index`), and a value above ½ log of the smaller sample, since n rows say
little of a KL above log n (`high-kl-limit` in `divkit verify`). Without a sign the variance may
still be infinite.

With one the error is infinite, and the interval runs from the distribution-free limit of critics
that were fixed before (`divkit.critics.lower_bound`) to the divergence's largest value. Where the
value itself is not to be trusted, another stands in its place
(`divkit.estimators.telescoping.stand_in`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from divkit.critics.lower_bound import lower_bound
from divkit.critics.steps import DivergedError
from divkit.divergences.base import FDivergence
from divkit.estimators.dual import Reading, mean, payoffs, steadiness
from divkit.estimators.kernel_logistic.path import Fit
from divkit.estimators.kernel_logistic.tail_index import tail_shape
from divkit.estimators.pooled import Pooled
from divkit.games import f_gan
from divkit.rng import RandomState
from divkit.samples import Pair
from divkit.types import FloatArray

SHARE = 0.5
INFINITE_VARIANCE, WORTHLESS_MEAN = 0.5, 0.7
MEETING = 30.0
"""Rows in doubt, Σ 4 σ(l)σ(−l) of left-out logits, below which the samples do not meet."""
PARAMETERS = 0.25
"""Effective parameters per row beyond which the value's bias is not known to cancel."""
BEYOND = 0.05
"""Share of the value from ratios beyond the number of rows, above which it is not to be used."""
KINK = 4.0
"""Errors above its least value within which a divergence with a kink there may be at it."""
_ROWS = 32


@dataclass(frozen=True)
class Doubt:
    """A reason against the standard error, and whether it speaks against the value too."""

    reason: str
    of_value: bool


def doubt(row: FDivergence, pool: Pooled, read: Reading, fits: list[Fit]) -> Doubt | None:
    """The strongest sign against the standard error; None where none is seen."""
    found = list(signs(row, pool, read, fits))
    return max(found, key=lambda sign: sign.of_value) if found else None


def signs(row: FDivergence, pool: Pooled, read: Reading, fits: list[Fit]) -> Iterator[Doubt]:
    """Every sign of the module."""
    crowded = np.mean([fit.parameters for fit in fits]) / len(pool.z)
    if crowded > PARAMETERS:
        yield Doubt(f"the models have {crowded:.2f} parameters a row: too few rows", True)
    met = np.mean([meeting(fit) for fit in fits])
    if met < MEETING:
        reason = f"the samples hardly meet: {met:.2g} rows could be of either"
        yield Doubt(reason, math.isinf(row.upper))
    if all(fit.against for fit in fits):
        yield Doubt(fits[0].against, False)
    if math.isinf(row.curvature) and read.value - row.at_one < KINK * read.error:
        reason = (
            f"the laws may be alike, where {row.name} has a kink and its estimates are too large"
        )
        yield Doubt(reason, False)
    if math.isfinite(row.upper):
        return
    rows = min(pool.sizes)
    if rows < _ROWS:
        yield Doubt(f"{rows} rows are too few to see the tails of p/q", True)
        return
    if read.value > 0.5 * math.log(rows):
        most = 0.5 * math.log(rows)
        yield Doubt(f"a value above {most:.2f} is more than {rows} rows can show", True)
    share = beyond(row, pool, fits) / read.value if read.value > 0 else 0.0
    if share > BEYOND:
        yield Doubt(f"{share:.0%} of the value is from ratios beyond the number of rows", True)
    yield from _of_tail("x", read.payoff[pool.sign > 0])
    yield from _of_tail("y", -read.payoff[pool.sign < 0])


def _of_tail(name: str, payoff: FloatArray) -> Iterator[Doubt]:
    """Signs that the mean of one side's payoffs, the rare ones large, has no finite variance."""
    if not np.isfinite(payoff).all():
        yield Doubt(f"a payoff of {name} is beyond floating point", True)
        return
    squares = np.square(payoff - np.median(payoff))
    share = float(squares.max() / squares.sum()) if squares.any() else 0.0
    if share > SHARE:
        yield Doubt(f"one row of {name} makes {share:.0%} of the sum of squares", False)
    shape = tail_shape(payoff)
    if shape > INFINITE_VARIANCE:
        yield Doubt(
            f"the variance over {name} may be infinite: its tail has shape {shape:.2f}, and from "
            "0.5 on there is none",
            shape > WORTHLESS_MEAN,
        )


def meeting(fit: Fit) -> float:
    """How many rows' worth of doubt the left-out logits leave: 4 σ(l)σ(−l) summed."""
    return in_doubt(fit.left_out)


def in_doubt(logit: FloatArray) -> float:
    """4 σ(l)σ(−l) summed: 1 for a row that could as well be of either, 0 for one told for sure."""
    return float(4 * np.sum(special.expit(logit) * special.expit(-logit)))


def beyond(row: FDivergence, pool: Pooled, fits: list[Fit]) -> float:
    """What the value owes to fitted ratios p/q above m or below 1/n, which no row bears out."""
    n, m = pool.sizes
    parts = [
        payoffs(row, fit.logit, pool.sign)
        - payoffs(row, np.clip(fit.logit, -math.log(n), math.log(m)), pool.sign)
        for fit in fits
    ]
    return float(steadiness(pool, fits) @ [mean(pool, part) for part in parts])


def from_below(
    row: FDivergence, pair: Pair, level: float, rng: RandomState
) -> tuple[float, tuple[float, float]]:
    """A held-out value and an interval that hold for all laws.

    Nothing is said by too few rows, or where critics diverge, as they may for a heavy f*.
    """
    if min(len(pair.x), len(pair.y)) < _ROWS:
        return row.at_one, (row.at_one, row.upper)
    rows = pair.standardised
    try:
        found = lower_bound(rows.x, rows.y, game=f_gan(row), level=level, rng=rng)
    except DivergedError:
        return row.at_one, (row.at_one, row.upper)
    return found.value, found.interval
