r"""Commas that may stand within numbers: `1,5` is two cells, or one with a decimal comma.

Without a header that counts the columns nothing says which, where every line has the look of it:
two cells, whole numbers both, the second without a sign; or groups of three digits, as in
`1,234,567`. A sign, a blank after the comma or a point where none belongs shows that
cells are meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_LEADING = re.compile(r"[+-]?\d{1,3}", re.ASCII)
_GROUP = re.compile(r"\d{3}", re.ASCII)
_LAST = re.compile(r"\d{3}(?:\.\d*)?", re.ASCII)


class Commas:
    """Evidence from the rows so far on their commas."""

    def __init__(self) -> None:
        self._rows, self._fraction, self._thousands = 0, True, True

    def see(self, row: Sequence[str]) -> None:
        """Take a row's cells, blanks around them kept."""
        self._rows += 1
        if self._fraction:
            self._fraction = (
                len(row) == 2
                and _WHOLE.fullmatch(row[0]) is not None
                and _DIGITS.fullmatch(row[1]) is not None
            )
        if self._thousands:
            self._thousands = (
                len(row) > 1
                and _LEADING.fullmatch(row[0]) is not None
                and all(_GROUP.fullmatch(cell) for cell in row[1:-1])
                and _LAST.fullmatch(row[-1]) is not None
            )

    def require_cells(self, path: Path) -> None:
        """Refuse rows whose commas may all stand within numbers.

        Raises
        ------
        ValueError
            With both readings and the flags that decide.
        """
        if self._rows and (self._fraction or self._thousands):
            inside, advice = (
                ("decimal commas", "--decimal , if they are decimal")
                if self._fraction
                else ("thousands separators", "or take them out of the file")
            )
            raise ValueError(
                f"{path}: the commas may stand between cells or be {inside}. Pass --delimiter , "
                f"if they separate cells, {advice}."
            )
