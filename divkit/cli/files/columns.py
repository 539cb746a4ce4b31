"""Cells of text → columns of numbers, or of labels where they were asked for."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from divkit.cli.files.numbers import Kind, UnheldError, kind, number
from divkit.cli.files.rules import Rules
from divkit.cli.files.source import require_cells
from divkit.cli.files.table import Cells

BLANKS = " \t"
_SHOWN = 40
_SPACED = re.compile(r"\d\s+[-+.]?\d", re.ASCII)


class Columns:
    """The rows of a table, taken one by one.

    Parameters
    ----------
    path, rules : of the file.
    width : cells of a row.
    skip : cells at a row's start that are left out.
    """

    def __init__(self, path: Path, rules: Rules, width: int, skip: int) -> None:
        self._path, self._rules, self._width, self._skip = path, rules, width, skip
        self._cells: Any = list[float | str]() if rules.labels else array("d")
        self._count = 0
        self._numbers, self._texts = dict[int, str](), dict[int, str]()

    def add(self, line: int, row: Sequence[str]) -> None:
        """Take a row.

        Raises
        ------
        ValueError
            If it is too short or long, a cell is missing or no number, or there are too many.
        """
        if len(row) != self._width:
            raise ValueError(
                f"{self._path}, line {line}: {len(row)} cells where line 1 has {self._width}."
                f"{_trailing(row, self._width)}{_of_length(row, self._rules)}"
            )
        for k in range(self._skip, self._width):
            self._cells.append(self._cell(row[k].strip(BLANKS), k, line))
        self._count += 1
        require_cells(self._path, self._count, self._width)

    def _cell(self, text: str, k: int, line: int) -> float | str:
        decimal = pointed(text, self._rules)
        found = kind(decimal)
        try:
            if found is Kind.NUMBER:
                self._numbers.setdefault(k, f"line {line}")
                return number(decimal, self._rules.rounded)
        except UnheldError as error:
            raise self._refusal(
                text, k, line, f"{error}. --rounded takes the nearest float64 where there is one"
            ) from None
        if found is Kind.INFINITE:
            return float(text)
        if found is Kind.MISSING:
            return self._missing(text, k, line)
        if not self._rules.labels:
            advice = hint(text, self._rules) or self._rules.text_advice
            raise self._refusal(text, k, line, f"is no number{advice}")
        self._texts.setdefault(k, f"line {line}")
        return text

    def _missing(self, text: str, k: int, line: int) -> float:
        if self._rules.missing is None:
            why = "is a missing value: --missing drop leaves such rows out"
            raise self._refusal(text, k, line, why)
        return math.nan

    def _refusal(self, text: str, k: int, line: int, why: str) -> ValueError:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        place = f"{self._path}, line {line}, column {k + 1}"
        return ValueError(f"{place}: {shown!r} {why} (row {self._count}).")

    @property
    def numeric(self) -> bool:
        """True where some column holds numbers."""
        return bool(self._numbers)

    def cells(self) -> Cells:
        """The rows (n, d): float64, or objects where some column is text.

        Raises
        ------
        ValueError
            If a column holds numbers and text.
        """
        for k in self._texts.keys() & self._numbers.keys():
            raise ValueError(
                f"{self._path}, column {k + 1} holds a number ({self._numbers[k]}) and text "
                f"({self._texts[k]}); labels are text all the way, numbers numbers."
            )
        kind_of = object if self._texts else np.float64
        flat = np.empty(len(self._cells), dtype=kind_of)
        flat[:] = self._cells
        return flat.reshape(self._count, self._width - self._skip)


def hint(text: str, rules: Rules) -> str:
    """Advice on the delimiter from a text without sense in it; "" for none."""
    if text.lstrip().startswith("#"):
        return " — is it a remark? Pass --comment '#'"
    if rules.delimiter is not None:
        return ""
    for mark, name in ((";", "';'"), ("\t", "tab"), ("|", "'|'")):
        if mark in text:
            comma = " (and --decimal , if fractions have commas)" if "," in text else ""
            return f" — does --delimiter {name} separate the cells?{comma}"
    if _SPACED.search(text) and rules.separator != " ":
        return " — does --delimiter space separate the cells?"
    return ""


def _of_length(row: Sequence[str], rules: Rules) -> str:
    """Advice on a row of another length."""
    found = hint(",".join(row), rules)
    if not found and len(row) == 2 and rules.decimal is None and rules.delimiter is None:
        return " Are these decimal commas? Pass --decimal ,"
    return found


def _trailing(row: Sequence[str], width: int) -> str:
    return " The line ends with a delimiter." if len(row) == width + 1 and not row[-1] else ""


def pointed(text: str, rules: Rules) -> str:
    """A text with its decimal comma as a point; then one that has a point becomes no number."""
    return text.replace(".", "_").replace(",", ".") if rules.decimal == "," else text
