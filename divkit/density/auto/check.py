r"""A test of exact level that rows which came later refute a law.

On the line the distance sup |F_n − F| of Kolmogorov and Smirnov has a law that does not depend on
F where F is continuous: its exact p-value is SciPy's. Elsewhere the mean log density of the rows
is ranked among those of as many rows drawn from the law, `DRAWS` times over: if the law is right
each rank has the same probability (Barnard 1963), so that a two-sided rank r of N + 1 gives the
p-value min(1, 2r/(N + 1)), for every law and n. Infinite values rank as they are; ties count
against the law's refusal, and sums of the same terms in another order, which rounding sets apart,
are ties: rows of a table of atoms have few values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from divkit.distributions.base import Law, Law1D
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray, Tensor

DRAWS = 199
_ROUNDING = 1e-11
"""Of means of log densities, at most."""


@dataclass(frozen=True)
class RowsCheck:
    """Whether new rows refute a law.

    Attributes
    ----------
    p_value : below α with probability at most α where the rows are the law's own.
    refuted : whether it is at most the level asked for.
    rows : how many rows were new.
    test : which one.

    Examples
    --------
    >>> from divkit import Normal
    >>> rows = np.random.default_rng(0).normal(3, 1, size=(50, 1))
    >>> found = checked(Normal(0, 1), rows, alpha=0.01, rng=0)
    >>> found.refuted, found.rows
    (True, 50)
    """

    p_value: float
    refuted: bool
    rows: int
    test: str


def checked(law: Law, rows: FloatArray, alpha: float, rng: RandomState) -> RowsCheck:
    """Test rows (n, d) against the law they would be of."""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be in (0, 1); got {alpha!r}.")
    if isinstance(law, Law1D):
        p, test = _by_distance(law, rows[:, 0]), "Kolmogorov-Smirnov"
    else:
        p, test = _by_rank(law, rows, rng), "rank of the mean log density"
    return RowsCheck(p, p <= alpha, len(rows), test)


def _by_distance(law: Law1D, x: FloatArray) -> float:
    return float(stats.ks_1samp(x, law.cdf, method="exact").pvalue)


def _by_rank(law: Law, rows: FloatArray, rng: RandomState) -> float:
    source = as_generator(rng)
    own = _mean_log(law, rows)
    others = np.array([_mean_log(law, law.sample(len(rows), source)) for _ in range(DRAWS)])
    tied = np.isclose(others, own, rtol=_ROUNDING, atol=_ROUNDING)
    ranks = [1 + int(np.sum((others < own) | tied)), 1 + int(np.sum((others > own) | tied))]
    return min(1.0, 2 * min(ranks) / (DRAWS + 1))


def _mean_log(law: Law, rows: FloatArray | Tensor) -> float:
    return float(np.mean(np.asarray(law.log_prob(rows))))
