r"""Reasons not to trust a standard error, read from fitted log ratios.

For every divergence, samples that fitted logits separate show only that it is large: the error
comes from the few rows that could be of either, and is too small where they are fewer than
`OVERLAP`. Logits with more than `PARAMETERS` effective parameters a row are not in the regime in
which the biases of the in-sample and the leave-one-out value cancel. A divergence with a kink at
equal laws, as total variation has, is overestimated there. A model along axes found as
independent is refuted where they act together, and flagged if no other is as good.

The variance of an estimate of KL(p‖q) contains χ²(p‖q)/m, which can be infinite; a divergence
without a largest value is searched for more signs: few rows, a value that owes much to fitted
ratios p/q above m or below 1/n, one row that makes more than `SHARE` of its side's sum of squared
payoffs, payoffs whose tail has the shape of one of infinite variance (`common.tail_index`), and a
value above ½ log of the smaller sample, since n rows show little of a KL above log n
(`high-kl-limit` in `divkit verify`). Without a sign the variance may still be infinite.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from divkit.divergences.base import FDivergence
from divkit.estimators.common.dual import Readout, mean, payoffs, steadiness
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit
from divkit.estimators.common.tail_index import tail_shape
from divkit.types import FloatArray

SHARE = 0.5
INFINITE_VARIANCE, WORTHLESS_MEAN = 0.5, 0.7
OVERLAP = 30.0
"""Rows that could be of either sample, below which the samples barely overlap."""
PARAMETERS = 0.25
"""Effective parameters per row beyond which the value's bias is not known to cancel."""
BEYOND = 0.05
"""Share of the value from ratios beyond the number of rows, above which it is not to be used."""
KINK = 4.0
"""Errors above its least value within which a divergence with a kink there may be at it."""
LEAST_ROWS = 32
"""Rows of each sample without which the tails of p/q are not seen."""


@dataclass(frozen=True)
class Doubt:
    """A reason against the standard error, and whether it speaks against the value too."""

    reason: str
    of_value: bool


@dataclass(frozen=True)
class Doubts:
    """The signs of the module, with their thresholds.

    Attributes
    ----------
    overlap : rows that could be of either sample, at least.
    parameters : effective parameters of a row, at most.
    beyond : share of the value from ratios beyond the number of rows, at most.
    kink : errors above its least value of a divergence that has a kink there, at least.

    Examples
    --------
    >>> Doubts(overlap=50.0)
    Doubts(overlap=50.0, parameters=0.25, beyond=0.05, kink=4.0)
    """

    overlap: float = OVERLAP
    parameters: float = PARAMETERS
    beyond: float = BEYOND
    kink: float = KINK

    def __call__(
        self, divergence: FDivergence, pool: Pooled, readout: Readout, fits: Sequence[Fit]
    ) -> Doubt | None:
        """Return the strongest sign against the standard error; None where none is seen."""
        signs = list(self.signs(divergence, pool, readout, fits))
        return max(signs, key=lambda sign: sign.of_value) if signs else None

    def signs(
        self, divergence: FDivergence, pool: Pooled, readout: Readout, fits: Sequence[Fit]
    ) -> Iterator[Doubt]:
        """Yield every sign."""
        crowded = np.mean([fit.parameters for fit in fits]) / len(pool.z)
        if crowded > self.parameters:
            yield Doubt(f"the models have {crowded:.2f} parameters a row: too few rows", True)
        overlap = np.mean([ambiguous_rows(fit.left_out) for fit in fits])
        if overlap < self.overlap:
            reason = f"the samples barely overlap: {overlap:.2g} rows could be of either"
            yield Doubt(reason, math.isinf(divergence.upper))
        if all(fit.against for fit in fits):
            yield Doubt(fits[0].against, False)
        above = readout.value - divergence.at_one
        if math.isinf(divergence.curvature) and above < self.kink * readout.error:
            reason = (
                f"the laws may be equal, where {divergence.name} has a kink and is overestimated"
            )
            yield Doubt(reason, False)
        if math.isinf(divergence.upper):
            yield from self._of_ratios(divergence, pool, readout, fits)

    def _of_ratios(
        self, divergence: FDivergence, pool: Pooled, readout: Readout, fits: Sequence[Fit]
    ) -> Iterator[Doubt]:
        """Signs against means of ratios that have no largest value."""
        rows = min(pool.sizes)
        if rows < LEAST_ROWS:
            yield Doubt(f"{rows} rows are too few to see the tails of p/q", True)
            return
        most = 0.5 * math.log(rows)
        if readout.value > most:
            yield Doubt(f"a value above {most:.2f} is more than {rows} rows can show", True)
        from_beyond = beyond(divergence, pool, fits)
        share = from_beyond / readout.value if readout.value > 0 else 0.0
        if share > self.beyond:
            reason = f"{share:.0%} of the value is from ratios beyond the number of rows"
            yield Doubt(reason, True)
        yield from _of_tail("x", readout.payoff[pool.sign > 0])
        yield from _of_tail("y", -readout.payoff[pool.sign < 0])


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


def ambiguous_rows(logit: FloatArray) -> float:
    """Return Σ 4 σ(l)σ(−l): 1 for a row that could as well be of either, 0 for a certain one."""
    return float(4 * np.sum(special.expit(logit) * special.expit(-logit)))


def beyond(divergence: FDivergence, pool: Pooled, fits: Sequence[Fit]) -> float:
    """Return what the value owes to fitted ratios p/q above m or below 1/n: no row shows them."""
    n, m = pool.sizes
    parts = [
        payoffs(divergence, fit.logit, pool.sign)
        - payoffs(divergence, np.clip(fit.logit, -math.log(n), math.log(m)), pool.sign)
        for fit in fits
    ]
    return float(steadiness(pool, fits) @ [mean(pool, part) for part in parts])
