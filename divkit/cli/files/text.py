"""Tables of text: .csv, cells between delimiters, quoted by the rules of RFC 4180."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from divkit.cli.files.columns import BLANKS, Columns, hint, pointed
from divkit.cli.files.commas import Commas
from divkit.cli.files.header import require_data, require_shown, verdict
from divkit.cli.files.lines import Lines
from divkit.cli.files.marks import decided
from divkit.cli.files.needed import FlagNeededError, granting
from divkit.cli.files.rules import Rules
from divkit.cli.files.source import opened
from divkit.cli.files.table import INDEX_ADVICE, FileTable, chosen, require_no_index

Line: TypeAlias = tuple[int, list[str]]
_PANDAS = "Unnamed: 0"


def read_text(path: Path, rules: Rules) -> FileTable:
    """The table of a .csv file; missing cells are NaN where the rules drop them.

    Raises
    ------
    ValueError
        If a cell is no number, rows differ in length, or the text can be read in two ways.
    """
    rules, marks = decided(path, rules)
    with opened(path) as stream:
        lines = Lines(stream, path, rules.comment)
        try:
            return require_no_index(replace(_table(path, rules, lines), marks=marks), path, rules)
        except csv.Error as error:
            raise ValueError(f"{path}, line {lines.number}: {error}; no table of text.") from None


def _table(path: Path, rules: Rules, lines: Lines) -> FileTable:
    rows = _rows(lines, rules)
    first = next(rows, None)
    if first is None:
        raise ValueError(f"{path} is empty; it needs at least one row.")
    cells = [cell.strip(BLANKS) for cell in first[1]]
    header = _has_names(path, cells, rules)
    names = _names(path, cells, rules) if header else ()
    skip = int(rules.index == "drop")
    at = chosen(path, names, rules)
    width = len(names) + skip or len(cells)
    places = [skip + k for k in at] if names else range(skip, width)
    columns, commas = Columns(path, rules, width, places, cells if header else ()), Commas()
    for number, row in chain([] if header else [first], rows):
        columns.add(number, row)
        commas.see(row)
    found = columns.cells()
    if header and len(found) == 0:
        raise ValueError(f"{path} has names and no rows.")
    if header is None and found.dtype.kind == "f":
        require_data(path, [pointed(c, rules) for c in cells[skip:]], found, lines.first)
    if header and rules.header is None and rules.labels:
        require_shown(path, columns.numeric)
    marked = rules.delimiter is not None or rules.decimal is not None
    if not header and not marked and '"' not in lines.first[0]:
        commas.require_cells(path)
    return FileTable(found, tuple(names[k] for k in at), columns.dates)


def _rows(lines: Lines, rules: Rules) -> Iterator[Line]:
    """The rows with their lines' numbers; a blank line within one column is a missing cell."""
    blank: list[int] = []
    width = 0
    for row in _split(lines, rules.separator):
        if not row:
            blank.append(lines.number)
            continue
        if width == 1:
            yield from ((number, [""]) for number in blank)
        blank.clear()
        width = len(row)
        yield lines.number, row


def _split(lines: Lines, separator: str) -> Iterator[list[str]]:
    if separator == " ":  # any number of blanks is one delimiter
        return (line.split() for line in lines)
    return iter(csv.reader(lines, delimiter=separator, strict=True))


def _has_names(path: Path, cells: list[str], rules: Rules) -> bool | None:
    """Decide whether the first line holds names; None for numbers, to be looked at again."""
    if rules.header is not None:
        return rules.header
    if rules.index is not None and cells[0] in ("", _PANDAS):
        cells = cells[1:] or cells
    try:
        return verdict(path, [pointed(cell, rules) for cell in cells])
    except FlagNeededError:
        raise
    except ValueError as error:
        advice = next(filter(None, (hint(cell, rules) for cell in cells)), "")
        raise ValueError(f"{error}{advice}") from None


def _names(path: Path, cells: list[str], rules: Rules) -> tuple[str, ...]:
    if rules.index is None and cells[0] == _PANDAS:
        raise FlagNeededError(
            f"{path}: {_PANDAS!r} is pandas' name of an index. {INDEX_ADVICE}",
            granting(index="drop"),
        )
    names = cells[int(rules.index == "drop") :]
    if rules.index == "keep" and not names[0]:
        names = ["index", *names[1:]]
    if "" in names:
        raise ValueError(f"{path}, line 1: column {cells.index('') + 1} has no name. Name it.")
    return tuple(names)
