"""The decision whether the first line of text holds names; refused where nothing shows it.

A line of words over numbers is a header. A line in which some cells are numbers and some are not
may be either: a header of a year among words, or data with a missing cell. A line of numbers is
data, unless it looks like names: 0, 1, 2 (what pandas writes for columns without names), years,
whole numbers over fractions, quotes that only the first line has, or numbers far from all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from divkit.cli.files.needed import FlagNeededError, granting
from divkit.cli.files.numbers import WHOLE, Kind, kind
from divkit.types import FloatArray

_ADVICE = "Pass --header if line 1 holds names, --no-header if it is data"
_YEARS = (1900.0, 2100.0)
_FEWEST = 3


def verdict(path: Path, cells: Sequence[str]) -> bool | None:
    """Decide by its own look whether a first line is a header: True for words, None for numbers.

    Raises
    ------
    ValueError
        If some cells are numbers, or look like numbers, and others do not; if one has no name.
    """
    if cells[0].startswith("#"):
        raise FlagNeededError(
            f"{path}, line 1 starts with #. Pass --comment '#' to leave such lines out, --header "
            "if it holds names, the # being part of the first.",
            granting(comment="#"),
        )
    kinds = [kind(cell) for cell in cells]
    if all(found in (Kind.NUMBER, Kind.INFINITE) for found in kinds):
        return None
    if all(found is Kind.TEXT for found in kinds):
        return True
    if "" in cells and all(found in (Kind.TEXT, Kind.MISSING) for found in kinds):
        last = " The line ends with a delimiter." if cells[-1] == "" else ""
        words = (
            f"{path}, line 1: column {cells.index('') + 1} has no name.{last} Name it; an index "
            "of rows is left out by --index drop, kept by --index keep (the first column); where "
            "line 1 is data, pass --no-header."
        )
        if "" in cells[1:]:
            raise ValueError(words)
        raise FlagNeededError(words, granting(index="drop"))
    at = next(k for k, found in enumerate(kinds) if found not in (Kind.NUMBER, Kind.INFINITE))
    what = "has no name" if not cells[at] else f"is {cells[at]!r}, {kinds[at].value}"
    raise ValueError(
        f"{path}, line 1: column {at + 1} {what}: whether the line is a header cannot be told. "
        f"{_ADVICE} (with --missing drop where cells are missing)."
    )


def require_shown(path: Path, numeric: bool) -> None:
    """Refuse to take a first line of words for names where no number stands below it."""
    if not numeric:
        raise ValueError(
            f"{path}: words all the way; whether line 1 holds names cannot be told. {_ADVICE}."
        )


def require_data(path: Path, cells: Sequence[str], body: FloatArray, raw: Sequence[str]) -> None:
    """Refuse a first line of numbers that looks like names.

    Parameters
    ----------
    cells : of the first line.
    body : the numbers (n, d), the first line's at their head.
    raw : the first two lines as they stand.
    """
    first, rest = body[0], body[1:]
    rest = rest[~np.isnan(rest).any(axis=1)]
    if len(rest) == 0 or bool((rest == first).all(axis=1).any()):
        return
    if len(raw) > 1 and '"' in raw[0] and '"' not in raw[1]:
        why = "it alone has quotes"
    elif all(WHOLE.fullmatch(cell) for cell in cells) and (first >= 0).all():
        why = _of_whole_numbers(first, rest)
    else:
        why = ""
    if not why and _far(first, rest):
        why = "its numbers are far from all below them"
    if why:
        raise ValueError(
            f"{path}, line 1: {', '.join(cells[:5])} may be the columns' names: {why}. {_ADVICE}."
        )


def _of_whole_numbers(first: FloatArray, rest: FloatArray) -> str:
    if (first == np.arange(len(first))).all():
        return "they count from 0, as columns without names do"
    if bool((rest != np.round(rest)).any()):
        return "whole numbers over fractions"
    if len(first) > 1 and ((_YEARS[0] <= first) & (first <= _YEARS[1])).all():
        return "they may be years"
    if len(first) > 1 and (np.diff(first) == 1).all():
        return "they count up"
    return ""


def _far(first: FloatArray, rest: FloatArray) -> bool:
    """True if each number is beyond those below it by more than their range."""
    if len(rest) < _FEWEST or not np.isfinite(rest).all():
        return False
    low, high = rest.min(axis=0), rest.max(axis=0)
    width = high / 2 - low / 2  # halves: the range itself may overflow
    beyond = np.maximum(first / 2 - high / 2, low / 2 - first / 2)
    return bool((beyond > np.maximum(width, 0)).all() and (width > 0).any())
