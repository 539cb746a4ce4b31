r"""One column at a time: where two samples differ on their margins.

The JSD of a column is at most that of the rows (data processing), so that a large one explains the
whole; a small one does not excuse it, since columns may differ in how they hang together. Beside
it stand Wasserstein-1 in units of the pooled mean distance from the median, and the test of
Kolmogorov and Smirnov with Holm's correction for the number of columns: if p = q, a column is
called different with probability at most α.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from divkit.estimators.api import estimate
from divkit.plain import PlainFields
from divkit.results import Result
from divkit.rng import RandomState
from divkit.samples import NamedRows, Pair
from divkit.types import FloatArray, Samples


@dataclass(frozen=True)
class ColumnComparison(PlainFields):
    """A column's own comparison.

    Attributes
    ----------
    name : of the column, or its number.
    js : JSD of the two margins, in nats.
    w1 : Wasserstein-1 between the samples, in units of `unit`.
    unit : the pooled mean distance from the median, in the column's units.
    medians : of x and of y.
    p_value : Kolmogorov–Smirnov, corrected by Holm for all columns.
    """

    name: str
    js: Result
    w1: float
    unit: float
    medians: tuple[float, float]
    p_value: float


def features(
    pair: Pair, *, method: str = "auto", rng: RandomState = 0, level: float = 0.95
) -> tuple[ColumnComparison, ...]:
    """Return every column's comparison, the greatest JSD first."""
    rows = pair.standardised
    tests = [stats.ks_2samp(a, b).pvalue for a, b in zip(rows.x.T, rows.y.T, strict=True)]
    corrected = holm(np.array(tests))
    columns = []
    for k in range(pair.dim):
        x, y = rows.x[:, k], rows.y[:, k]
        own = named_rows(pair, k)  # in their own units, where steps and ties are exact
        columns.append(
            ColumnComparison(
                name_of(pair, k),
                estimate(*own, "js", method, rng=rng, level=level),
                float(stats.wasserstein_distance(x, y)),
                float(pair.standard.unit[k]),
                (float(np.median(pair.x[:, k])), float(np.median(pair.y[:, k]))),
                float(corrected[k]),
            )
        )
    return tuple(sorted(columns, key=lambda feature: -feature.js.value))


def name_of(pair: Pair, column: int) -> str:
    """The column's name, or its number; both where another column has the name too."""
    if not pair.columns:
        return f"column {column}"
    name = pair.columns[column]
    return f"{name} (column {column})" if pair.columns.count(name) > 1 else name


def named_rows(pair: Pair, *shown: int) -> tuple[Samples, Samples]:
    """Return some columns of both samples, or all, under their names where they have any."""
    which = list(shown) or list(range(pair.dim))
    x, y = pair.x[:, which], pair.y[:, which]
    if not pair.columns:
        return x, y
    names = tuple(name_of(pair, k) for k in which)
    return NamedRows(x, names), NamedRows(y, names)


def holm(p_values: FloatArray) -> FloatArray:
    """Holm's step-down correction: valid whatever the dependence (Holm 1979).

    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    raised = np.minimum(p_values[order] * (count - np.arange(count)), 1.0)
    corrected = np.empty(count)
    corrected[order] = np.maximum.accumulate(raised)
    return corrected
