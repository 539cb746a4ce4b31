"""A file as it was read: rows, names, which rows were kept, and what the user should know."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from divkit.cli.files.needed import FlagNeededError, granting, without
from divkit.cli.files.rules import Rules
from divkit.samples.named import NamedRows, holds_text
from divkit.types import FloatArray

Cells: TypeAlias = NDArray[Any]
"""Rows (n, d), float64; objects (floats and texts) where columns of labels were asked for."""


@dataclass(frozen=True, eq=False)
class FileTable:
    """Rows (n, d) as read from a file.

    Attributes
    ----------
    rows : the cells.
    names : of the columns, where the file has them; else ().
    dates : which columns are dates, as days since 1970-01-01; () for none.
    kept : the numbers (n,) of the rows in the file, from 0.
    total : how many rows the file has.
    marks : what was found between its cells and before fractions, in words; "" for nothing.
    """

    rows: Cells
    names: tuple[str, ...] = ()
    dates: tuple[bool, ...] = ()
    kept: NDArray[np.int64] | None = None
    total: int | None = None
    marks: str = ""

    @property
    def sample(self) -> NamedRows | Cells:
        """The rows as `divkit.compare` takes them: with names where there are any."""
        if not self.names:
            return self.rows
        dates = zip(self.names, self.dates, strict=True) if self.dates else ()
        return NamedRows(self.rows, self.names, tuple(name for name, is_date in dates if is_date))

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The numbers of the rows in the file."""
        return np.arange(len(self.rows)) if self.kept is None else self.kept

    def dropped(self, path: Path) -> tuple[str, ...]:
        """The number of rows left out, in words; () for none."""
        lost = 0 if self.total is None else self.total - len(self.rows)
        if lost == 0:
            return ()
        return (f"{lost} of {self.total} rows of {path} have missing cells and were left out",)

    def rows_of(self, kept: NDArray[np.bool_]) -> FileTable:
        """The rows that a mask keeps, with their numbers."""
        total = len(self.rows) if self.total is None else self.total
        return replace(self, rows=self.rows[kept], kept=self.numbers[kept], total=total)


class UnknownColumnsError(ValueError):
    """A flag names columns that a file does not have.

    Attributes
    ----------
    unknown : these.
    """

    def __init__(self, words: str, unknown: Sequence[str]) -> None:
        super().__init__(words)
        self.unknown = frozenset(unknown)


def chosen(path: Path, names: Sequence[str], rules: Rules) -> list[int]:
    """The places of the columns that the rules take.

    Raises
    ------
    ValueError
        If they name one that the file does not have, or leave none.
    """
    left_out = _named(path, names, "--without", rules.without) if rules.without else ()
    taken = names if rules.columns is None else _named(path, names, "--columns", rules.columns)
    at = [k for k, name in enumerate(names) if name in taken and name not in left_out]
    if names and not at:
        raise ValueError(f"{path} has no column left.")
    return at


def _named(path: Path, names: Sequence[str], flag: str, given: str) -> list[str]:
    """The names that a flag gives, each of which the file has."""
    asked = [name.strip() for name in given.split(",")]
    unknown = [name for name in asked if name not in names]
    if unknown:
        known = f"columns are {', '.join(names[:20])}" if names else "columns have no names"
        raise UnknownColumnsError(f"{flag} {unknown[0]}: the {known} in {path}.", unknown)
    return asked


def whole_rows(table: FileTable) -> NDArray[np.bool_]:
    """A mask (n,) of the rows without a missing cell: none is NaN."""
    return np.asarray((table.rows == table.rows).all(axis=1), dtype=bool)  # NaN is not itself


def require_no_index(table: FileTable, path: Path, rules: Rules) -> FileTable:
    """The table itself, or a refusal where its first column numbers the rows and nobody said so.

    Raises
    ------
    ValueError
        If the first column counts 0, 1, 2, … or 1, 2, 3, … beside others, none taken by name.
    """
    asked = rules.index is None and rules.columns is None  # what is named is taken
    if asked and table.rows.shape[1] > 1 and counts(table.rows[:, 0]):
        if rules.without is not None and table.names:  # it may not be the file's first
            name = table.names[0]
            raise FlagNeededError(
                f"{path}: column {name!r} numbers the rows, as an index does: --without "
                f"{shlex.quote(name)} leaves it out, --index keep takes it.",
                without(name),
            )
        raise FlagNeededError(
            f"{path}: the first column{_called(table)} numbers the rows, as an index does. "
            f"{INDEX_ADVICE}",
            granting(index="drop"),
        )
    return table


def _called(table: FileTable) -> str:
    return f" ({table.names[0]!r})" if table.names else ""


INDEX_ADVICE = (
    "Pass --index drop to leave it out, or --index keep to take it for a column of the samples."
)
_FEWEST = 5


def counts(column: Cells) -> bool:
    """True if a column of at least five cells goes up by 1 from 0 or 1."""
    if len(column) < _FEWEST or holds_text(column):
        return False
    figures: FloatArray = column.astype(np.float64)
    return figures[0] in (0.0, 1.0) and bool((np.diff(figures) == 1).all())
