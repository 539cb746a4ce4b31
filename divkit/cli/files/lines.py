"""Lines of text from a file: UTF-8, of bounded length, comments left out, lines numbered."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_LONGEST = 2**24
_SHOWN = 2


class Lines:
    """An iterator over a file's lines, with their ends.

    Attributes
    ----------
    number : of the line that came last, from 1.
    first : the first two lines that are not blank, as they stand.

    Raises
    ------
    ValueError
        (while lines are taken) if the text is not UTF-8, holds NUL, or a line is too long.
    """

    def __init__(self, stream: BinaryIO, path: Path, comment: str = "") -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        self._path, self._comment = path, comment
        self.number, self.first = 0, list[str]()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while True:
            line = self._read()
            if not line:
                raise StopIteration
            self.number += 1
            if self._comment and line.lstrip().startswith(self._comment):
                continue
            if line.strip() and len(self.first) < _SHOWN:
                self.first.append(line)
            return line

    def _read(self) -> str:
        try:
            line = self._text.readline(_LONGEST)
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{self._path} is no UTF-8 text: {error}. Save it as UTF-8, as by iconv -f latin1 "
                "-t utf8, or as “CSV UTF-8” where a spreadsheet wrote it."
            ) from None
        if "\0" in line:
            raise ValueError(f"{self._path}, line {self.number + 1}: a NUL byte; this is no text.")
        if len(line) >= _LONGEST:
            raise ValueError(
                f"{self._path}, line {self.number + 1} is longer than {_LONGEST:,} characters."
            )
        return line
