r"""The two sides of a mutual information: labels and numbers, row by row.

Columns of texts, booleans and categories are labels. A column of numbers is what its values say
(`divkit.samples.columns`): labels where it has few values or only atoms; numbers where it is
continuous, or rounded to more than `LEVELS` levels, which are ordered values; both where it has
atoms beside a continuous part, a label that says which atom, if any, and the number. A constant
says nothing and is left out. Where several columns of labels have too many combinations to be seen
often, they are numbers, 0 and 1 for each label. Copies of pairs are counted once
(`divkit.samples.copies`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divkit.estimators.information.pairs import PairedSample
from divkit.samples.columns import ColumnKind, column
from divkit.samples.copies import distinct
from divkit.samples.labels import EncodedColumns, table
from divkit.samples.serial import paired_serial_notes
from divkit.types import FloatArray, Samples

_REPEATING = frozenset({ColumnKind.LATTICE, ColumnKind.MIXED})
LEVELS = 30
"""Levels up to which a rounded column is one of labels."""
OFTEN, SELDOM = 8, 0.2
"""Where more than this share of rows have a combination of labels with fewer rows than this, the
labels of several columns are taken as numbers."""


@dataclass(frozen=True, eq=False)
class PairSide:
    """One side.

    Attributes
    ----------
    name : "x" or "y".
    labels : (n,), 0 … count − 1, of all columns of labels and atoms together.
    rows : (n, d), the numbers.
    whole : (n, e), every column that is not constant, labels by their place.
    kinds : what was seen in each column, in words.
    """

    name: str
    labels: NDArray[np.int64]
    rows: FloatArray
    whole: FloatArray
    kinds: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def count(self) -> int:
        """Number of labels seen."""
        return int(self.labels.max()) + 1

    @property
    def dim(self) -> int:
        """Number of columns of numbers."""
        return int(self.rows.shape[1])

    @property
    def constant(self) -> bool:
        """Whether no column says anything."""
        return self.count == 1 and self.dim == 0


@dataclass(frozen=True, eq=False)
class PairSides:
    """x and y, and what was done to them."""

    x: PairSide
    y: PairSide
    notes: tuple[str, ...] = ()

    @property
    def pairs(self) -> PairedSample:
        """All columns as numbers, labels by their place, for limits that hold for all laws."""
        return PairedSample(self.x.whole, self.y.whole, self.notes)


def sides(x: Samples, y: Samples, *, above: int = 1) -> PairSides:
    """Return the sides of pairs (x_i, y_i).

    Parameters
    ----------
    x, y : (n, d) and (n, e): what `divkit.samples.as_rows` takes, and columns of labels.
    above : more pairs than this are needed.

    Raises
    ------
    ValueError
        If the numbers of rows differ, there are not more than `above`, or a cell is missing.
    TypeError
        If a cell is neither a real number nor a label.

    Examples
    --------
    >>> both = sides(["a", "b", "a", "b"], [0.5, 1.25, 0.0, 7.0])
    >>> both.x.count, both.x.dim, both.y.count, both.y.dim
    (2, 0, 1, 1)
    """
    _require_one_index(x, y)
    first, second = table(x, "x"), table(y, "y")
    if len(first.values) != len(second.values):
        raise ValueError(
            "x and y are pairs, row by row; got "
            f"{len(first.values)} and {len(second.values)} rows."
        )
    unique = distinct(np.hstack([first.values, second.values]), "(x, y)")
    if len(unique.kept) <= above:
        raise ValueError(
            f"mutual information needs more than {above} pairs here; got {len(unique.kept)}"
            f"{' distinct ones' if unique.copies else ''}. Draw more."
        )
    first, second = (replace(t, values=t.values[unique.kept]) for t in (first, second))
    series = paired_serial_notes(first.values, second.values)
    notes = (*first.notes, *second.notes, *unique.note("(x, y)"), *series)
    return PairSides(_side(first, "x"), _side(second, "y"), notes)


def _require_one_index(x: Any, y: Any) -> None:
    """Refuse frames whose rows have other names: which belongs to which cannot be told."""
    indexes: list[Any] = [getattr(sample, "index", None) for sample in (x, y)]
    if all(hasattr(each, "equals") for each in indexes) and not indexes[0].equals(indexes[1]):
        raise ValueError(
            "x and y are pairs, row by row, and their indexes differ. Put y in the order of x, as "
            "by y.loc[x.index], or take both by place: reset_index(drop=True)."
        )


def _side(given: EncodedColumns, name: str) -> PairSide:
    """The side, with its labels as numbers where few combinations of them occur often."""
    side = _as_found(given, name)
    count = np.bincount(side.labels)[side.labels]
    if side.whole.shape[1] < 2 or float((count < OFTEN).mean()) <= SELDOM:
        return side
    n = len(side)
    numbers = [each for j in range(len(given.names)) for each in _numbers(given, j)]
    kinds = (*side.kinds, f"labels of {name} as numbers: too many combinations")
    return PairSide(name, together([], n), _stacked(numbers, n), side.whole, kinds)


def _numbers(given: EncodedColumns, j: int) -> list[FloatArray]:
    """A column as numbers: itself, or for more than two labels whether it is each but the last."""
    values = given.values[:, j]
    level = np.unique(values)
    if len(level) == 1:
        return []
    if not given.label[j] or len(level) == 2:
        return [values]
    return [(values == each).astype(np.float64) for each in level[:-1]]


def _as_found(given: EncodedColumns, name: str) -> PairSide:
    labels: list[NDArray[np.int64]] = []
    rows: list[FloatArray] = []
    whole: list[FloatArray] = []
    kinds: list[str] = []
    for j, values in enumerate(given.values.T):
        kind, label, number = _column(values, given.label[j])
        kinds.append(f"{given.names[j]}: {kind}")
        if kind == ColumnKind.CONSTANT:
            continue
        whole.append(values)
        labels += [] if label is None else [label]
        rows += [] if number is None else [number]
    n = len(given.values)
    return PairSide(name, together(labels, n), _stacked(rows, n), _stacked(whole, n), tuple(kinds))


def _column(
    values: FloatArray, is_label: bool
) -> tuple[str, NDArray[np.int64] | None, FloatArray | None]:
    """A column's kind, its labels and its numbers, where it has them."""
    level = np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)
    facts = column(values)
    if level.max() == 0:
        return ColumnKind.CONSTANT, None, None
    if is_label or facts.kind is ColumnKind.DISCRETE:
        return "labels", level, None
    if facts.kind in _REPEATING and level.max() < LEVELS and facts.repeats > 0.5:
        return "labels", level, None
    if facts.kind is ColumnKind.MIXED:
        atom = np.isin(values, facts.atoms)
        which = np.searchsorted(facts.atoms, values) + 1
        return ColumnKind.MIXED, np.where(atom, which, 0).astype(np.int64), values
    return facts.kind, None, values


def together(labels: list[NDArray[np.int64]], n: int) -> NDArray[np.int64]:
    """One label for each combination, 0 … K − 1, ascending (n,)."""
    if not labels:
        return np.zeros(n, dtype=np.int64)
    stacked = np.stack(labels, axis=1)
    return np.unique(stacked, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _stacked(columns: list[FloatArray], n: int) -> FloatArray:
    return np.stack(columns, axis=1) if columns else np.empty((n, 0))
