r"""A lower limit of the information of many labels: that of a few groups of them.

I(g(x); h(y)) ≤ I(x; y) for all functions g and h. They are found on one half of the rows: labels
in the order of their place in the first singular vectors of the table's standardised residuals
(correspondence analysis; Benzécri 1973), cut into `GROUPS` of equal numbers of rows. The other
half is counted in these groups, a small table, whose limit is that of `table_path`. Labels that
the first half has not are one group more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from divkit.estimators.information.side import together
from divkit.estimators.information.table_counts import cross_table
from divkit.estimators.information.table_path import path_of
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray

GROUPS = 5


def grouped_limit(
    x: NDArray[np.int64], y: NDArray[np.int64], level: float, rng: RandomState
) -> float:
    """A value that the information of labels (n,) exceeds at this level."""
    generator = as_generator(rng)
    order = generator.permutation(len(x))
    half = len(x) // 2
    ways = _ways(cross_table(x, y), x[order[:half]], y[order[:half]])
    coarse = [
        together([way[labels[order[half:]]]], len(x) - half)
        for way, labels in zip(ways, (x, y), strict=True)
    ]
    table = cross_table(*coarse)
    if min(table.shape) < 2:
        return 0.0
    return path_of(table, generator).interval(2 * level - 1)[0]  # one side of it is used


def _ways(
    shape: FloatArray, x: NDArray[np.int64], y: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The group of each label of x and of y, by these rows; GROUPS for labels not among them."""
    table = np.zeros_like(shape)
    np.add.at(table, (x, y), 1.0)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    apart = np.outer(rows, columns) / len(x)
    residual = np.where(apart > 0, (table - apart) / np.sqrt(np.where(apart > 0, apart, 1.0)), 0.0)
    left, _, right = np.linalg.svd(residual, full_matrices=False)
    return _cut(left[:, 0], rows), _cut(right[0], columns)


def _cut(axis: FloatArray, held: FloatArray) -> NDArray[np.int64]:
    place = np.where(held > 0, axis / np.sqrt(np.where(held > 0, held, 1.0)), np.inf)
    order = np.argsort(place, kind="stable")
    before = np.cumsum(held[order]) - 0.5 * held[order]
    group = np.empty(len(held), dtype=np.int64)
    group[order] = np.minimum(before * GROUPS / held.sum(), GROUPS - 1).astype(np.int64)
    return np.where(held > 0, group, GROUPS)
