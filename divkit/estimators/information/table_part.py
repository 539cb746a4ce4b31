r"""The information of two sets of labels as a part of a sum: value, errors, and signs of doubt.

The value is read on the path of laws from independence to the table (`table_path`), which knows
the bias of a sparse table as far as the path goes. What hides beside the path is judged by a
second law: p̂ in cells that stand out from independence by more than `STANDS_OUT` standard
deviations, and quasi-independence in the others (Goodman 1968). The bias under it makes a second
value; the mean of the two is the estimate, half of their difference a part of its error.

Where more than half of independence's mass is in cells with less than one row expected, and
independence is refuted, the bias may be anything. Where more than `UNSEEN` of the rows hold a
label that no other row has, so many hold labels not seen yet (Good 1953).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divkit.estimators.information.part import Part
from divkit.estimators.information.table_counts import cross_table, information_of, mean_plug_in
from divkit.estimators.information.table_path import TablePath, path_of
from divkit.results import z_of
from divkit.types import FloatArray

STANDS_OUT = 3.5
UNSEEN = 0.1
SPARSE = 0.5
_ROUNDS = 300


@dataclass(frozen=True, eq=False)
class TableReading:
    """A table's information.

    Attributes
    ----------
    path : of the table.
    value, error : the estimate and its standard error, `shape` of it from off the path.
    sparse : share of independence's mass in cells with less than one row expected.
    unseen : share of rows with a label of their own, the larger of the two sides'.
    shape : half the difference of the two values.
    """

    path: TablePath
    value: float
    error: float
    shape: float
    sparse: float
    unseen: float

    def interval(self, level: float) -> tuple[float, float]:
        """The path's interval about the value, widened by the shape's error in quadrature."""
        low, high = self.path.interval(level)
        middle, off = self.path.value, z_of(level) * self.shape
        if low > 0:
            low = max(0.0, self.value - float(np.hypot(middle - low, off)))
        return low, max(0.0, self.value) + float(np.hypot(max(high - max(middle, 0.0), 0.0), off))

    def reasons(self, level: float) -> Iterator[str]:
        """Yield reasons against the interval's upper end."""
        if self.unseen > UNSEEN:
            yield (
                f"{self.unseen:.0%} of the rows hold a label that no other row has: as many rows "
                "of the law hold labels not seen yet"
            )
        elif self.sparse > SPARSE and self.path.p_value <= 0.5 * (1 - level):
            yield "the table of labels has less than one row a cell, and is not independent"


def read_table(table: FloatArray, rng: np.random.Generator) -> TableReading:
    """Read a table (r, c) without empty rows or columns, two of each at least."""
    n = int(table.sum())
    share = table / n
    apart = np.outer(share.sum(axis=1), share.sum(axis=0))
    path = path_of(table, rng)
    law, kept = quasi_independent(share, n)
    off = np.abs(share - apart)
    still = 1 - float(off[kept].sum() / off.sum()) if off.any() else 1.0
    other = path.plug_in - (mean_plug_in(n)(law) + still * path.offset - information_of(law))
    beyond = path.plug_in <= path.mean[0]
    value = path.value if beyond else 0.5 * (path.value + other)
    shape = 0.0 if beyond else 0.5 * abs(path.value - other)
    return TableReading(
        path, value, float(np.hypot(path.error, shape)), shape,
        float(apart[n * apart < 1].sum()),
        float(max((table.sum(axis=axis) == 1).sum() for axis in (0, 1)) / n),
    )  # fmt: skip


def table_part(
    x: NDArray[np.int64], y: NDArray[np.int64], level: float, rng: np.random.Generator
) -> tuple[Part, TableReading | None]:
    """The information of labels (n,) and (n,), and its reading; none where a side is constant."""
    table = cross_table(x, y)
    if min(table.shape) < 2:
        return Part("table", np.zeros(len(x))), None
    read = read_table(table, rng)
    terms = _pointwise(table / len(x), read.path.stop)[x, y]
    terms += read.value - terms.mean()
    beside = max(0.0, read.error**2 - float(terms.var(ddof=1)) / len(x)) ** 0.5
    words = f"table {table.shape[0]} × {table.shape[1]}: p = {read.path.p_value:.3g}"
    return Part("table", terms, {"table": beside}, tuple(read.reasons(level)), (words,)), read


def quasi_independent(share: FloatArray, n: int) -> tuple[FloatArray, NDArray[np.bool_]]:
    """p̂ in cells that stand out, a_i b_j in the others, margins as they are; and which do."""
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    apart = np.outer(rows, columns)
    kept = np.abs(share - apart) * np.sqrt(n / apart) > STANDS_OUT
    fixed, free = np.where(kept, share, 0.0), np.where(kept, 0.0, apart)
    aims = rows - fixed.sum(axis=1), columns - fixed.sum(axis=0)
    for _ in range(_ROUNDS):  # iterative proportional fitting (Deming, Stephan 1940)
        free = free * _ratio(aims[0], free.sum(axis=1))[:, None]
        free = free * _ratio(aims[1], free.sum(axis=0))
    law = fixed + free
    return law / law.sum(), kept


def _ratio(aim: FloatArray, held: FloatArray) -> FloatArray:
    return np.where(held > 0, np.maximum(aim, 0.0) / np.where(held > 0, held, 1.0), 0.0)


def _pointwise(share: FloatArray, t: float) -> FloatArray:
    """log p_t/(p̂_x p̂_y) of each cell of p̂, 0 elsewhere (r, c)."""
    apart = np.outer(share.sum(axis=1), share.sum(axis=0))
    ratio = np.where(share > 0, (1 - t) + t * share / apart, 1.0)
    return np.log(np.where(ratio > 0, ratio, 1.0))
