r"""Two estimators on the same draws: the ratio of their errors, and what chance leaves of it.

    ratio = √(Σ a_s² / Σ b_s²),  a_s, b_s the errors of the two on the draw of seed s.

Its interval is a bootstrap over seeds, pairs kept together, so that a draw that is hard on both
weighs on both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from divkit.bench.cells import Row
from divkit.bench.truth import ProblemTruth
from divkit.types import FloatArray

_RESAMPLES = 4000
BEST = "auto"
"""The estimator against which others are held."""
Key = tuple[str, str, str, int]
"""Problem, divergence, estimator, n."""


@dataclass(frozen=True)
class PairedRatio:
    """RMSE over that of another estimator, on the seeds that both have.

    Attributes
    ----------
    seeds : how many both have.
    ratio : above 1 where the other is better.
    low, high : 95 % percentile interval of the bootstrap; NaN with one seed.
    """

    seeds: int
    ratio: float
    low: float
    high: float


def paired(
    rows: Iterable[Row], truths: Mapping[tuple[str, str], ProblemTruth], other: str = BEST
) -> dict[Key, PairedRatio]:
    """Each estimator against `other`, by problem and n; those without a common seed left out."""
    wrong = {
        row.cell: row.value - truths[row.cell.problem, row.cell.divergence].value
        for row in rows
        if not row.failure
    }
    pairs: dict[Key, list[tuple[float, float]]] = {}
    for cell, error in sorted(wrong.items(), key=lambda entry: entry[0].seed):
        best = wrong.get(replace(cell, estimator=other))
        if best is not None and cell.estimator != other:
            key = cell.problem, cell.divergence, cell.estimator, cell.n
            pairs.setdefault(key, []).append((error**2, best**2))
    return {key: _compared(np.array(squares)) for key, squares in pairs.items()}


def _compared(squares: FloatArray) -> PairedRatio:
    """From squared errors (seeds, 2)."""
    seeds = len(squares)
    low = high = math.nan
    if seeds > 1:
        picked = np.random.default_rng(0).integers(seeds, size=(_RESAMPLES, seeds))
        drawn = squares[picked].sum(axis=1)  # (resamples, 2)
        ratios = np.sqrt(drawn[:, 0] / drawn[:, 1])
        low, high = np.quantile(ratios, (0.025, 0.975), method="nearest")  # some may be infinite
    total = squares.sum(axis=0)
    return PairedRatio(seeds, math.sqrt(total[0] / total[1]), float(low), float(high))
