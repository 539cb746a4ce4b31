"""Tables in .parquet, read by pyarrow (extra `files`) in batches, into memory taken beforehand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from divkit.cli.files.arrays import as_float64
from divkit.cli.files.needed import FlagNeededError, granting
from divkit.cli.files.rules import Rules
from divkit.cli.files.source import opened, require_cells
from divkit.cli.files.table import INDEX_ADVICE, Cells, FileTable, chosen, require_no_index

if TYPE_CHECKING:
    from pyarrow import ChunkedArray, DataType, Schema
    from pyarrow.parquet import ParquetFile

_BATCH = 2**16
_DAY = 86_400e6
"""Microseconds of a day."""
_UNPACKED = 2**31
"""Bytes of pages, unpacked, that are read from one file."""


def read_parquet(path: Path, rules: Rules) -> FileTable:
    """The table of a .parquet file; nulls are NaN where the rules drop them.

    Raises
    ------
    ValueError
        If pyarrow is not here, the file is damaged or too large, a column holds no real numbers
        (or text, where labels were asked for), or an index is among them and nobody said what
        to do with it.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ValueError(
            f"{path}: .parquet is read by pyarrow, which is not here. Install divkit[files]."
        ) from None
    with opened(path, b"PAR1") as stream:
        try:
            with parquet.ParquetFile(stream, page_checksum_verification=True) as file:
                return _table(path, file, rules)
        except (pyarrow.ArrowException, OSError, MemoryError) as error:
            raise ValueError(f"{path} is no .parquet file that is whole: {error}") from None


def _table(path: Path, file: ParquetFile, rules: Rules) -> FileTable:
    schema, rows = file.schema_arrow, file.metadata.num_rows
    names = _chosen(path, schema, rules)
    require_cells(path, rows, len(schema.names))
    unpacked = sum(
        file.metadata.row_group(k).total_byte_size for k in range(file.metadata.num_row_groups)
    )
    if unpacked > _UNPACKED or unpacked < 0:
        raise ValueError(f"{path} unpacks to {unpacked / 2**30:.4g} GiB; save a part of its rows.")
    for at in names:
        _require_kind(path, schema.field(at).type, schema.names[at], rules)
    found = _read(path, file, names, rows, rules)
    dates = tuple(_is_date(schema.field(at).type) for at in names)
    called = tuple(schema.names[at] for at in names)
    table = FileTable(found, called, dates if any(dates) else ())
    return require_no_index(table, path, rules)


def _chosen(path: Path, schema: Schema, rules: Rules) -> list[int]:
    """The places of the columns to read: without the index, where the rules leave it out."""
    index = _index(path, schema)
    if index and rules.index is None:
        called = ", ".join(map(repr, index))
        raise FlagNeededError(
            f"{path}: pandas stored {called} as the index of rows. {INDEX_ADVICE}",
            granting(index="drop"),
        )
    drop = index if rules.index == "drop" else []
    among = chosen(path, schema.names, rules)
    kept = [k for k in among if schema.names[k] not in drop]
    if rules.index == "drop" and not index:
        kept = [k for k in kept if k > 0]
    if not kept:
        raise ValueError(f"{path} has no column left.")
    return kept


def _index(path: Path, schema: Schema) -> list[str]:
    """The columns that pandas marks as the index, or names as one."""
    try:
        stored = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
        marked = [name for name in stored.get("index_columns", []) if isinstance(name, str)]
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise ValueError(f"{path}: its note on pandas' columns is damaged.") from None
    return [n for n in schema.names if n in marked or n.startswith("__index_level_")]


def _require_kind(path: Path, kind: DataType, name: str, rules: Rules) -> None:
    from pyarrow import types

    if rules.dates and _is_date(kind):
        return
    real = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    if real or (rules.labels and _is_text(kind)):
        return
    what = f"{path}, column {name!r} holds {kind}; samples are real numbers"
    if _is_date(kind):
        raise FlagNeededError(
            f"{what} (--dates takes dates as days since 1970-01-01).",
            granting(dates=True),
        )
    if _is_text(kind) and rules.text_flag:
        raise FlagNeededError(
            f"{what} (--labels takes columns of text as labels).",
            granting(labels=True),
        )
    advice = " (compare and estimate take text by --labels)" if _is_text(kind) else ""
    raise ValueError(f"{what}{advice}. Cast it first.")


def _is_date(kind: DataType) -> bool:
    from pyarrow import types

    return bool(types.is_date(kind) or types.is_timestamp(kind))


def _is_text(kind: DataType) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _read(path: Path, file: ParquetFile, at: list[int], rows: int, rules: Rules) -> Cells:
    texts = any(_is_text(file.schema_arrow.field(k).type) for k in at)
    found: Cells = np.empty((rows, len(at)), dtype=object if texts else np.float64)
    done = 0
    for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
        if done + batch.num_rows > rows:
            raise ValueError(f"{path} holds more rows than the {rows} that it claims.")
        for to, k in enumerate(at):
            name = file.schema_arrow.names[k]
            found[done : done + batch.num_rows, to] = _cells(
                batch.column(k), f"{path}, column {name!r}, rows from {done}", rules
            )
        done += batch.num_rows
    if done != rows:
        raise ValueError(f"{path} holds {done} rows and claims {rows}.")
    return found


def _cells(column: ChunkedArray, what: str, rules: Rules) -> Any:
    if column.null_count and rules.missing is None:
        raise FlagNeededError(
            f"{what}: {column.null_count} missing; --missing drop leaves them out.",
            granting(missing="drop"),
        )
    if _is_text(column.type):
        return [np.nan if cell is None else cell for cell in column.to_pylist()]
    if _is_date(column.type):
        moments = column.to_numpy(zero_copy_only=False).astype("datetime64[us]")
        found = moments.astype(np.int64) / _DAY
        return np.where(np.isnat(moments), np.nan, found)
    mask = np.asarray(column.is_null().to_numpy(zero_copy_only=False), dtype=bool)
    filled = column.fill_null(False if str(column.type) == "bool" else 0) if mask.any() else column
    values = as_float64(filled.to_numpy(zero_copy_only=False), what, rules.rounded)
    values[mask] = np.nan
    return values
