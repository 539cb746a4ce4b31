r"""The leaderboard by regime: what each estimator is worth where problems are hard in one way.

Over the problems of a regime, each with its divergence and n, the ratio of an estimator is the
geometric mean of its ratios to the efficiency bound, with the standard error of its logarithm from
those of the ratios. Its rank is the mean of its ranks by root mean square error on each problem,
over the draws that it was given, where one that refuses half of them or more is last; one that was
not run on every problem of the regime has no rank, and is none of those that others are ranked
among. The interval is the bootstrap's over seeds, drawn alike for all, so that a hard draw weighs
on all of them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from divkit.bench.board import Standing
from divkit.bench.cells import Row
from divkit.bench.counts import Count, total
from divkit.bench.scores import geometric
from divkit.bench.truth import ProblemTruth
from divkit.problems import PROBLEMS
from divkit.types import FloatArray

_RESAMPLES = 500
FEW_ROWS = 100
"""Rows of a sample up to which a task is hard by their number, whatever its laws."""
Truths = Mapping[tuple[str, str], ProblemTruth]
Place = tuple[str, str, int]
"""A problem, a divergence, n."""


@dataclass(frozen=True)
class RegimeScore:
    """An estimator in a regime.

    Attributes
    ----------
    regime, estimator : which.
    problems, tasks : problems × divergences × sizes with a row of it, and all of the regime's.
    ratio, log_error : to the bound, and the standard error of its logarithm; NaN where no problem
        has a ratio.
    ratios : how many problems have one.
    bias : mean of the biases over the bound.
    covered, sure : intervals that hold the truth; values that are wrong and sure.
    answers : cells with an estimate, of all.
    seconds, memory : median over problems of processor seconds; most bytes.
    rank, low, high : mean rank among the estimators of the regime, with its 95 % interval; NaN
        where it lacks rows of a problem.

    Examples
    --------
    >>> from divkit.bench.board import standings
    >>> from divkit.bench.cells import Cell
    >>> from divkit.bench.truth import ProblemTruth
    >>> row = Row(Cell("shift1", "kl", "mine", 200, 0), 0.52, 0.1, 0.33, 0.71, 0.5, 0.01)
    >>> truths = {("shift1", "kl"): ProblemTruth(0.5, 0.0, 1.0, 1.7)}
    >>> score = regime_scores([row], standings([row], truths), truths)[0]
    >>> score.estimator, score.covered.share
    ('mine', 1.0)
    """

    regime: str
    estimator: str
    problems: int
    tasks: int
    ratio: float
    log_error: float
    ratios: int
    bias: float
    covered: Count
    sure: Count
    answers: Count
    seconds: float
    memory: float
    rank: float
    low: float
    high: float


def regime_scores(
    rows: Sequence[Row], members: Sequence[Standing], truths: Truths
) -> tuple[RegimeScore, ...]:
    """Return the scores, regime by regime, best mean rank first, those without one last.

    >>> from divkit.bench.board import standings
    >>> from divkit.bench.cells import Cell
    >>> from divkit.bench.truth import ProblemTruth
    >>> rows = [
    ...     Row(Cell("shift1", "kl", name, 200, seed), value, 0.1, 0.33, 0.71, 0.5, 0.01)
    ...     for name, value in (("near", 0.51), ("far", 0.6))
    ...     for seed in (0, 1)
    ... ]
    >>> truths = {("shift1", "kl"): ProblemTruth(0.5, 0.0, 1.0, 1.7)}
    >>> [s.estimator for s in regime_scores(rows, standings(rows, truths), truths)]
    ['near', 'far']
    """
    by_regime: dict[str, list[Standing]] = defaultdict(list)
    for each in members:
        by_regime[regime_of(each.problem, each.n)].append(each)
    out: list[RegimeScore] = []
    for regime in sorted(by_regime):
        inside = {_place(s) for s in by_regime[regime]}
        ranks = mean_ranks([row for row in rows if _place(row.cell) in inside], truths)
        scores = [
            _score(
                regime, [s for s in by_regime[regime] if s.estimator == name], len(inside), rank
            )
            for name, rank in ranks.items()
        ]
        out += sorted(scores, key=lambda score: (math.isnan(score.rank), score.rank))
    return tuple(out)


def regime_of(problem: str, n: int) -> str:
    """Return the regime of a task: that of its problem, but for samples of few rows.

    >>> regime_of("shift1", 1000), regime_of("shift1", FEW_ROWS)
    ('line', 'few rows')
    """
    return "few rows" if n <= FEW_ROWS else PROBLEMS[problem].regime.value


def _place(of: object) -> Place:
    return of.problem, of.divergence, of.n  # type: ignore[attr-defined]


def _score(
    regime: str, own: Sequence[Standing], tasks: int, rank: tuple[float, float, float]
) -> RegimeScore:
    known = [s for s in own if 0 < s.ratio < math.inf]
    ratio, error = geometric(known)
    biases = [s.limit.bias for s in known if not math.isnan(s.limit.bias)]
    seconds = [s.seconds for s in own if not math.isnan(s.seconds)]
    return RegimeScore(
        regime=regime,
        estimator=own[0].estimator,
        problems=len(own),
        tasks=tasks,
        ratio=ratio,
        log_error=error,
        ratios=len(known),
        bias=float(np.mean(biases)) if biases else math.nan,
        covered=total(s.covered for s in own),
        sure=total(s.sure for s in own),
        answers=Count(sum(s.seeds for s in own), sum(s.seeds + s.failures for s in own)),
        seconds=float(np.median(seconds)) if seconds else math.nan,
        memory=max((s.memory for s in own if not math.isnan(s.memory)), default=math.nan),
        rank=rank[0],
        low=rank[1],
        high=rank[2],
    )


def mean_ranks(rows: Iterable[Row], truths: Truths) -> dict[str, tuple[float, float, float]]:
    """Return each estimator's mean rank over problems, with a bootstrap interval over seeds.

    Those that lack rows of a problem have NaN.
    """
    squares = _squares(rows, truths)
    every = sorted({name for table in squares.values() for name in table})
    names = [name for name in every if all(name in table for table in squares.values())]
    unranked = dict.fromkeys(every, (math.nan,) * 3)
    if not names:
        return unranked
    rng = np.random.default_rng(0)
    drawn = np.array([
        np.mean([_ranked(table, names, rng if k else None) for table in squares.values()], axis=0)
        for k in range(_RESAMPLES + 1)
    ])  # fmt: skip
    low, high = np.quantile(drawn[1:], (0.025, 0.975), axis=0)
    return unranked | {
        name: (float(drawn[0, k]), float(low[k]), float(high[k])) for k, name in enumerate(names)
    }


def _squares(rows: Iterable[Row], truths: Truths) -> dict[Place, dict[str, dict[int, float]]]:
    """Squared errors by problem, estimator and seed; NaN where there is no estimate."""
    out: dict[Place, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        truth = truths[row.cell.problem, row.cell.divergence].value
        out[_place(row.cell)][row.cell.estimator][row.cell.seed] = (row.value - truth) ** 2
    return out


def _ranked(
    table: Mapping[str, Mapping[int, float]], names: Sequence[str], rng: np.random.Generator | None
) -> FloatArray:
    """Ranks of the estimators on a problem (E,), at its seeds or a bootstrap draw of them."""
    seeds = sorted({seed for errors in table.values() for seed in errors})
    picked = np.arange(len(seeds)) if rng is None else rng.integers(len(seeds), size=len(seeds))
    given = np.array([[seed in table[name] for seed in seeds] for name in names])[:, picked]
    errors = np.array([[table[name].get(seed, math.nan) for seed in seeds] for name in names])[
        :, picked
    ]
    answered = np.isfinite(errors)
    sums = np.where(answered, errors, 0.0).sum(axis=1)
    means = np.where(
        2 * answered.sum(axis=1) > given.sum(axis=1),
        sums / np.maximum(answered.sum(axis=1), 1),
        np.inf,
    )
    return np.asarray(rankdata(means, method="average"), dtype=np.float64)
