"""One file, or two whose columns are matched: by name, or by place where the user says so."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import typer

from divkit.cli.files.arrays import read_array
from divkit.cli.files.matching import matched, require_density, require_one_kind, require_varying
from divkit.cli.files.needed import FlagNeededError, with_every_flag, without
from divkit.cli.files.parquet import read_parquet
from divkit.cli.files.rules import Rules
from divkit.cli.files.table import Cells, FileTable, UnknownColumnsError, whole_rows
from divkit.cli.files.text import read_text
from divkit.samples.named import holds_text

_PLAIN = Rules()
_MOST_NAMES = 60
"""Rows up to which a column of texts may be all different and still hold labels."""


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


def read_alone(path: Path, rules: Rules = _PLAIN) -> FileTable:
    """The rows of one file whose law has a density.

    Raises
    ------
    ValueError
        As `read`, all that is left open at once; and if a column has one value.
    """

    def one(own: Rules) -> FileTable:
        table = read(path, own)
        require_density(path, table)
        return table

    return with_every_flag(one, rules)


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
    a, b = read_tables(first, second, rules, constant=True)
    return a.rows, b.rows


def read_tables(
    first: Path, second: Path, rules: Rules = _PLAIN, *, constant: bool = False
) -> tuple[FileTable, FileTable]:
    """Two files of the same columns, in the order of the first.

    Parameters
    ----------
    constant : whether columns of one value in each file are taken, as metrics can.

    Raises
    ------
    ValueError
        As `read`; and if the columns differ, have a name twice, only one file names them, or one
        says nothing of two laws.
    """
    return with_every_flag(lambda own: _both(first, second, own, constant), rules)


def _both(first: Path, second: Path, rules: Rules, constant: bool) -> tuple[FileTable, FileTable]:
    """Two files of the same columns, of which none is known to be no part of a sample."""
    paths = first, second
    a, b = _read_leniently(paths, rules)
    a, b = matched(paths, (a, b), rules)
    for path, table in zip(paths, (a, b), strict=True):
        _require_categories(path, table)
    require_one_kind(paths, (a, b))
    if not constant:
        require_varying(paths, (a, b), rules)
    return a, b


def _read_leniently(paths: tuple[Path, Path], rules: Rules) -> tuple[FileTable, FileTable]:
    """Both files; a column that is left out need only be in one of them."""
    found, unknown = list[FileTable](), list[frozenset[str]]()
    for path in paths:
        try:
            table, missing = read(path, rules), frozenset[str]()
        except UnknownColumnsError as error:
            names = [name.strip() for name in (rules.without or "").split(",")]
            if not error.unknown <= set(names) or (unknown and unknown[0] & error.unknown):
                raise
            left = ",".join(name for name in names if name not in error.unknown)
            table, missing = read(path, replace(rules, without=left or None)), error.unknown
        found.append(table)
        unknown.append(missing)
    return found[0], found[1]


def _require_categories(path: Path, table: FileTable) -> None:
    """Refuse a column of many texts of which none occurs twice: names of rows, no labels."""
    for name, cells in zip(table.names, table.rows.T, strict=bool(table.names)):
        if len(cells) > _MOST_NAMES and holds_text(cells) and len(set(cells)) == len(cells):
            raise FlagNeededError(
                f"{path}: column {name!r} has another text in each of its {len(cells)} rows, as "
                f"names of rows: --without {shlex.quote(name)} leaves it out.",
                without(name),
            )


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
