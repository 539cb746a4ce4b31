r"""Marks between thousands: 1.234,56 and 1,234.56, 1 234,56 and 1'234.56.

A cell that has both marks can be read in one way; `1.234.567` may be an address, `1 234` two
cells, and 1.234 or 1,234 by itself a fraction. So a file is read by a mark that a cell of both
shows, unless another cell speaks against it, and asks for the flag otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

MARKS = {".": ".", ",": ",", "space": " \u00a0\u202f\u2009", "apostrophe": "'\u2019"}
"""The characters of each mark, by its name on the command line."""
NONE = "none"
WORDS = {".": "points", ",": "commas", "space": "spaces", "apostrophe": "apostrophes"}
_OTHER = {".": ",", ",": "."}
_PLAIN = {
    mark: re.compile(rf"[+-]?\d+{re.escape(mark)}\d+(?:[eE][+-]?\d+)?", re.ASCII) for mark in ".,"
}


@cache
def _grouped(mark: str, decimal: str) -> re.Pattern[str]:
    group = f"[{MARKS[mark]}]"
    return re.compile(
        rf"[+-]?[1-9]\d{{0,2}}(?P<groups>(?:{group}\d{{3}})+)(?P<rest>{re.escape(decimal)}\d*)?",
        re.ASCII,
    )


def ungrouped(text: str, mark: str | None, decimal: str) -> str:
    """A number without its marks between thousands; other texts as they are.

    >>> ungrouped("61.850,00", ".", ","), ungrouped("12.5", ".", ",")
    ('61850,00', '12.5')
    """
    if mark is None or mark == NONE or not _grouped(mark, decimal).fullmatch(text):
        return text
    return re.sub(f"[{MARKS[mark]}]", "", text)


def shown_by(text: str, decimal: str | None) -> tuple[str, str] | None:
    """The mark between thousands and that before the fraction which a cell may have, or None.

    Parameters
    ----------
    decimal : the mark before the fraction, where it was given.
    """
    for mark in MARKS:
        for point in (decimal,) if decimal else (_OTHER.get(mark, "."), ","):
            if mark == point:
                continue
            found = _grouped(mark, point).fullmatch(text)
            alone = mark in _OTHER and found and not found["rest"] and len(found["groups"]) == 4
            if found and not (alone and decimal is None):
                return mark, point
    return None


def decided_by(cells: Sequence[str], decimal: str | None) -> tuple[str, str] | None:
    """The marks between thousands and before the fraction that cells show together, or None."""
    shown = {mark for mark in _OTHER if any(_both(mark, cell) for cell in cells)}
    if len(shown) != 1:
        return None
    mark = shown.pop()
    if decimal not in (None, _OTHER[mark]):
        return None
    against = (c for c in cells if _PLAIN[mark].fullmatch(c))
    if all(_grouped(mark, _OTHER[mark]).fullmatch(cell) for cell in against):
        return mark, _OTHER[mark]
    return None


def _both(mark: str, cell: str) -> bool:
    found = _grouped(mark, _OTHER[mark]).fullmatch(cell)
    return found is not None and bool(found["rest"])
