"""The ledger: one SQLite file, one row a cell, each stored when it is done.

A killed run loses no finished cell, and a rerun does only what is missing: cells without a row,
and those whose row another version of the code made. One run at a time holds the ledger; a second
is refused. Reading changes nothing, so that a run can be looked at while it writes. Ledgers of
before `lower_bound` and `code` were stored are read as they are, and get the columns when a run
holds them: there an estimate with an infinite error is a lower bound, and the code is not known.
"""

from __future__ import annotations

import fcntl
import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path

from divkit.bench.cells import Cell, Row
from divkit.bench.truth import Truth

_TABLES = """
CREATE TABLE IF NOT EXISTS rows (
    problem TEXT, divergence TEXT, estimator TEXT, n INTEGER, seed INTEGER,
    value REAL, error REAL, low REAL, high REAL, oracle REAL, seconds REAL,
    failure TEXT, warnings TEXT, lower_bound INTEGER, code TEXT,
    PRIMARY KEY (problem, divergence, estimator, n, seed)
);
CREATE TABLE IF NOT EXISTS truths (
    problem TEXT, divergence TEXT, truth TEXT, PRIMARY KEY (problem, divergence)
);
"""
_KEY = "problem, divergence, estimator, n, seed"
_COLUMNS = f"{_KEY}, value, error, low, high, oracle, seconds, failure, warnings"
_LATER = {"lower_bound": "coalesce(error = 9e999, 0)", "code": "''"}
"""Columns that old ledgers lack, and what stands for them there."""


class Ledger:
    """Rows and truths on disk, to read; `held` gives one that writes.

    Raises
    ------
    ValueError
        If the file is no ledger.
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: Path, *, writes: bool = False) -> None:
        self.path = path
        mode = "rwc" if writes else "ro"
        try:
            self._base = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)
            if writes:
                self._base.executescript(_TABLES)
            present = {str(entry[1]) for entry in self._base.execute("PRAGMA table_info(rows)")}
        except sqlite3.OperationalError as error:
            raise OSError(f"{path} cannot be opened as a ledger: {error}") from None
        except sqlite3.DatabaseError as error:
            raise ValueError(f"{path} is no ledger: {error}. Name another file.") from None
        if not present.issuperset(_COLUMNS.split(", ")):
            raise ValueError(f"{path} is no ledger: it has no table of rows. Name another file.")
        self._later = [name if name in present else words for name, words in _LATER.items()]
        if writes:
            self._extend(present)

    def _extend(self, present: set[str]) -> None:
        """Give an old ledger the columns that it lacks."""
        with self._base:
            for name, words in _LATER.items():
                if name not in present:
                    self._base.execute(f"ALTER TABLE rows ADD COLUMN {name}")
                    self._base.execute(f"UPDATE rows SET {name} = {words}")
        self._later = list(_LATER)

    def add(self, rows: Iterable[Row]) -> None:
        """Store rows for good; a row of the same cell is replaced."""
        columns = ", ".join([_COLUMNS, *_LATER])
        marks = ", ".join("?" * len(columns.split(", ")))
        with self._base:
            self._base.executemany(
                f"INSERT OR REPLACE INTO rows ({columns}) VALUES ({marks})", map(_flat, rows)
            )

    def rows(self) -> list[Row]:
        """Every row, in the order of cells."""
        columns = ", ".join([_COLUMNS, *self._later])
        return [
            _row(entry)
            for entry in self._base.execute(f"SELECT {columns} FROM rows ORDER BY {_KEY}")
        ]

    def missing(
        self,
        cells: Iterable[Cell],
        *,
        retry_failed: bool = False,
        codes: Mapping[str, str] | None = None,
    ) -> list[Cell]:
        """The cells without a row that counts.

        Parameters
        ----------
        retry_failed : whether rows of failures do not count.
        codes : the version of each estimator's code, whose rows alone count; None for any.
        """
        where = "WHERE failure = ''" if retry_failed else ""
        found = self._base.execute(f"SELECT {_KEY}, {self._later[-1]} FROM rows {where}")
        made = {entry[:-1]: entry[-1] for entry in found}
        return [
            cell
            for cell in cells
            if (code := made.get(astuple(cell))) is None
            or (codes is not None and code != codes[cell.estimator])
        ]

    def truth(self, problem: str, divergence: str) -> Truth | None:
        """The truth that was stored, if any."""
        found = self._base.execute(
            "SELECT truth FROM truths WHERE problem = ? AND divergence = ?", (problem, divergence)
        ).fetchone()
        return None if found is None else Truth(*map(float, json.loads(found[0])))

    def add_truth(self, problem: str, divergence: str, truth: Truth) -> None:
        """Store a truth."""
        words = json.dumps([repr(part) for part in astuple(truth)])
        with self._base:
            self._base.execute(
                "INSERT OR REPLACE INTO truths VALUES (?, ?, ?)", (problem, divergence, words)
            )

    def close(self) -> None:
        """Close the file."""
        self._base.close()


@contextmanager
def held(path: Path) -> Iterator[Ledger]:
    """Open a ledger for writing, alone; it is made if need be.

    Raises
    ------
    ValueError
        If another run holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"{path} is being written by another run. Wait for it, or name another file."
            ) from None
        ledger = Ledger(path, writes=True)
        try:
            yield ledger
        finally:
            ledger.close()


def _flat(row: Row) -> tuple[object, ...]:
    figures = (row.value, row.error, row.low, row.high, row.oracle)
    stored = (None if math.isnan(figure) else figure for figure in figures)
    told = json.dumps(row.warnings, ensure_ascii=False)
    made = (row.seconds, row.failure, told, int(row.lower_bound), row.code)
    return (*astuple(row.cell), *stored, *made)


def _row(entry: tuple[object, ...]) -> Row:
    problem, divergence, estimator, n, seed, *figures, seconds, failure, told, bound, code = entry
    cell = Cell(str(problem), str(divergence), str(estimator), int(str(n)), int(str(seed)))
    value, error, low, high, oracle = map(_number, figures)
    spent, warnings = float(str(seconds)), tuple(map(str, json.loads(str(told))))
    told_of = (spent, str(failure), warnings, bool(bound), str(code))
    return Row(cell, value, error, low, high, oracle, *told_of)


def _number(figure: object) -> float:
    return math.nan if figure is None else float(str(figure))
