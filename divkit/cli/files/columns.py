"""Cells of text → columns of numbers, or of labels where they were asked for."""

from __future__ import annotations

import math
import re
import shlex
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from divkit.cli.files.marks import COMMA_NUMBER
from divkit.cli.files.needed import FlagNeededError, granting, without
from divkit.cli.files.numbers import Kind, UnheldError, days, kind, number
from divkit.cli.files.rules import Rules
from divkit.cli.files.source import require_cells
from divkit.cli.files.table import Cells
from divkit.cli.files.thousands import WORDS, shown_by, ungrouped

BLANKS = " \t"
_SHOWN = 40
_NUMBER, _TEXT = "a number", "text"
_DATE, _ZONED = "a date", "a date with a zone"
_DATE_KINDS = frozenset((_DATE, _ZONED))
_DATES = ": --dates takes dates as days since 1970-01-01"
_MISSING = ": --missing drop leaves such rows out"
_LIKE_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?", re.ASCII)
_DATE_ADVICE = " (a date? --dates reads 2024-03-31 and 31.03.2024)"
_SPACED = re.compile(r"\d\s+[-+.]?\d", re.ASCII)


class Columns:
    """The rows of a table, taken one by one.

    Parameters
    ----------
    path, rules : of the file.
    width : cells of a row.
    at : the places of those that are taken.
    names : of all cells of a row, where line 1 has them.
    """

    def __init__(
        self, path: Path, rules: Rules, width: int, at: Sequence[int], names: Sequence[str] = ()
    ) -> None:
        self._path, self._rules, self._width, self._at = path, rules, width, at
        self._names = names
        self._cells: Any = list[float | str]() if rules.labels else array("d")
        self._count = 0
        self._seen = dict[int, dict[str, str]]()

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
        for k in self._at:
            self._cells.append(self._cell(row[k].strip(BLANKS), k, line))
        self._count += 1
        require_cells(self._path, self._count, self._width)

    def _cell(self, text: str, k: int, line: int) -> float | str:
        decimal = pointed(text, self._rules)
        found = kind(decimal)
        try:
            if found is Kind.NUMBER:
                self._see(k, _NUMBER, line)
                return number(decimal, self._rules.rounded)
        except UnheldError as error:
            words = f"{error}. --rounded takes the nearest float64 where there is one"
            if self._rules.rounded:
                raise self._refusal(text, k, line, words) from None
            raise self._needed(text, k, line, words, rounded=True) from None
        if found is Kind.INFINITE:
            return float(text)
        if found is Kind.MISSING:
            return self._missing(text, k, line)
        date = days(text)
        if date is not None and self._rules.dates:
            self._see(k, _ZONED if date[1] else _DATE, line)
            return date[0]
        if date is not None:
            raise self._needed(text, k, line, f"is no number{_DATES}", dates=True)
        if not self._rules.labels or self._has_comma(text) or self._thousands(text):
            raise self._no_number(text, k, line)
        self._see(k, _TEXT, line)
        return text

    def _has_comma(self, text: str) -> bool:
        """Whether a text may be a number with a comma, of which nobody said what it means."""
        said = self._rules.decimal or self._rules.thousands
        return said is None and COMMA_NUMBER.fullmatch(text) is not None

    def _thousands(self, text: str) -> tuple[str, str] | None:
        """Marks between thousands and before the fraction by which a text would be a number."""
        rules = self._rules
        return None if rules.thousands is not None else shown_by(text, rules.decimal)

    def _no_number(self, text: str, k: int, line: int) -> ValueError:
        """The refusal of a text, with the flag that would take it if there is one."""
        marks = self._thousands(text)
        if marks is not None:
            return self._parted(text, k, line, *marks)
        advice = hint(text, self._rules)
        if self._has_comma(text) and self._rules.separator != ",":
            why = (
                "is no number: --decimal , takes commas as decimal ones, --thousands , as those "
                "between thousands, where all are"
            )
            return self._needed(text, k, line, why, decimal=",")
        leave = self._names and len(self._at) > 1 and kind(text) is Kind.TEXT
        if leave and not (advice or self._rules.labels or self._rules.text_flag):
            name = self._names[k]
            out = f"; --without {shlex.quote(name)} leaves the column out"
            words = f"is no number{self._rules.text_advice}{out}"
            return FlagNeededError(str(self._refusal(text, k, line, words)), without(name))
        if advice or not self._rules.text_flag:
            return self._refusal(text, k, line, f"is no number{advice or self._rules.text_advice}")
        why = f"is no number{_DATE_ADVICE if _LIKE_DATE.fullmatch(text) else ''}"
        return self._needed(text, k, line, f"{why}{self._rules.text_advice}", labels=True)

    def _parted(self, text: str, k: int, line: int, mark: str, decimal: str) -> ValueError:
        """The refusal of a number with marks between thousands, with the flag that takes it."""
        also = ", --thousands none as text" if self._rules.labels or self._rules.text_flag else ""
        needs = mark not in ".," and decimal == "," and self._rules.decimal is None
        flag = f"--thousands {mark}{' --decimal ,' if needs else ''}"
        why = f"is no number: {flag} takes {WORDS[mark]} between thousands{also}"
        grants = {"thousands": mark} | ({"decimal": decimal} if needs else {})
        return self._needed(text, k, line, why, **grants)

    def _see(self, k: int, what: str, line: int) -> None:
        self._seen.setdefault(k, {}).setdefault(what, f"line {line}")

    def _missing(self, text: str, k: int, line: int) -> float:
        if self._rules.missing is None:
            raise self._needed(text, k, line, f"is a missing value{_MISSING}", missing="drop")
        return math.nan

    def _needed(self, text: str, k: int, line: int, why: str, **grants: Any) -> FlagNeededError:
        """The refusal of a cell that a flag would take, by setting rules."""
        return FlagNeededError(str(self._refusal(text, k, line, why)), granting(**grants))

    def _refusal(self, text: str, k: int, line: int, why: str) -> ValueError:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        place = f"{self._path}, line {line}, column {self._called(k)}"
        return ValueError(f"{place}: {shown!r} {why} (row {self._count}).")

    def _called(self, k: int) -> str:
        return f"{k + 1} ({self._names[k]!r})" if self._names else f"{k + 1}"

    @property
    def dates(self) -> tuple[bool, ...]:
        """Which of the columns taken are dates; () where none is."""
        found = tuple(bool(_DATE_KINDS & self._seen.get(k, {}).keys()) for k in self._at)
        return found if any(found) else ()

    @property
    def numeric(self) -> bool:
        """True where some column holds numbers."""
        return any(_NUMBER in seen for seen in self._seen.values())

    def cells(self) -> Cells:
        """The rows (n, d): float64, or objects where some column is text.

        Raises
        ------
        ValueError
            If a column holds cells of two kinds.
        """
        for k, seen in self._seen.items():
            if len(seen) > 1:
                kinds = " and ".join(f"{what} ({line})" for what, line in seen.items())
                raise ValueError(
                    f"{self._path}, column {self._called(k)} holds {kinds}; labels are text all "
                    "the way, numbers numbers, dates dates."
                )
        texts = any(_TEXT in seen for seen in self._seen.values())
        kind_of = object if texts else np.float64
        flat = np.empty(len(self._cells), dtype=kind_of)
        flat[:] = self._cells
        return flat.reshape(self._count, len(self._at))


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
    """A text without marks between thousands, a decimal comma as a point.

    Then one that has a point becomes no number.
    """
    plain = ungrouped(text, rules.thousands, rules.fraction)
    return plain.replace(".", "_").replace(",", ".") if rules.fraction == "," else plain
