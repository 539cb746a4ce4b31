r"""One column at a time: where two samples differ on their margins.

The JSD of a column is at most that of the rows (data processing), so that a large one explains the
whole; a small one does not excuse it, since columns may differ in how they hang together. Beside
it stand Wasserstein-1 in units of the pooled mean distance from the median, and the test of
Kolmogorov and Smirnov with Holm's correction for the number of columns: if p = q, a column is
called different with probability at most α.

Labels have no order and no distance. Their test is that of χ² given the counts of both samples
together, whose law under p = q is hypergeometric: `DRAWS` tables are drawn from it, and with the
rank of the one seen among them the level is exact (Phipson and Smyth 2010, equation 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from divkit.estimators.api import estimate
from divkit.plain import PlainFields
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import NamedRows, Pair
from divkit.types import FloatArray, Samples
from divkit.work import parts

DRAWS = 9999
"""Tables drawn for the test of a column of labels."""


@dataclass(frozen=True)
class ColumnComparison(PlainFields):
    """A column's own comparison.

    Attributes
    ----------
    name : of the column, or its number.
    js : JSD of the two margins, in nats.
    w1 : Wasserstein-1 between the samples, in units of `unit`; None of labels.
    unit : the pooled mean distance from the median, in the column's units; None of labels.
    medians : of x and of y; the most frequent labels where the column holds labels.
    p_value : Kolmogorov–Smirnov, or χ² given both samples' counts for labels; corrected by Holm
        for all columns.

    Examples
    --------
    >>> import numpy as np
    >>> from divkit.comparison import features
    >>> from divkit.samples import two_samples
    >>> x, y = np.random.default_rng(0).normal(size=(2, 40, 1))
    >>> column = features(two_samples(x, y + 2), method="knn")[0]
    >>> column.p_value < 0.01, column.medians[0] < column.medians[1]
    (True, True)
    """

    name: str
    js: Result
    w1: float | None
    unit: float | None
    medians: tuple[float, float] | tuple[str, str]
    p_value: float


def features(
    pair: Pair, *, method: str = "auto", rng: RandomState = 0, level: float = 0.95
) -> tuple[ColumnComparison, ...]:
    """Return every column's comparison, the greatest JSD first.

    >>> import numpy as np
    >>> from divkit.samples import two_samples
    >>> x, y = np.random.default_rng(0).normal(size=(2, 40, 2)) + [[[0, 0]], [[0, 3]]]
    >>> [column.name for column in features(two_samples(x, y), method="knn")]
    ['column 1', 'column 0']
    """
    generator = as_generator(rng)
    tests = [_p_value(pair, k, generator) for k in range(pair.dim)]
    corrected = holm(np.array(tests))
    columns = []
    for k in parts(range(pair.dim)):
        own = named_rows(pair, k)  # in their own units, where steps and ties are exact
        js = estimate(*own, "js", method, rng=rng, level=level)
        p_value = float(corrected[k])
        words = pair.labels_of(k)
        if words:
            common = words[_commonest(pair.x[:, k])], words[_commonest(pair.y[:, k])]
            columns.append(ColumnComparison(name_of(pair, k), js, None, None, common, p_value))
            continue
        rows, unit = pair.standardised, float(pair.standard.unit[k])
        w1 = float(stats.wasserstein_distance(rows.x[:, k], rows.y[:, k]))
        medians = float(np.median(pair.x[:, k])), float(np.median(pair.y[:, k]))
        columns.append(ColumnComparison(name_of(pair, k), js, w1, unit, medians, p_value))
    return tuple(sorted(columns, key=lambda feature: -feature.js.value))


def _p_value(pair: Pair, column: int, generator: np.random.Generator) -> float:
    if pair.labels_of(column):
        return labels_p_value(pair.x[:, column], pair.y[:, column], generator)
    rows = pair.standardised
    return float(stats.ks_2samp(rows.x[:, column], rows.y[:, column]).pvalue)


def labels_p_value(x: FloatArray, y: FloatArray, generator: np.random.Generator) -> float:
    """P-value of equal laws of labels x (n,) and y (m,), given how often each occurs in both.

    >>> generator = np.random.default_rng(0)
    >>> labels_p_value(np.repeat([0.0, 1.0], 20), np.repeat([1.0, 0.0], 20), generator)
    1.0
    """
    both = np.unique(np.concatenate([x, y]), return_inverse=True)[1].reshape(-1)
    pooled = np.bincount(both)
    seen = np.bincount(both[: len(x)], minlength=len(pooled))
    drawn = generator.multivariate_hypergeometric(pooled, len(x), DRAWS, method="marginals")
    expected = pooled * (len(x) / len(both))

    def distance(counts: NDArray[np.int64]) -> FloatArray:
        """χ² up to a factor that all tables of these margins share."""
        return np.asarray(((counts - expected) ** 2 / pooled).sum(axis=-1))

    least = float(distance(seen)) * (1 - 1e-12)  # a tie in exact arithmetic counts as one
    return float(1 + (distance(drawn) >= least).sum()) / (1 + DRAWS)


def _commonest(places: FloatArray) -> int:
    return int(np.bincount(places.astype(np.int64)).argmax())


def name_of(pair: Pair, column: int) -> str:
    """The column's name, or its number; both where another column has the name too."""
    if not pair.columns:
        return f"column {column}"
    name = pair.columns[column]
    return f"{name} (column {column})" if pair.columns.count(name) > 1 else name


def named_rows(pair: Pair, *shown: int) -> tuple[Samples, Samples]:
    """Return some columns of both samples, or all, under their names where they have any."""
    which = list(shown) or list(range(pair.dim))
    x, y = pair.cells(which)
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
