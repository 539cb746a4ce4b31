"""Columns of labels and numbers as users hold them: frames, arrays, lists, categories."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from divkit.samples.intake import Frame, as_rows
from divkit.types import FloatArray, Samples

_TEXT = "OUST"
"""Kinds of dtype whose cells may be labels."""
_NUMPY_TEXT = frozenset("US")
_MISSING = frozenset({"NAType", "NaTType"})
"""Types of pandas' missing cells."""


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
    if cells is None or not cells.size or cells.ndim not in (1, 2):
        rows = as_rows(sample, name)
        names = tuple(f"{rows.label(j)} of {name}" for j in range(rows.values.shape[1]))
        return EncodedColumns(rows.values, (False,) * len(names), names, rows.notes)
    cells = cells.reshape(len(cells), -1)
    heads = [repr(str(c)) for c in sample.columns] if isinstance(sample, Frame) else [
        str(j) for j in range(cells.shape[1])]  # fmt: skip
    names = tuple(f"column {head} of {name}" for head in heads)
    read = [_column(cells[:, j], names[j]) for j in range(cells.shape[1])]
    values = np.stack([values for values, _ in read], axis=1) + 0.0
    return EncodedColumns(values, tuple(is_label for _, is_label in read), names)


def _require_unmasked(sample: Any, name: str) -> None:
    if isinstance(sample, np.ma.MaskedArray) and np.ma.getmaskarray(sample).any():
        at = int(np.argwhere(np.ma.getmaskarray(sample))[0][0])
        raise ValueError(
            f"{name} has masked cells, the first in row {at}: pairs go row by row. Drop such "
            "rows of x and of y together."
        )


def _cells(sample: Any) -> NDArray[Any] | None:
    """The cells as objects where some may be labels; None where all are numbers."""
    if isinstance(sample, torch.Tensor) or sparse.issparse(sample):
        return None
    if isinstance(sample, Frame):
        array = np.asarray(sample.to_numpy())
    else:
        array = _of_list(sample) if isinstance(sample, (list, tuple)) else np.asarray(sample)
    if array.dtype.kind not in _TEXT:
        return None
    cells = array.astype(object)
    plain = all(isinstance(cell, Real) and not isinstance(cell, bool) for cell in cells.flat)
    return None if plain else cells


def _of_list(sample: Any) -> NDArray[Any]:
    """A list's cells as they are: NumPy would turn numbers beside texts into texts."""
    try:
        array = np.asarray(sample)
        return np.asarray(sample, dtype=object) if array.dtype.kind in _NUMPY_TEXT else array
    except ValueError:
        return np.empty(0)  # ragged: `as_rows` says how


def _column(cells: NDArray[Any], name: str) -> tuple[FloatArray, bool]:
    """The cells of one column as numbers, and whether they are labels."""
    for row, cell in enumerate(cells):
        _require_cell(cell, row, name)
    if all(isinstance(cell, Real) and not isinstance(cell, (bool, np.bool_)) for cell in cells):
        return np.asarray(cells, dtype=np.float64), False
    texts = [f"{type(cell).__name__}:{cell}" for cell in cells]
    place = {text: i for i, text in enumerate(sorted(set(texts)))}
    _require_labels(cells, len(place), name)
    return np.array([float(place[text]) for text in texts]), True


def _require_cell(cell: Any, row: int, name: str) -> None:
    missing = cell is None or type(cell).__name__ in _MISSING
    if missing or (isinstance(cell, Real) and not math.isfinite(float(cell))):
        raise ValueError(
            f"row {row}, {name}, is missing or not finite: {cell!r}. Drop such rows of x and of "
            "y together, or give missing cells a label of their own."
        )
    if not isinstance(cell, (Real, str, bytes, bool, np.bool_)):
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
