"""One file, or two whose columns are matched: by name, or by place where the user says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import typer

from divkit.cli.files.arrays import read_array
from divkit.cli.files.needed import FlagNeededError, with_every_flag, without
from divkit.cli.files.parquet import read_parquet
from divkit.cli.files.rules import Rules
from divkit.cli.files.table import Cells, FileTable, whole_rows
from divkit.cli.files.text import read_text
from divkit.samples.named import holds_text

_PLAIN = Rules()
_MOST_NAMES = 60
"""Rows up to which a column of texts may be all different and still hold labels."""
_PLACE = "Pass --align place to take columns by place"


def read_tabs(path: Path, rules: Rules) -> FileTable:
    """The table of a .tsv file: text between tabs, unless the rules name another delimiter."""
    return read_text(path, rules if rules.delimiter else replace(rules, delimiter="tab"))


READERS = {".npy": read_array, ".csv": read_text, ".tsv": read_tabs, ".parquet": read_parquet}


def read(path: Path, rules: Rules = _PLAIN) -> FileTable:
    """The rows of one file.

    Raises
    ------
    ValueError
        If it is not of a known kind, not a table of real numbers, or can be read in two ways.
    OSError
        If it cannot be read.
    """
    table = _read(path, rules)
    return _kept(table, path, whole_rows(table), rules)


def read_paired(first: Path, second: Path, rules: Rules = _PLAIN) -> tuple[FileTable, FileTable]:
    """Two files whose rows belong together; rows with a missing cell in either leave both.

    Raises
    ------
    ValueError
        As `read`; and if the files differ in length.
    """
    a, b = _read(first, rules), _read(second, rules)
    if len(a.rows) != len(b.rows):
        raise ValueError(
            f"{first} and {second}: row i of one goes with row i of the other; got "
            f"{len(a.rows)} and {len(b.rows)} rows."
        )
    whole = whole_rows(a) & whole_rows(b)
    return _kept(a, first, whole, rules), _kept(b, second, whole, rules)


def read_pair(first: Path, second: Path, rules: Rules = _PLAIN) -> tuple[Cells, Cells]:
    """The rows (n, d) and (m, d) of two files, columns in the order of the first.

    Raises
    ------
    ValueError
        As `read_tables`.
    """
    a, b = read_tables(first, second, rules)
    return a.rows, b.rows


def read_tables(first: Path, second: Path, rules: Rules = _PLAIN) -> tuple[FileTable, FileTable]:
    """Two files of the same columns, in the order of the first.

    Raises
    ------
    ValueError
        As `read`; and if the columns differ, have a name twice, or only one file names them.
    """
    a, b = with_every_flag(lambda own: _both(first, second, own), rules)
    width = a.rows.shape[1]
    if width != b.rows.shape[1]:
        raise ValueError(
            f"{first} has {width} columns and {second} {b.rows.shape[1]}; rows are points of one "
            "space."
        )
    if rules.align == "place" or (width == 1 and not (a.names and b.names)):
        names = a.names or b.names
        a, b = (replace(table, names=_distinct(names)) for table in (a, b))
        return _alike(first, second, a, b)
    for path, table in ((first, a), (second, b)):
        _require_distinct(path, table.names)
    if not a.names and not b.names:
        return _alike(first, second, a, b)
    if not a.names or not b.names:
        named, bare = (first, second) if a.names else (second, first)
        raise ValueError(f"{named} names its columns and {bare} does not. {_PLACE}.")
    if sorted(a.names) != sorted(b.names):
        raise ValueError(
            f"the columns of {first} are {_listed(a.names)}, those of {second} "
            f"{_listed(b.names)}. Name them alike. {_PLACE}."
        )
    order = [b.names.index(name) for name in a.names]
    dates = tuple(b.dates[k] for k in order) if b.dates else ()
    return _alike(first, second, a, replace(b, rows=b.rows[:, order], names=a.names, dates=dates))


def _both(first: Path, second: Path, rules: Rules) -> tuple[FileTable, FileTable]:
    """Two files, of which no column of text names the rows."""
    a, b = read(first, rules), read(second, rules)
    for path, table in ((first, a), (second, b)):
        _require_categories(path, table)
    return a, b


def _require_categories(path: Path, table: FileTable) -> None:
    """Refuse a column of many texts of which none occurs twice: names of rows, no labels."""
    for name, cells in zip(table.names, table.rows.T, strict=bool(table.names)):
        if len(cells) > _MOST_NAMES and holds_text(cells) and len(set(cells)) == len(cells):
            raise FlagNeededError(
                f"{path}: column {name!r} has another text in each of its {len(cells)} rows, as "
                f"names of rows: --without {name} leaves it out.",
                f"--without {name}",
                without(name),
            )


def _alike(first: Path, second: Path, a: FileTable, b: FileTable) -> tuple[FileTable, FileTable]:
    """The tables themselves, whose columns are dates in both or in neither.

    Raises
    ------
    ValueError
        If a column is dates in one file and not in the other.
    """
    sides = [table.dates or (False,) * table.rows.shape[1] for table in (a, b)]
    for k, (here, there) in enumerate(zip(*sides, strict=True)):
        if here != there:
            dated, other = (first, second) if here else (second, first)
            name = repr(a.names[k]) if a.names else str(k + 1)
            raise ValueError(f"column {name} holds dates in {dated} and none in {other}.")
    return a, b


def say_marks(paths: Sequence[Path], tables: Sequence[FileTable]) -> None:
    """Say on stderr what was found between the cells of each file."""
    for path, table in zip(paths, tables, strict=True):
        if table.marks:
            typer.echo(f"{path}: {table.marks}.", err=True)


def warn_of_dropped(paths: Sequence[Path], tables: Sequence[FileTable]) -> None:
    """Say on stderr how many rows were left out of each file."""
    for path, table in zip(paths, tables, strict=True):
        for words in table.dropped(path):
            typer.echo(f"Warning: {words}.", err=True)


def _read(path: Path, rules: Rules) -> FileTable:
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise ValueError(f"samples come as {' or '.join(READERS)}; got {str(path)!r}.")
    return READERS[suffix](path, rules)


def _kept(
    table: FileTable, path: Path, whole: np.ndarray[tuple[int], np.dtype[np.bool_]], rules: Rules
) -> FileTable:
    if rules.missing is None or whole.all():
        return table
    if not whole.any():
        raise ValueError(f"{path}: every row has a missing cell; nothing is left.")
    return table.rows_of(whole)


def _require_distinct(path: Path, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise ValueError(
            f"{path} has several columns of the name {_listed(twice)}: which is which in the "
            f"other file cannot be told. Rename them. {_PLACE}."
        )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names with a number behind those that came before."""
    distinct: list[str] = []
    for name in names:
        candidate, k = name, 2
        while candidate in distinct:
            candidate, k = f"{name} ({k})", k + 1
        distinct.append(candidate)
    return tuple(distinct)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
