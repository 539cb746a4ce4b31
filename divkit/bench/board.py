r"""The leaderboard: how far an estimator is from the statistical limit, and whether it covers.

With σ the efficiency bound, ε = oracle − truth and δ = estimate − oracle on the same samples:

    plain ratio  = RMSE/σ,      common-sample ratio = √(1 + E[δ²]/σ² + 2 E[δε]/σ²).

Both estimate RMSE/σ; in the second the luck of the draw, E[ε²] against σ², has its mean instead.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from divkit.bench.cells import Row
from divkit.bench.truth import Truth


@dataclass(frozen=True)
class Standing:
    """An estimator on a problem at one n.

    Attributes
    ----------
    problem, divergence, estimator, n : which.
    seeds, failures : estimates made, and cells without one.
    plain, common : the two ratios to the bound; NaN where the bound is infinite.
    bias, rmse : of the estimates, in the divergence's unit.
    coverage : share of intervals that hold the truth, those that end at ∞ among them; NaN where
        none was given.
    intervals : how many estimates gave one with two finite ends.
    seconds : median processor time of an estimate.
    failure : the first reason of a failure.
    typical : median distance from the truth, which one estimate far off does not move.
    flagged : estimates that came with warnings.
    warning : the commonest of them.
    """

    problem: str
    divergence: str
    estimator: str
    n: int
    seeds: int
    failures: int
    plain: float
    common: float
    bias: float
    rmse: float
    coverage: float
    seconds: float
    failure: str = ""
    typical: float = math.nan
    intervals: int = 0
    flagged: int = 0
    warning: str = ""


def standings(
    rows: Iterable[Row], truths: Mapping[tuple[str, str], Truth]
) -> tuple[Standing, ...]:
    """One standing for each (problem, divergence, estimator, n)."""

    def key(row: Row) -> tuple[str, str, int, str]:
        cell = row.cell
        return cell.problem, cell.divergence, cell.n, cell.estimator

    groups = groupby(sorted(rows, key=key), key=key)
    return tuple(standing(list(members), truths[name[:2]]) for name, members in groups)


def standing(rows: list[Row], truth: Truth) -> Standing:
    """The standing of rows that differ in their seed alone."""
    cell, good = rows[0].cell, [row for row in rows if not row.failure]
    words = next((row.failure for row in rows if row.failure), "")
    told = Counter(words for row in good for words in row.warnings)
    figures = _figures(good, truth, truth.bound(cell.n, cell.n)) if good else (math.nan,) * 6
    return Standing(
        cell.problem,
        cell.divergence,
        cell.estimator,
        cell.n,
        len(good),
        len(rows) - len(good),
        *figures,
        words,
        float(np.median([abs(row.value - truth.value) for row in good])) if good else math.nan,
        sum(map(_bounded, good)),
        sum(bool(row.warnings) for row in good),
        next((words for words, _ in told.most_common(1)), ""),
    )


def _bounded(row: Row) -> bool:
    """Whether the estimate gave an interval with two finite ends."""
    return math.isfinite(row.low + row.high)


def _figures(
    rows: list[Row], truth: Truth, bound: float
) -> tuple[float, float, float, float, float, float]:
    value = np.array([row.value for row in rows])
    oracle = np.array([row.oracle for row in rows])
    wrong, luck, beyond = value - truth.value, oracle - truth.value, value - oracle
    rmse = float(np.sqrt(np.mean(wrong**2)))
    plain = common = math.nan
    if math.isfinite(bound) and bound > 0:
        plain = rmse / bound
        square = 1 + np.mean(beyond**2) / bound**2 + 2 * np.mean(beyond * luck) / bound**2
        common = float(np.sqrt(square)) if square >= 0 else math.nan
    covered = [row.low <= truth.value <= row.high for row in rows if not math.isnan(row.low)]
    coverage = float(np.mean(covered)) if covered else math.nan
    seconds = float(np.median([row.seconds for row in rows]))
    return plain, common, float(wrong.mean()), rmse, coverage, seconds
