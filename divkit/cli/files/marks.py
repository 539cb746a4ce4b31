"""Marks between cells and before fractions, where one reading alone makes a table.

A file whose lines are of one length between semicolons (tabs, bars), and of none between commas,
can be read in one way. There a cell such as `19,06` is a number with a decimal comma, unless
some number has a point; `1,234` may be a thousand too, and by itself shows nothing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from divkit.cli.files.lines import Lines
from divkit.cli.files.rules import DELIMITERS, Rules
from divkit.cli.files.source import opened
from divkit.cli.files.thousands import NONE, WORDS, decided_by

_LOOKED_AT = 2000
"""Lines by which a file is judged; those below are refused where they do not fit."""
_COMMA = DELIMITERS["comma"]
_OTHERS = {DELIMITERS[name]: f"{name}s" for name in ("semicolon", "tab", "bar")}
COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?", re.ASCII)
"""A number with a decimal comma, or one of thousands."""
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?", re.ASCII)


def decided(path: Path, rules: Rules) -> tuple[Rules, str]:
    """The rules with the marks that a file shows, and these in words: "" where none was found.

    Raises
    ------
    ValueError
        If it is no text.
    OSError
        If it cannot be read.
    """
    if None not in (rules.delimiter, rules.decimal, rules.thousands):
        return rules, ""
    lines = _first_lines(path, rules)
    found = _separator(lines) if rules.delimiter is None else None
    separator = found or rules.separator
    grouped = _thousands(lines, separator, rules)
    if grouped is not None:
        mark, decimal = grouped
        words = f"{WORDS[decimal]} before fractions, {WORDS[mark]} between thousands"
        beside = f", cells between {_OTHERS[separator]}" if separator in _OTHERS else ""
        made = replace(rules, delimiter=separator, decimal=decimal, thousands=mark)
        return made, f"{words}{beside}"
    if (
        None is rules.decimal is rules.thousands
        and separator in _OTHERS
        and _has_commas(lines, separator)
    ):
        words = f"decimal commas, cells between {_OTHERS[separator]}"
        return replace(rules, delimiter=separator, decimal=","), words
    if found is None:
        return rules, ""
    return replace(rules, delimiter=found), f"cells between {_OTHERS[found]}"


def _first_lines(path: Path, rules: Rules) -> list[str]:
    with opened(path) as stream:
        lines = Lines(stream, path, rules.comment)
        return [line for line in islice(lines, _LOOKED_AT) if line.strip()]


def _separator(lines: Sequence[str]) -> str | None:
    """The one mark other than commas that makes a table, where commas make none."""
    if _width(lines, _COMMA) > 1:
        return None
    fitting = [mark for mark in _OTHERS if _width(lines, mark) > 1]
    return fitting[0] if len(fitting) == 1 else None


def _width(lines: Sequence[str], mark: str) -> int:
    """Cells of every line; 0 where lines differ, or are no table of text."""
    widths = {len(row) for row in _cells(lines, mark)}
    return widths.pop() if len(widths) == 1 else 0


def _cells(lines: Sequence[str], mark: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=mark, strict=True))
    except csv.Error:
        return []


def _thousands(lines: Sequence[str], mark: str, rules: Rules) -> tuple[str, str] | None:
    """The marks between thousands and before fractions, where cells show them by themselves.

    The user's word is on files that leave it open: of two, each is read by its own marks.
    """
    if rules.thousands == NONE:
        return None
    cells = [cell.strip() for row in _cells(lines, mark) for cell in row]
    found = decided_by(cells, rules.decimal)
    return None if found is None or found[1] == mark else found


def _has_commas(lines: Sequence[str], mark: str) -> bool:
    """Whether some number can only have a decimal comma, and none has a point."""
    cells = [cell.strip() for row in _cells(lines, mark) for cell in row]
    if any(_POINT.fullmatch(cell) for cell in cells):
        return False
    return any(COMMA_NUMBER.fullmatch(c) and not _GROUPED.fullmatch(c) for c in cells)
