"""Samples from files: .npy, .csv and .parquet, rows are points.

A file is checked before memory is taken for it: a .npy header that claims more than the file holds
is refused, and nothing in it is executed. A .parquet file is read by pyarrow (extra `files`).
Columns that both files name are aligned by name.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyarrow import DataType

    from divkit.types import FloatArray

FORMATS = (".npy", ".csv", ".parquet")
_MOST_CELLS = 2**30


@dataclass(frozen=True)
class Table:
    """Rows (n, d) as read from a file; names of the columns where the file has them."""

    rows: FloatArray
    names: tuple[str, ...] = ()

    @property
    def sample(self) -> Frame | FloatArray:
        """What `divkit.compare` takes: with names where there are any."""
        return Frame(self.rows, self.names) if self.names else self.rows


@dataclass(frozen=True)
class Frame:
    """Rows under names, in the manner of a data frame."""

    rows: FloatArray
    columns: tuple[str, ...]

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The kind of each column."""
        return ("float64",) * len(self.columns)

    def to_numpy(self) -> FloatArray:
        """The cells."""
        return self.rows


def read_pair(first: Path, second: Path) -> tuple[FloatArray, FloatArray]:
    """The rows (n, d) and (m, d) of two files, columns in the order of the first.

    Raises
    ------
    ValueError
        If a file is not of a known kind, holds no numbers, or the columns differ.
    OSError
        If a file cannot be read.
    """
    a, b = read_tables(first, second)
    return a.rows, b.rows


def read_tables(first: Path, second: Path) -> tuple[Table, Table]:
    """The two files with names of columns, in the order of the first; see `read_pair`."""
    a, b = read(first), read(second)
    if a.rows.shape[1] != b.rows.shape[1]:
        raise ValueError(
            f"{first} has {a.rows.shape[1]} columns and {second} {b.rows.shape[1]}; rows are "
            "points of one space."
        )
    if not a.names or not b.names or a.names == b.names:
        names = a.names or b.names
        return Table(a.rows, names), Table(b.rows, names)
    if sorted(a.names) != sorted(b.names):
        raise ValueError(
            f"the columns of {first} are {', '.join(a.names)}, those of {second} "
            f"{', '.join(b.names)}. Name them alike, or leave the header out."
        )
    return a, Table(b.rows[:, [b.names.index(name) for name in a.names]], a.names)


def read(path: Path) -> Table:
    """The rows of one file.

    Raises
    ------
    ValueError
        If it is not a .npy or .csv file of real numbers, with the place.
    OSError
        If it cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(f"samples come as {' or '.join(FORMATS)}; got {str(path)!r}.")
    readers = {".npy": _npy, ".csv": _csv, ".parquet": _parquet}
    return readers[suffix](path)


def _npy(path: Path) -> Table:
    import numpy as np

    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} is no .npy file of numbers: {error}") from None
    if found.dtype.kind not in "fiub":
        raise ValueError(f"{path} holds {found.dtype}; samples are real numbers.")
    if found.ndim not in (1, 2):
        raise ValueError(f"{path} has shape {found.shape}; samples have (n,) or (n, d).")
    rows = np.array(found, dtype=np.float64)
    return Table(rows.reshape(len(rows), -1) if rows.size else rows.reshape(0, 1))


def _parquet(path: Path) -> Table:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ValueError(
            f"{path}: .parquet is read by pyarrow, which is not here. Install divkit[files]."
        ) from None
    import numpy as np

    try:
        file = parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as error:
        raise ValueError(f"{path} is no .parquet file: {error}") from None
    with file:
        names, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
        if rows * len(names) > _MOST_CELLS:
            raise ValueError(f"{path} claims {rows} × {len(names)} cells; read a part of it.")
        for field in file.schema_arrow:
            if not _is_real(field.type):
                raise ValueError(
                    f"{path}, column {field.name!r} holds {field.type}; samples are real numbers."
                )
        columns = [np.asarray(c.to_numpy(), dtype=np.float64) for c in file.read().columns]
    return Table(np.array(columns).reshape(len(names), rows).T.copy(), names)


def _is_real(kind: DataType) -> bool:
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))


def _csv(path: Path) -> Table:
    import numpy as np

    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            lines = [(k, row) for k, row in enumerate(csv.reader(stream), start=1) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is no UTF-8 text with commas: {error}") from None
    if not lines:
        raise ValueError(f"{path} is empty; it needs at least one row.")
    names = () if all(map(_is_number, lines[0][1])) else tuple(c.strip() for c in lines[0][1])
    data = lines[1:] if names else lines
    width = len(lines[0][1])
    if "" in names:
        raise ValueError(
            f"{path}, line 1: column {names.index('') + 1} has no name. Name it; an index of rows "
            "is left out by pandas with index=False; where line 1 is data, fill its cell."
        )
    numbers = [_numbers(path, k, row, width) for k, row in data]
    return Table(np.array(numbers, dtype=np.float64).reshape(-1, width), names)


def _numbers(path: Path, line: int, row: list[str], width: int) -> list[float]:
    if len(row) != width:
        raise ValueError(f"{path}, line {line}: {len(row)} cells where line 1 has {width}.")
    for column, text in enumerate(row, start=1):
        if not _is_number(text):
            raise ValueError(f"{path}, line {line}, column {column}: {text!r} is no number.")
    return [float(text) for text in row]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
