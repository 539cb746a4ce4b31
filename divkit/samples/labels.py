"""Columns of labels and numbers as users hold them: frames, arrays, lists, categories.

A label enters as its place in the order of the labels: a number, of which only equality is used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from divkit.frames import NUMBERS, columns_of, is_frame, is_missing, names_of, not_yet
from divkit.plain import as_float, is_number
from divkit.samples.intake import as_rows
from divkit.samples.named import NamedRows
from divkit.types import FloatArray, Samples

_TEXT = "OUST"
"""Kinds of dtype whose cells may be labels."""
_NUMBERS = frozenset("fiu")
"""Kinds of dtype that hold nothing but numbers."""
_NUMPY_TEXT = frozenset("US")


@dataclass(frozen=True, eq=False)
class EncodedColumns:
    """A side's cells as numbers.

    Attributes
    ----------
    values : (n, d); a label is its place in the order of the labels' texts.
    label : whether each column holds labels (d,).
    names : how messages call each column.
    notes : what a user should know of the conversion.
    """

    values: FloatArray
    label: tuple[bool, ...]
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def table(sample: Samples, name: str) -> EncodedColumns:
    """Return a sample of numbers and labels; shape (n,) is n rows of one column.

    Raises
    ------
    ValueError
        If it is empty, has neither one nor two axes, or a cell is missing or masked.
    TypeError
        If a cell is neither a real number nor a label.
    """
    _require_unmasked(sample, name)
    cells = _cells(sample)
    if cells is None:
        rows = as_rows(sample, name)
        names = tuple(f"{rows.label(j)} of {name}" for j in range(rows.values.shape[1]))
        return EncodedColumns(rows.values, (False,) * len(names), names, rows.notes)
    names = _names(sample, cells, name)
    read = [_column(cells[:, j], names[j]) for j in range(cells.shape[1])]
    values = np.stack([values for values, _ in read], axis=1) + 0.0
    return EncodedColumns(values, tuple(is_label for _, is_label in read), names)


def coded(x: Samples, y: Samples) -> tuple[Samples, Samples, tuple[tuple[str, ...], ...]]:
    """Two samples whose labels are numbers, and for each column of x its labels in their order.

    A label's number is its place among those of both samples; a column of numbers has (). Samples
    without labels come back as they are, with ().

    Raises
    ------
    ValueError
        If a cell is missing or masked, or the samples have different numbers of columns.
    TypeError
        If a cell is neither a real number nor a label, or a column is labels in one sample only.

    Examples
    --------
    >>> coded([["a", 1.5], ["b", 2.5]], [["c", 0.5], ["a", 1.0]])[2]
    (('a', 'b', 'c'), ())
    """
    given = [_cells(sample) for sample in (x, y)]
    if given[0] is None and given[1] is None:
        return x, y, ()
    cells = []
    for sample, own, name in zip((x, y), given, "xy", strict=True):
        _require_unmasked(sample, name)
        cells.append(as_rows(sample, name).values.astype(object) if own is None else own)
    first, second = cells
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            f"x and y must have the same columns; got shapes {first.shape} and {second.shape}. "
            "Rows are samples."
        )
    place = _matched(x, y, first.shape[1])
    names = _names(x, first, "x"), _names(y, second, "y")
    values, texts = [np.empty(first.shape), np.empty(second.shape)], []
    for j, k in enumerate(place):
        sides = (first[:, j], names[0][j]), (second[:, k], names[1][k])
        values[0][:, j], values[1][:, k], labels = _coded_column(*sides)
        texts.append(labels)
    a, b = (_like(sample, own) for sample, own in zip((x, y), values, strict=True))
    return a, b, tuple(texts)


def _matched(x: Any, y: Any, width: int) -> list[int]:
    """The place in y of each column of x: by name where both have the same names, each once."""
    heads = [list(names_of(s)) if is_frame(s) else [] for s in (x, y)]
    if sorted(heads[0]) == sorted(heads[1]) and len(set(heads[0])) == width:
        return [heads[1].index(head) for head in heads[0]]
    return list(range(width))


def _like(sample: Any, values: FloatArray) -> Samples:
    """Numbers under the names that a sample has, if it has any."""
    if is_frame(sample):
        return NamedRows(values, names_of(sample))
    return values


def _names(sample: Any, cells: NDArray[Any], name: str) -> tuple[str, ...]:
    """The words for each column in messages."""
    named = is_frame(sample)
    heads = list(map(repr, names_of(sample))) if named else list(map(str, range(cells.shape[1])))
    return tuple(f"column {head} of {name}" for head in heads)


def _coded_column(
    x: tuple[NDArray[Any], str], y: tuple[NDArray[Any], str]
) -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    """One column of both samples as numbers, and its labels in their order; () for none."""
    read = [_labels(*side) for side in (x, y)]
    if read[0] is None and read[1] is None:
        return x[0].astype(np.float64), y[0].astype(np.float64), ()
    if read[0] is None or read[1] is None:
        texts, numbers = (y[1], x[1]) if read[0] is None else (x[1], y[1])
        raise TypeError(f"{texts} holds labels and {numbers} numbers: make both one kind.")
    order = sorted({*read[0], *read[1]})
    kinds = [{text.split(":", 1)[0] for text in side} for side in read if side is not None]
    if not kinds[0] & kinds[1] or any("bytes" in kind and len(kind) > 1 for kind in kinds):
        words = [" and ".join(sorted(kind)) for kind in kinds]
        raise TypeError(
            f"{x[1]} holds {words[0]} and {y[1]} {words[1]}: no label of one is one of the "
            "other. Make both one kind."
        )
    place = {text: float(i) for i, text in enumerate(order)}
    a, b = (np.array([place[text] for text in side]) for side in read if side is not None)
    plain = [text.split(":", 1)[1] for text in order]
    return a, b, tuple(plain if len(set(plain)) == len(plain) else order)


def _require_unmasked(sample: Any, name: str) -> None:
    if isinstance(sample, np.ma.MaskedArray) and np.ma.getmaskarray(sample).any():
        at = int(np.argwhere(np.ma.getmaskarray(sample))[0][0])
        raise ValueError(
            f"{name} has masked cells, the first in row {at}. Drop such rows; of pairs, in x and "
            "y together."
        )


def _cells(sample: Any) -> NDArray[Any] | None:
    """The cells (n, d) as objects where some may be labels; None where all are numbers."""
    if isinstance(sample, torch.Tensor) or sparse.issparse(sample):
        return None
    if is_frame(sample):
        return _of_frame(sample)
    if not_yet(sample):
        return None  # `as_rows` says so
    array = _of_list(sample) if isinstance(sample, (list, tuple)) else np.asarray(sample)
    if array.dtype.kind not in _TEXT:
        return None
    if not array.size or array.ndim not in (1, 2):
        return None
    cells = array.astype(object).reshape(len(array), -1)
    return None if all(map(is_number, cells.flat)) else cells


def _of_frame(sample: Any) -> NDArray[Any] | None:
    """The cells of a table by its columns, as `_cells`; booleans beside numbers are labels."""
    columns = columns_of(sample)
    kinds = {column.dtype.kind for column in columns}
    if not columns or not len(columns[0]) or kinds <= {"b"}:
        return None
    if kinds <= set(NUMBERS) - {"b"}:
        return None
    if kinds <= {*NUMBERS, "O"} and all(
        column.dtype.kind in _NUMBERS or all(map(is_number, column.tolist())) for column in columns
    ):
        return None
    cells = np.empty((len(columns[0]), len(columns)), dtype=object)
    for k, column in enumerate(columns):
        cells[:, k] = column
    return cells


def _of_list(sample: Any) -> NDArray[Any]:
    """A list's cells as they are: NumPy would turn numbers beside texts into texts."""
    try:
        array = np.asarray(sample)
        return np.asarray(sample, dtype=object) if array.dtype.kind in _NUMPY_TEXT else array
    except ValueError:
        return np.empty(0)  # ragged: `as_rows` says how


