"""Any table of numbers becomes float64 rows, copied, with a note of what was done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from divkit.arrays import COMPLEX, ComplexDataError, held
from divkit.frames import NUMBERS, columns_of, is_frame, kinds_of, names_of, not_yet
from divkit.plain import is_number
from divkit.samples.doubles import doubles
from divkit.types import FloatArray, Samples


class Judged(np.ndarray[Any, np.dtype[np.float64]]):
    """Rows that were drawn from a sample whose columns and copies are known.

    Repeats among them are what drawing, mixing or projecting made: none is looked for.
    """


def judged(rows: FloatArray) -> Judged:
    """Return a view of the rows (n, d) that says so."""
    return rows.view(Judged)


_HUGE, _FAR = 1e100, 1e-140
"""Values below which nothing is asked, and the least ratio of common to largest distances."""


@dataclass(frozen=True, eq=False)
class Rows:
    """A sample as it came in.

    Attributes
    ----------
    values : (n, d) float64, contiguous, finite, an own copy.
    columns : the names of the columns, where the table had names; else ().
    kept : the numbers of the rows (n,) in what was handed over.
    notes : what a user should know of the conversion.

    Examples
    --------
    >>> from divkit.samples import as_rows
    >>> as_rows([[1.0, 2.0], [3.0, 4.0]]).values.shape
    (2, 2)
    """

    values: FloatArray
    columns: tuple[str, ...]
    kept: NDArray[np.int64]
    notes: tuple[str, ...]

    def label(self, column: int) -> str:
        """Return the name of a column in a message."""
        return f"column {self.columns[column]!r}" if self.columns else f"column {column}"


def as_rows(sample: Samples, name: str = "x", one_scale: bool = True) -> Rows:
    """Return a sample as finite float64 rows; shape (n,) is n rows of one column.

    Parameters
    ----------
    sample : NumPy array of any real dtype and byte order, torch tensor (detached), table of
        pandas, polars or pyarrow, masked array (rows with a masked cell are dropped, with a note),
        or nested lists.
    name : how messages call it.
    one_scale : whether distances between rows will be squared; of places to evaluate none are.

    Raises
    ------
    ValueError
        If it is empty, has neither one nor two axes, a row is not finite, or one lies so far out
        that floats do not hold the squares of such distances beside those of the other rows; the
        message has the row's number.
    TypeError
        If it is sparse, complex, or does not hold real numbers.

    Examples
    --------
    >>> as_rows([1, 2, 3]).values.shape
    (3, 1)
    """
    array, columns, notes = _array(sample, name)
    array, kept = _unmasked(array, name, notes)
    if array.dtype.kind not in NUMBERS:
        raise _not_real(array, name)
    if array.ndim not in (1, 2):
        raise ValueError(
            f"{name} must have shape (n,) or (n, d), rows are samples; got {array.shape}."
        )
    if array.size == 0:
        raise ValueError(
            f"{name} is empty, of shape {array.shape}: it has {len(array)} sample(s) and "
            f"{0 if len(array) else array.shape[-1]} feature(s) (shape={array.shape}) while a "
            "minimum of 1 is required."
        )
    values = doubles(array.reshape(len(array), -1), name)
    values += 0.0  # −0.0 and 0.0 are the same point
    rows = Rows(values, columns, kept, tuple(notes))
    _require_finite(rows, name)
    if one_scale:
        _require_one_scale(rows, name)
    return rows


def _array(sample: Any, name: str) -> tuple[NDArray[Any], tuple[str, ...], list[str]]:
    if isinstance(sample, Judged):
        return sample.view(np.ndarray), (), []
    if sparse.issparse(sample):
        raise TypeError(
            f"{name} must be dense, not sparse; got {type(sample).__name__}. Pass its .toarray()."
        )
    if isinstance(sample, torch.Tensor):
        return _from_torch(sample, name), (), []
    if is_frame(sample):
        return _from_frame(sample, name), names_of(sample), []
    if way := not_yet(sample):
        raise TypeError(
            f"{name} is a {type(sample).__name__} of {type(sample).__module__.partition('.')[0]}, "
            f"which is no table of rows yet. Pass its .{way}()."
        )
    if isinstance(sample, np.ma.MaskedArray):
        return sample, (), []
    array = _quietly(lambda: np.asarray(sample), name)
    if _are_numbers(array):
        array = doubles(array, name)
    return array, (), []


def _quietly(make: Callable[[], NDArray[Any]], name: str) -> NDArray[Any]:
    try:
        return make()
    except (ValueError, TypeError) as error:
        raise type(error)(f"{name} is no table of numbers: {error}") from error


def _from_torch(sample: torch.Tensor, name: str) -> NDArray[Any]:
    try:
        plain = held(sample, name)
        return (plain.to(torch.float64) if plain.is_floating_point() else plain).numpy()
    except RuntimeError as error:
        raise TypeError(
            f"{name} is a {type(sample).__name__} of {sample.dtype} that hands out no numbers: "
            f"{error}"
        ) from None


def _from_frame(sample: Any, name: str) -> FloatArray:
    """The columns of a table side by side, each read in its own dtype."""
    names, cells = names_of(sample), columns_of(sample)
    rows = np.empty((len(cells[0]) if cells else 0, len(cells)))
    for k, column in enumerate(cells):
        if column.dtype.kind == "c":
            raise _not_real(column, name)
        if column.dtype.kind not in NUMBERS and not _are_numbers(column):
            raise TypeError(
                f"{name} must hold real numbers only; its columns have dtypes "
                f"{dict(zip(names, kinds_of(sample), strict=True))}. Select those that are "
                "numbers; labels are taken by divkit.compare, and by divkit.estimate with "
                "method='auto', for f-divergences."
            )
        rows[:, k] = doubles(column, f"{name}, column {names[k]!r}")
    return rows


def _are_numbers(cells: NDArray[Any]) -> bool:
    """Whether an array of objects, and no empty one, holds nothing but numbers."""
    return cells.dtype.hasobject and cells.size > 0 and all(map(is_number, cells.flat))


def _unmasked(
    array: NDArray[Any], name: str, notes: list[str]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The rows without a masked cell, and their numbers."""
    numbers = np.arange(len(array) if array.ndim else 0)
    if not isinstance(array, np.ma.MaskedArray):
        return array, numbers
    mask = np.ma.getmaskarray(array).reshape(len(numbers), -1) if array.ndim else np.empty((0, 0))
    good = ~mask.any(axis=1)
    if not good.all():
        notes.append(f"{int((~good).sum())} rows of {name} with masked cells were dropped")
    return np.asarray(array.data)[good] if array.ndim else np.asarray(array), numbers[good]


