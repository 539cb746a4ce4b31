"""One estimator against the others: a score for each problem and n, and scores taken together."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from divkit.bench.board import Standing
from divkit.bench.counts import Count, total
from divkit.bench.pairing import BEST, Key, PairedRatio


@dataclass(frozen=True)
class Score:
    """A standing, and the errors of others over its own.

    Attributes
    ----------
    standing : of the estimator that is judged.
    others : by name, on the seeds that both have.
    """

    standing: Standing
    others: Mapping[str, PairedRatio] = field(default_factory=dict)

    @property
    def lower(self) -> tuple[str, ...]:
        """The others whose error is lower."""
        return tuple(name for name, pair in self.others.items() if pair.ratio < 1)

    @property
    def surely_lower(self) -> tuple[str, ...]:
        """Those of them that chance does not explain at 95 %."""
        return tuple(name for name in self.lower if self.others[name].high < 1)

    @property
    def close(self) -> tuple[str, ...]:
        """Those that chance may have put on their side of 1."""
        return tuple(
            name for name, pair in self.others.items() if not (pair.low > 1 or pair.high < 1)
        )


@dataclass(frozen=True)
class Together:
    """Scores of several problems as one.

    Attributes
    ----------
    problems : how many.
    mean, log_error : geometric mean of the ratios to the bound, and the standard error of its
        logarithm; ratios of lower bounds alone are left out, as they claim no nearness.
    worst, where : the largest of them, and whose it is.
    covered, below : the counts of the standings, added.
    lowest, tied : problems where no other has a lower error, and where none surely has.
    compared : problems with others beside them.
    """

    problems: int
    mean: float
    log_error: float
    worst: float
    where: str
    covered: Count
    below: Count
    lowest: int
    tied: int
    compared: int


def scores(
    standings: Sequence[Standing],
    beside: Mapping[Key, PairedRatio],
    names: Collection[str],
    judged: str = BEST,
) -> tuple[Score, ...]:
    """The scores of `judged`, by divergence, problem and n, beside the others of these names."""
    rows = (s for s in standings if s.estimator == judged)
    return tuple(
        Score(s, {name: pair for name in names if (pair := beside.get(_key(s, name)))})
        for s in sorted(rows, key=lambda s: (s.divergence, s.problem, s.n))
    )


def _key(s: Standing, name: str) -> Key:
    return s.problem, s.divergence, name, s.n


def together(members: Sequence[Score]) -> Together:
    """Take scores of several problems as one."""
    known = [
        s for s in (score.standing for score in members) if s.ratio > 0 and s.below.of < s.seeds
    ]
    mean, log_error = geometric(known)
    worst, where = max(((s.ratio, s.problem) for s in known), default=(math.nan, ""))
    compared = [score for score in members if score.others]
    return Together(
        problems=len(members),
        mean=mean,
        log_error=log_error,
        worst=worst,
        where=where,
        covered=total(score.standing.covered for score in members),
        below=total(score.standing.below for score in members),
        lowest=sum(not score.lower for score in compared),
        tied=sum(not score.surely_lower for score in compared),
        compared=len(compared),
    )


def geometric(known: Sequence[Standing]) -> tuple[float, float]:
    """Return the geometric mean of ratios to the bound, and its logarithm's standard error."""
    if not known:
        return math.nan, math.nan
    errors = np.array([s.limit.common_error / s.ratio for s in known])
    mean = math.exp(float(np.mean([math.log(s.ratio) for s in known])))
    return mean, float(np.sqrt(np.sum(errors**2)) / len(known))
