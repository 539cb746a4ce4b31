r"""The distance of a stacked density from the law of its rows: a Jensen–Shannon divergence.

The fit f moves when rows are left out. With K folds and f^{(−k)} the stack of the same members
and weights without fold k, the delete-a-fold jackknife

    V = (K − 1)/K Σ_k JSD(f^{(−k)}, f)

estimates the mean JSD of f to its own expectation: near each other, divergences are squares of
distances. If the distance has k free directions of like size, JSD/V has Fisher's law with k and
k(K − 1) degrees of freedom, of which the quantile is the limit's first part. What f is missing in
the mean no jackknife shows. Members join the stack for a gain of G nats of left-out likelihood or
more. That of n rows by a structure of KL divergence κ is near normal, of mean nκ and variance 2nκ
where laws are near, so that it stays below G with probability 1 − level where nκ − z √(2nκ) = G,
z being the level's quantile: the JSD of such a structure, κ/4, is the second part. Nor do rows
show structure as fine as their own spacing: counts in n/8 cells of eight rows each have a χ² whose
standard error is √(n/4), and n χ² of a density's own, 8n JSD where laws are near, is lost in that.
The JSD of one standard error, 1/(16 √n), is the third part. Only the upper end of the interval is
claimed.

JSDs are means of ½ log(2/(1 + r)) + ½ r log(2r/(1 + r)), r = f^{(−k)}/f, over draws of f.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from divkit.distributions.base import Law
from divkit.results import Result, require_level
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray

DRAWS = 4000
LEAST = 50
"""Rows below which members are chosen too much by chance for a limit: 83 of 90 held at .95."""
NO_PROOF = (
    "the upper end is no proof: no sample excludes that its law has structure finer than it shows"
)
"""The warning of every limit; `benchmarks/results/densities.md` counts."""


class Price(NamedTuple):
    """The gain in nats, of n rows left out, for which a member joins the stack."""

    gain: float
    n: int

    def unseen(self, level: float) -> float:
        """Return the JSD, in nats, of structure whose gain is below it with probability 1 − level.

        κ/4 with nκ − z √(2nκ) = gain: nκ = gain + z² + z √(z² + 2 gain).
        """
        z = max(0.0, float(stats.norm.ppf(level)))
        return (self.gain + z**2 + z * math.sqrt(z**2 + 2 * self.gain)) / (4 * self.n)


def lost_in_counts(n: int) -> float:
    """Return the JSD 1/(16 √n), in nats, of structure that is lost in counts of n rows."""
    return 1 / (16 * math.sqrt(n))


def distance_of(
    law: Law,
    without: Sequence[Law],
    free: int,
    price: Price,
    *,
    n: int,
    level: float,
    rng: RandomState,
    method: str,
) -> Result:
    """Return the limit for a law and the laws without each fold.

    Parameters
    ----------
    law, without : f, and the f^{(−k)}.
    free : k, directions in which the fit is free.
    price : for which members joined the stack.
    n : rows of the fit.
    level : of the interval.
    rng : of the draws.
    method : what the result says made it.

    Raises
    ------
    ValueError
        If there are fewer than `LEAST` rows, or the level is none.
    """
    if n < LEAST:
        raise ValueError(
            f"distance() needs at least {LEAST} rows; got n = {n}, of which too few "
            "limits hold, as the choice of members is left to chance. Draw more."
        )
    require_level(level)
    unseen = price.unseen(level) + lost_in_counts(n)
    folds = len(without)
    rows = law.sample(DRAWS, as_generator(rng))
    own = np.asarray(law.log_prob(rows))
    parts = np.array([jsd_terms(np.asarray(one.log_prob(rows)) - own) for one in without])
    moved = (folds - 1) / folds * parts.sum(axis=0)
    value, error = float(moved.mean()), float(moved.std() / np.sqrt(DRAWS))
    most = (value + 2 * error) * float(stats.f.ppf(level, free, free * (folds - 1))) + unseen
    return Result.bound(
        value, (0.0, most), method, side="upper", level=level, name="js", warnings=(NO_PROOF,),
        diagnostics={"draws": DRAWS, "error_of_draws": error, "free": free, "unseen": unseen},
    )  # fmt: skip


def jsd_terms(log_ratio: FloatArray) -> FloatArray:
    """Terms whose mean under f is the JSD of f and r f; ½ log 2 each where r = 0."""
    both = np.logaddexp(0, log_ratio) - np.log(2)
    r = np.exp(log_ratio)
    with np.errstate(invalid="ignore"):  # −∞ where r = 0, which is not taken
        gained = np.where(r > 0, r * (log_ratio - both), 0.0)
    return np.asarray(0.5 * (gained - both))


def jackknife_error(law: Law, without: Sequence[Law], points: FloatArray) -> FloatArray:
    """Return √((K − 1)/K Σ_k (f^{(−k)} − f)²) at points (n,) of the line, as densities, (n,)."""
    rows = points[:, None]
    own = np.exp(np.asarray(law.log_prob(rows)))
    moved = np.stack([np.exp(np.asarray(one.log_prob(rows))) - own for one in without])
    folds = len(without)
    return np.asarray(np.sqrt((folds - 1) / folds * (moved**2).sum(axis=0)))