def _not_real(array: NDArray[Any], name: str) -> TypeError:
    if array.dtype.kind == "c":
        return ComplexDataError(f"{name} must be real; got dtype {array.dtype}. {COMPLEX}")
    return TypeError(
        f"{name} must hold real numbers; got dtype {array.dtype}. Convert it to float first: each "
        "argument must be no None, string or date, but a number."
    )


def _require_finite(rows: Rows, name: str) -> None:
    bad = np.flatnonzero(~np.isfinite(rows.values).all(axis=1))
    if len(bad):
        at = int(bad[0])
        raise ValueError(
            f"{name} must be finite, without NaN or inf; row {int(rows.kept[at])} is "
            f"{rows.values[at].tolist()}, and "
            f"{len(bad)} of {len(rows.values)} rows are not finite. Drop such rows first."
        )


def _require_one_scale(rows: Rows, name: str) -> None:
    """Refuse a row so far out that its square and those of the other rows are no floats."""
    if np.abs(rows.values).max() < _HUGE:
        return
    for k, column in enumerate(rows.values.T):
        scaled = column / np.abs(column).max() if column.any() else column
        away = np.abs(scaled - np.median(scaled))
        typical = np.median(away[away > 0]) if away.any() else 1.0
        if away.max() * _FAR > typical:
            at = int(away.argmax())
            raise ValueError(
                f"row {int(rows.kept[at])} of {name} has {column[at]:.3g} in {rows.label(k)}, "
                f"further from the median than most rows by a factor above {1 / _FAR:.0e}: floats "
                "do not hold the squares of both. Drop the row if it is a mistake or stands for a "
                "missing value; else map the column, of x and of y alike, by an increasing "
                "function such as numpy.arcsinh, which changes no f-divergence and no mutual "
                "information."
            )
