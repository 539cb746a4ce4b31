"""The leaderboard: how far an estimator is from the statistical limit, and whether it covers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from divkit.bench.cells import Row
from divkit.bench.counts import Count
from divkit.bench.limit import Limit, against_limit
from divkit.bench.truth import ProblemTruth
from divkit.problems import PROBLEMS

SURE = 3.0
"""Stated errors beyond which a value is wrong and sure."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An estimator on a problem at one n.

    Attributes
    ----------
    problem, divergence, estimator, n : which.
    seeds, failures : estimates made, and cells without one.
    truth, sigma : the divergence, and the efficiency bound (inf where there is none).
    limit : how far it is from the bound.
    bias, rmse : of the estimates, in the divergence's unit.
    typical : median distance from the truth, which one estimate far off does not move.
    covered : two-sided intervals, and those of them that hold the truth; the others are wrong.
    below : estimates that call themselves lower bounds, and those whose interval holds the truth.
    sure : two-sided intervals with a finite error, and those of them whose value is further than
        `SURE` such errors from the truth: wrong, and sure of it.
    seconds : median processor time of an estimate.
    memory : most bytes that an estimate took; NaN where it is not known.
    failure : the first reason of a failure.
    warned, warning : estimates that came with warnings, and the commonest of these.
    codes : versions of the code that made the rows.

    Examples
    --------
    >>> Standing(problem="shift1", divergence="kl", estimator="mine", n=200, seeds=5).ratio
    nan
    """

    problem: str
    divergence: str
    estimator: str
    n: int
    seeds: int
    failures: int = 0
    truth: float = math.nan
    sigma: float = math.nan
    limit: Limit = field(default_factory=Limit)
    bias: float = math.nan
    rmse: float = math.nan
    typical: float = math.nan
    covered: Count = field(default_factory=Count)
    below: Count = field(default_factory=Count)
    sure: Count = field(default_factory=Count)
    seconds: float = math.nan
    memory: float = math.nan
    failure: str = ""
    warned: int = 0
    warning: str = ""
    codes: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        """The common-sample ratio; NaN where the bound, not below the truth, says nothing."""
        return self.limit.common if self.sigma < self.truth else math.nan


def standings(
    rows: Iterable[Row], truths: Mapping[tuple[str, str], ProblemTruth]
) -> tuple[Standing, ...]:
    """One standing for each (problem, divergence, estimator, n)."""

    def key(row: Row) -> tuple[str, str, int, str]:
        cell = row.cell
        return cell.problem, cell.divergence, cell.n, cell.estimator

    groups = groupby(sorted(rows, key=key), key=key)
    return tuple(standing(list(members), truths[name[:2]]) for name, members in groups)


def standing(rows: Sequence[Row], truth: ProblemTruth) -> Standing:
    """The standing of rows that differ in their seed alone."""
    cell, good = rows[0].cell, [row for row in rows if not row.failure]
    warnings = Counter(words for row in good for words in row.warnings)
    sigma = truth.bound(*PROBLEMS[cell.problem].distinct(cell.n))
    value, error, oracle, seconds = _columns(good)
    wrong = value - truth.value
    return Standing(
        problem=cell.problem,
        divergence=cell.divergence,
        estimator=cell.estimator,
        n=cell.n,
        seeds=len(good),
        failures=len(rows) - len(good),
        truth=truth.value,
        sigma=sigma,
        limit=against_limit(value, error, oracle, truth.value, sigma) if good else Limit(),
        bias=float(wrong.mean()) if good else math.nan,
        rmse=math.sqrt(np.mean(wrong**2)) if good else math.nan,
        typical=float(np.median(abs(wrong))) if good else math.nan,
        covered=_held([row for row in good if not row.lower_bound], truth),
        below=_held([row for row in good if row.lower_bound], truth),
        sure=_sure(good, truth.value),
        seconds=float(np.median(seconds)) if good else math.nan,
        memory=max((float(r.memory) for r in good if r.memory is not None), default=math.nan),
        failure=next((row.failure for row in rows if row.failure), ""),
        warned=sum(bool(row.warnings) for row in good),
        warning=next((words for words, _ in warnings.most_common(1)), ""),
        codes=tuple(sorted({row.code for row in rows})),
    )


def _columns(rows: Sequence[Row]) -> np.ndarray:
    """Values, errors, the oracle's values and seconds, one row each (4, seeds)."""
    table = [(row.value, row.error, row.oracle, row.seconds) for row in rows]
    return np.array(table).reshape(-1, 4).T


def _sure(rows: Sequence[Row], truth: float) -> Count:
    """Values further from the truth than `SURE` of the errors that they state, of those stated."""
    stated = [row for row in rows if math.isfinite(row.error) and not row.lower_bound]
    return Count(sum(abs(row.value - truth) > SURE * row.error for row in stated), len(stated))


def _held(rows: Sequence[Row], truth: ProblemTruth) -> Count:
    """Intervals that hold the truth, of those that were given."""
    given = [row for row in rows if not math.isnan(row.low)]
    return Count(sum(row.low <= truth.value <= row.high for row in given), len(given))
