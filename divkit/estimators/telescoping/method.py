r"""Telescoping: large divergences as sums over bridges between waymarks.

Between laws that do not overlap no classifier learns log p − log q: it only learns that they
differ. Along waymarks p = p_0, p_1, …, p_K = q that do overlap with their neighbours

    log p/q = Σ_k log p_{k−1}/p_k,     KL(p‖q) = Σ_k E_p log p_{k−1}/p_k

(Rhodes, Xu, Gutmann 2020, equations 3 to 5; `divkit.estimators.telescoping.bridges`). Each bridge
is easy where its two waymarks have rows. But E_p asks for it at rows of x, which for all bridges
but the first are far from there: what the sum says is that each log ratio goes on as a quadratic
function. So it is for Gaussian laws, whatever their distance; and the linear combination of rows
is more Gaussian than x and y. A law whose tails are heavier than Gaussian towards the other has a
smaller divergence than the sum says. No samples show it: a sample of a KL above log n has no rows
there (`high-kl-limit` in `divkit verify`).

A square that is not needed multiplies its noise by the distance squared at which it is read, so
all squares have one ridge, which makes the cross-entropy of pairs left out the least. The error
has three parts: the fluctuation over samples without that ridge, all bridges at once, which holds
whether logits are quadratic or not; the change by the ridge; the change if fewer bridges are
taken. Where rows of both samples meet and the JSD of the quadratic sum is not all that they show,
a fourth is what it misses (`divkit.estimators.misfit`).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from divkit.divergences import JS
from divkit.divergences.base import Divergence, FDivergence
from divkit.estimators.common.doubts import OVERLAP, ambiguous_rows
from divkit.estimators.common.dual import mean, payoffs, standard_error
from divkit.estimators.common.outcome import base_divergence, mapped, outcome
from divkit.estimators.common.pooled import Pooled, pooled
from divkit.estimators.misfit import judged, misfit
from divkit.estimators.registry import NotEstimableError
from divkit.estimators.telescoping.bridges import bridge, bridges, paired
from divkit.estimators.telescoping.reading import Crossing, crossing, read
from divkit.estimators.telescoping.telescoped import Telescoped
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import two_samples
from divkit.types import FloatArray, Samples

_KEPT = frozenset({"misfit_p_value"})
"""Diagnostics of a misfit that stand among those of the result."""
ROWS = 2
"""Rows of each sample for each of the 1 + d + d(d+1)/2 features, below which none are fitted."""


@dataclass(frozen=True)
class Telescoping:
    """Every f-divergence by telescoping, where its payoffs at the summed logits are finite.

    Attributes
    ----------
    limit : of the Jensen–Shannon divergence of each bridge, in nats; its two waymarks are split
        until it is below.
    coarse : a larger limit, for the second value, from fewer bridges.
    most : bridges at most, a power of 2.
    ridges : of the squares, ½ ridge |θ|² in units of a row's mean loss, to choose from beside 0.
    rng : of the pairs.
    level : of the interval, which knows of fluctuations and of the second value, and not of a
        log ratio that does not go on as a quadratic function.

    Raises
    ------
    ValueError
        If not 0 < limit < coarse < log 2, most is no power of 2, or a ridge is not positive; when
        called, if there are fewer than two rows of each sample for each feature.
    NotEstimableError
        When called, if the divergence is no function of an f-divergence, or its payoffs are
        beyond floating point.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import KL
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(4, 1).sample(80, rng=1)
    >>> found = Telescoping()(x, y, KL)  # truth 8
    >>> found.interval[0] < 8 < found.interval[1]
    True
    """

    limit: float = 0.1
    coarse: float = 0.3
    most: int = 64
    ridges: tuple[float, ...] = (1e-3, 1e-2, 1e-1, 1.0)
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.limit < self.coarse < math.log(2):
            raise ValueError(
                f"limit and coarse must be 0 < limit < coarse < log 2; got {self.limit!r} and "
                f"{self.coarse!r}."
            )
        if self.most < 1 or self.most & (self.most - 1):
            raise ValueError(f"most must be a power of 2; got {self.most!r}.")
        if not all(0 < ridge < math.inf for ridge in self.ridges):
            raise ValueError(f"ridges must be positive numbers; got {self.ridges!r}.")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        start = time.perf_counter()
        base = base_divergence(divergence, self)
        pair = two_samples(x, y, above=2)
        pool = pooled(pair)
        telescoped = self.across(base, pool)
        logit = telescoped.logits(pool)
        error, missed = telescoped.error, dict[str, Any]()
        if ambiguous_rows(logit) >= OVERLAP and squares_miss(pool, logit):
            error, missed = judged(base, pool, logit, telescoped.value, telescoped.error)
        notes = [*telescoped.faults, *missed.get("warnings", ())]
        if len(telescoped.over.bridges) > 1:
            notes.append(
                f"{len(telescoped.over.bridges)} bridges, evaluated at rows of x and y far from "
                "most of them: the value assumes that log ratios go on as quadratic functions"
            )
        result = outcome(
            telescoped.value, error, base, self, self.level, pair, start,
            warnings=notes, bridges=telescoped.described, coarse=telescoped.coarse,
            errors=missed.get("errors", {}) | telescoped.errors, excess=telescoped.over.excess(),
            **{k: v for k, v in missed.items() if k in _KEPT},
        )  # fmt: skip
        return mapped(divergence, result)

    def across(self, divergence: FDivergence, pool: Pooled) -> Telescoped:
        """The value over the waymarks of a pool, with a second one from fewer of them."""
        features = features_in(pool.dim)
        if min(pool.sizes) < ROWS * features:
            raise ValueError(
                f"telescoping fits {features} features in {pool.dim} dimensions and takes at "
                f"least {ROWS * features} rows of each sample; got {min(pool.sizes)}. Project "
                "the samples, or take another method."
            )
        pairs = paired(pool, as_generator(self.rng))
        free = crossing(pairs, bridges(pairs, self.limit, self.most))
        over = self._shrunk(free)
        fewer = crossing(pairs, bridges(pairs, self.coarse, self.most, over.bridges[0].ridge))
        (value, _), (plain, samples), (coarse, _) = (
            read(divergence, c) for c in (over, free, fewer)
        )
        if not np.isfinite([value, plain, coarse]).all():
            raise NotEstimableError(
                f"the payoffs of {divergence.name} at the summed log ratios are beyond floating "
                "point: telescoping does not estimate it here. 'kl' and 'js' have smaller ones."
            )
        return Telescoped(value, samples, plain, coarse, over, self.limit)

    def _shrunk(self, free: Crossing) -> Crossing:
        """The same bridges with the ridge that predicts pairs left out best, if all are narrow."""
        best = free
        if max(one.js for one in free.bridges) > self.limit:
            return free
        for ridge in self.ridges:
            ridged = [bridge(free.pairs, one.start, one.end, ridge) for one in free.bridges]
            other = crossing(free.pairs, ridged)
            if other.left_out_loss < best.left_out_loss:
                best = other
        return best


def squares_miss(pool: Pooled, logit: FloatArray) -> bool:
    """Return whether a corrected fit moves the JSD by more than two standard errors."""
    payoff = payoffs(JS, logit, pool.sign)
    missed = misfit(JS, pool, logit, mean(pool, payoff)).missed
    return abs(missed) > 2 * standard_error(pool, payoff)


def features_in(dim: int) -> int:
    """Coefficients of a quadratic function in so many dimensions."""
    return 1 + dim + dim * (dim + 1) // 2