def _column(cells: NDArray[Any], name: str) -> tuple[FloatArray, bool]:
    """The cells of one column as numbers, and whether they are labels."""
    texts = _labels(cells, name)
    if texts is None:
        return np.asarray(cells, dtype=np.float64), False
    place = {text: i for i, text in enumerate(sorted(set(texts)))}
    return np.array([float(place[text]) for text in texts]), True


def _labels(cells: NDArray[Any], name: str) -> list[str] | None:
    """The labels of a column's cells (n,), each with its type; None where all are numbers."""
    for row, cell in enumerate(cells):
        _require_cell(cell, row, name)
    if all(is_number(cell) and not isinstance(cell, np.bool_) for cell in cells):
        return None
    texts = [
        f"bool:{bool(c)}" if isinstance(c, np.bool_) else f"{type(c).__name__}:{c}" for c in cells
    ]
    _require_labels(cells, len(set(texts)), name)
    return texts


def _require_cell(cell: Any, row: int, name: str) -> None:
    if is_missing(cell) or (is_number(cell) and not math.isfinite(as_float(name, cell))):
        raise ValueError(
            f"row {row}, {name}, is missing or not finite: {cell!r}. Drop such rows (of pairs, in "
            "x and y together), or give missing cells a label of their own."
        )
    if not (is_number(cell) or isinstance(cell, (str, bytes, bool, np.bool_))):
        raise TypeError(
            f"{name} must hold real numbers or labels (texts, booleans); row {row} is {cell!r}."
        )


def _require_labels(cells: NDArray[Any], count: int, name: str) -> None:
    """Refuse a column of texts that are numbers with few repeats."""
    if 2 * count > len(cells) and all(_is_number(cell) for cell in cells):
        raise TypeError(
            f"{name} holds numbers as texts, such as {cells[0]!r}, few of them more than once. "
            "Convert it to float."
        )


def _is_number(cell: Any) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
