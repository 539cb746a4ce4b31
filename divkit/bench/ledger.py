"""The ledger: one SQLite file, one row a cell, each stored when it is done.

A killed run loses no finished cell, and a rerun does only what is missing. One run at a time holds
the ledger; a second is refused.
"""

from __future__ import annotations

import fcntl
import json
import math
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path

from divkit.bench.cells import Cell, Row
from divkit.bench.truth import Truth

_TABLES = """
CREATE TABLE IF NOT EXISTS rows (
    problem TEXT, divergence TEXT, estimator TEXT, n INTEGER, seed INTEGER,
    value REAL, error REAL, low REAL, high REAL, oracle REAL, seconds REAL,
    failure TEXT, warnings TEXT,
    PRIMARY KEY (problem, divergence, estimator, n, seed)
);
CREATE TABLE IF NOT EXISTS truths (
    problem TEXT, divergence TEXT, truth TEXT, PRIMARY KEY (problem, divergence)
);
"""


class Ledger:
    """Rows and truths on disk.

    Raises
    ------
    ValueError
        If the file is no ledger.
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._base = sqlite3.connect(path)
            self._base.executescript(_TABLES)
        except sqlite3.OperationalError as error:
            raise OSError(f"{path} cannot be opened as a ledger: {error}") from None
        except sqlite3.DatabaseError as error:
            raise ValueError(f"{path} is no ledger: {error}. Name another file.") from None

    def add(self, rows: Iterable[Row]) -> None:
        """Store rows for good; a row of the same cell is replaced."""
        with self._base:
            self._base.executemany(
                f"INSERT OR REPLACE INTO rows VALUES ({', '.join('?' * 13)})", map(_flat, rows)
            )

    def rows(self) -> list[Row]:
        """Every row, in the order of cells."""
        found = self._base.execute(
            "SELECT * FROM rows ORDER BY problem, divergence, estimator, n, seed"
        )
        return [_row(entry) for entry in found]

    def missing(self, cells: Iterable[Cell], *, retry_failed: bool = False) -> list[Cell]:
        """The cells without a row; with those that failed, if they are to be tried again."""
        where = " WHERE failure = ''" if retry_failed else ""
        done = set(
            self._base.execute(f"SELECT problem, divergence, estimator, n, seed FROM rows{where}")
        )
        return [cell for cell in cells if astuple(cell) not in done]

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
    """Open a ledger for writing, alone.

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
        ledger = Ledger(path)
        try:
            yield ledger
        finally:
            ledger.close()


def _flat(row: Row) -> tuple[object, ...]:
    figures = (row.value, row.error, row.low, row.high, row.oracle)
    stored = (None if math.isnan(figure) else figure for figure in figures)
    told = json.dumps(row.warnings, ensure_ascii=False)
    return (*astuple(row.cell), *stored, row.seconds, row.failure, told)


def _row(entry: tuple[object, ...]) -> Row:
    problem, divergence, estimator, n, seed, *figures, seconds, failure, warnings = entry
    cell = Cell(str(problem), str(divergence), str(estimator), int(str(n)), int(str(seed)))
    value, error, low, high, oracle = map(_number, figures)
    spent, told = float(str(seconds)), tuple(map(str, json.loads(str(warnings))))
    return Row(cell, value, error, low, high, oracle, spent, str(failure), told)


def _number(figure: object) -> float:
    return math.nan if figure is None else float(str(figure))
