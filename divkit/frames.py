"""Tables of other libraries by their columns, each with a dtype of its own.

A library that makes one array of a table must find one dtype for all of its columns: nullable
columns of pandas become objects, as do numbers beside booleans, dates beside numbers are an error,
and integers beside floats lose their last digits. Taken one by one they stay what they are. What
is a table is seen by what it can do; no library is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divkit.plain import is_number

NUMBERS = "fiub"
"""NumPy's kinds of dtype that hold real numbers."""
_MISSING = frozenset({"NAType", "NaTType", "NoneType"})
"""Types of missing cells."""
_LATER = {"collect": "LazyFrame", "compute": "DataFrame", "to_dataframe": "Dataset"}
"""The method that makes rows of an object that has none yet, and the name of its type."""


def is_frame(sample: Any) -> bool:
    """Whether an object is a table with named columns, as of pandas, polars or pyarrow.

    >>> is_frame(np.zeros(2, dtype=[("a", float)])), is_frame(np.zeros((2, 2)))
    (True, False)
    """
    kind = type(sample)
    if isinstance(sample, np.ndarray):
        return sample.dtype.names is not None and not isinstance(sample, np.ma.MaskedArray)
    if not (hasattr(kind, "columns") or hasattr(sample, "columns")) or hasattr(kind, "collect"):
        return False
    return (hasattr(kind, "schema") and hasattr(kind, "column_names")) or (
        hasattr(kind, "to_numpy") and (hasattr(kind, "dtypes") or hasattr(sample, "dtypes"))
    )


def names_of(frame: Any) -> tuple[str, ...]:
    """The names of a table's columns."""
    if isinstance(frame, np.ndarray):
        return tuple(frame.dtype.names or ())
    return tuple(str(name) for name in getattr(frame, "column_names", None) or frame.columns)


def kinds_of(frame: Any) -> list[str]:
    """The dtype of each column, in the library's words."""
    if isinstance(frame, np.ndarray):
        return [str(frame.dtype[name]) for name in names_of(frame)]
    kinds = frame.dtypes if hasattr(frame, "dtypes") else frame.schema.types
    return [str(kind) for kind in list(kinds)]


def columns_of(frame: Any) -> list[NDArray[Any]]:
    """The cells of each column (n,), in a dtype of its own; missing numbers are NaN.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"a": [1, 2], "b": [0.5, None]}).convert_dtypes()
    >>> [column.tolist() for column in columns_of(table)]
    [[1, 2], [0.5, nan]]
    """
    if len(set(kinds_of(frame))) == 1 and hasattr(frame, "to_numpy"):
        cells = np.asarray(frame.to_numpy())
        if cells.dtype.kind in NUMBERS:
            return list(cells.T)
    return [_settled(_cells(column)) for column in _series(frame)]


def _series(frame: Any) -> Sequence[Any]:
    """The columns as the library has them."""
    places = range(len(names_of(frame)))
    if isinstance(frame, np.ndarray):
        return [frame[name] for name in names_of(frame)]
    if hasattr(frame, "iloc"):
        return [frame.iloc[:, k] for k in places]
    if hasattr(frame, "get_columns"):
        return list(frame.get_columns())
    if hasattr(frame, "column_names"):
        return [frame.column(k) for k in places]
    return list(np.asarray(frame.to_numpy()).T)


def _cells(column: Any) -> NDArray[Any]:
    if isinstance(column, np.ndarray):
        return column
    if hasattr(column, "validate"):  # of pyarrow, whose arrays are copied where they must be
        return np.asarray(column.to_numpy(zero_copy_only=False))
    return np.asarray(column.to_numpy())


def _settled(cells: NDArray[Any]) -> NDArray[Any]:
    """Objects that are numbers, some of them missing, as floats; others as they are."""
    if not cells.dtype.hasobject:
        return cells
    missing = np.array([is_missing(cell) for cell in cells], dtype=bool)
    if not missing.any() or missing.all() or not all(map(is_number, cells[~missing])):
        return cells  # nothing says of what kind a column is in which all is missing
    found = np.full(len(cells), np.nan)
    found[~missing] = cells[~missing]
    return found


def is_missing(cell: Any) -> bool:
    """Whether a cell is None, or pandas' word for what is missing."""
    return type(cell).__name__ in _MISSING


def not_yet(sample: Any) -> str:
    """The method that makes rows of an object which has none yet, "" of any other."""
    for method, name in _LATER.items():
        if callable(getattr(type(sample), method, None)) and type(sample).__name__ == name:
            return method
    return ""
