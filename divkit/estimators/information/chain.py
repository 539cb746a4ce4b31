r"""Labels and numbers on either side: the chain rule, term by term.

    I(D, C; E, F) = I(D; E) + I(D; F | E) + I(C; E | D) + I(C; F | D, E)

for labels D, E and numbers C, F. The first term is a table's, the next two are of classes within
each label, the last is the information of numbers within each cell of the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from divkit.estimators.information.class_tree import class_part
from divkit.estimators.information.pairs import PairedSample
from divkit.estimators.information.part import Part, total
from divkit.estimators.information.side import PairSide, PairSides, together
from divkit.estimators.information.table_part import TableReading, table_part
from divkit.results import Result
from divkit.types import FloatArray

LEAST = 32
"""Rows of a cell below which the information of its numbers is not estimated."""

Numbers = Callable[[PairedSample], Result]
"""The estimator of the information of numbers."""


def chained(
    both: PairSides, level: float, rng: np.random.Generator, numbers: Numbers
) -> tuple[list[Part], TableReading | None]:
    """The terms of the module, those that are not 0, and the table's reading."""
    x, y, n = both.x, both.y, len(both.x)
    table, read = table_part(x.labels, y.labels, level, rng)
    parts = [table] if read else []
    for own, other in ((x, y), (y, x)):
        if own.count > 1 and other.dim:
            parts.append(_classes(own, other, rng))
    if x.dim and y.dim:
        parts.append(_numbers(x, y, n, numbers))
    return parts, read


def _classes(own: PairSide, other: PairSide, rng: np.random.Generator) -> Part:
    """I(labels of one; numbers of the other | labels of the other)."""
    n = len(own)
    parts = []
    for rows in _groups(other.labels):
        z = _varying(other.rows[rows])
        if z.shape[1]:
            labels = together([own.labels[rows]], len(rows))
            parts.append(class_part(labels, z, rng).among(rows, n))
    return total(f"classes of {own.name}", parts, n)


def _numbers(x: PairSide, y: PairSide, n: int, numbers: Numbers) -> Part:
    """I(numbers; numbers | labels of both)."""
    cells = list(_groups(together([x.labels, y.labels], n)))
    return total("numbers", [_cell(x, y, rows, n, numbers) for rows in cells], n)


def _cell(x: PairSide, y: PairSide, rows: NDArray[np.intp], n: int, numbers: Numbers) -> Part:
    u, v = _varying(x.rows[rows]), _varying(y.rows[rows])
    none = Part("numbers", np.zeros(len(rows)))
    if not (u.shape[1] and v.shape[1]):
        return none.among(rows, n)
    if len(rows) < LEAST:
        words = f"a cell of labels has {len(rows)} rows, too few for the information of numbers"
        return replace(none, reasons=(words,)).among(rows, n)
    result = numbers(PairedSample(u, v))
    terms = np.full(len(rows), result.value)
    if result.one_sided or not np.isfinite(result.error):
        return Part("numbers", terms, {}, result.warnings[-1:]).among(rows, n)
    return Part("numbers", terms, {"numbers": result.error}, details=(result.method,)).among(
        rows, n
    )


def _groups(labels: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
    """The rows of each label."""
    for label in np.unique(labels):
        yield np.flatnonzero(labels == label)


def _varying(z: FloatArray) -> FloatArray:
    """The columns that are not constant."""
    return z[:, np.ptp(z, axis=0) > 0] if len(z) else z
