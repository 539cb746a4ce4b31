r"""A test of exact level that rows which came later refute a law.

A row at which the law has no density, or no mass, refutes it: its probability is 0. On the line
the distance sup |F_n − F| of Kolmogorov and Smirnov has a law that does not depend on F where F is
continuous: its exact p-value is SciPy's. Elsewhere two statistics of the rows are ranked among
those of as many rows drawn from the law, N times over (Barnard 1963): if the law is right each
rank has the same probability, for every law and n. One is the mean log density, two-sided, r the
rank from the nearer end: 2r/(N + 1). It does not see rows that lie elsewhere at like densities,
which the other does: the largest Kolmogorov distance between the rows and one large draw of the
law, over the columns and `DIRECTIONS` random directions, one-sided. The p-value is twice the
smaller one (Bonferroni), 1 at most. N = 20/α − 1, so that it can be as small as α/5. Infinite
values rank as they are; ties count against the law's refusal, and sums of the same terms in
another order, which rounding sets apart, are ties: rows of a table of atoms have few values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import stats

from divkit.distributions.base import Law, Law1D
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray, Tensor

REFERENCE, DIRECTIONS = 5000, 8
"""Rows of the large draw, and random directions beside the columns where there are several."""
LEAST_LEVEL = 1e-3
"""α of the ranks, as 20/α draws are made."""
SIDES: Final[tuple[Literal["left"], Literal["right"]]] = ("left", "right")
_BLOCK = 2**16
"""Rows that are drawn at a time."""
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
    if np.isneginf(np.asarray(law.log_prob(rows))).any():
        return RowsCheck(0.0, True, len(rows), "a row of probability 0")
    if isinstance(law, Law1D):
        p, test = _by_distance(law, rows[:, 0]), "Kolmogorov-Smirnov"
    else:
        p, test = _by_ranks(law, rows, alpha, rng), "ranks of mean log density and distance"
    return RowsCheck(p, p <= alpha, len(rows), test)


def _by_distance(law: Law1D, x: FloatArray) -> float:
    return float(stats.ks_1samp(x, law.cdf, method="exact").pvalue)


def _by_ranks(law: Law, rows: FloatArray, alpha: float, rng: RandomState) -> float:
    if alpha < LEAST_LEVEL:
        raise ValueError(
            f"alpha must be at least {LEAST_LEVEL} for a law of several columns or with atoms, "
            f"whose p-value is a rank among 20/alpha draws; got {alpha!r}. Compare p_value, which "
            "does not depend on alpha but for the number of draws."
        )
    source = as_generator(rng)
    draws = math.ceil(20 / alpha) - 1
    gaps = _DistanceFromDraw(np.asarray(law.sample(REFERENCE, source)), source)
    own = np.array(_statistics(law, rows, gaps))
    others = np.concatenate(list(_of_draws(law, len(rows), draws, gaps, source)))
    tied = np.isclose(others, own, rtol=_ROUNDING, atol=_ROUNDING)
    above = 1 + ((others > own) | tied).sum(axis=0)
    below = 1 + int(((others < own) | tied)[:, 0].sum())
    least = min(2 * min(int(above[0]), below), int(above[1])) / (draws + 1)
    return min(1.0, 2 * least)


def _statistics(
    law: Law, rows: FloatArray | Tensor, gaps: _DistanceFromDraw
) -> tuple[float, float]:
    """Mean log density of rows (n, d), and their largest distance from the large draw."""
    return float(np.mean(np.asarray(law.log_prob(rows)))), gaps.largest(np.asarray(rows))


def _of_draws(
    law: Law, n: int, draws: int, gaps: _DistanceFromDraw, rng: np.random.Generator
) -> Iterator[FloatArray]:
    """The two statistics of so many draws of n rows, many draws at a time, (draws, 2).

    Rows are dealt at random, since a law may draw its parts one after another.
    """
    each = max(1, _BLOCK // n)
    for count in (min(each, draws - start) for start in range(0, draws, each)):
        rows = law.sample(count * n, rng)[rng.permutation(count * n)]
        logs = np.asarray(law.log_prob(rows)).reshape(count, n).mean(axis=1)
        parts = np.asarray(rows).reshape(count, n, -1)
        yield np.column_stack([logs, [gaps.largest(part) for part in parts]])


class _DistanceFromDraw:
    """Kolmogorov distances from a draw (R, d), over its columns and random directions."""

    def __init__(self, draw: FloatArray, rng: np.random.Generator) -> None:
        d = draw.shape[1]
        self._centre, self._scale = draw.mean(axis=0), draw.std(axis=0)
        self._scale[self._scale == 0] = 1.0  # a column of one atom
        random = rng.normal(size=(d, DIRECTIONS if d > 1 else 0))
        self._directions = np.concatenate([np.eye(d), random], axis=1)
        self._sorted = np.sort(self._projected(draw), axis=0)

    def _projected(self, rows: FloatArray) -> FloatArray:
        return np.asarray((rows - self._centre) / self._scale @ self._directions)

    def largest(self, rows: FloatArray) -> float:
        """Return the largest |F_n − F_R| at rows (n, d), from the left and from the right."""
        found = 0.0
        for own, x in zip(self._sorted.T, np.sort(self._projected(rows), axis=0).T, strict=True):
            for side in SIDES:
                gaps = np.searchsorted(own, x, side) / len(own) - np.searchsorted(
                    x, x, side
                ) / len(x)
                found = max(found, float(np.abs(gaps).max()))
        return found
