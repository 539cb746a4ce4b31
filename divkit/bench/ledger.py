"""The ledger: one SQLite file, one row a cell, each stored when it is done.

A killed run loses no finished cell, and a rerun does only what is missing: cells without a row,
and those whose row another version of the code made. One run at a time holds the ledger; a second
is refused. Reading changes nothing, so that a run can be looked at while it writes. The file is
checked when it is opened, and each row when it is read; a damaged one is refused with the way to
salvage it. Ledgers of before `lower_bound`, `code` and `digest` were stored are read as they are,
and get the columns when a run holds them: there an estimate with an infinite error is a lower
bound, and the code is not known. SQLite's `user_version` is the version of the format; one that is
newer than this code is refused by its number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import astuple
from pathlib import Path

from divkit.bench.cells import Cell, Row
from divkit.bench.ledger_file import SALVAGE, advised, connect
from divkit.bench.ledger_rows import COLUMNS, KEY, LATER, digest, flat, row_of
from divkit.bench.truth import ProblemTruth
from divkit.storage import HeldError, locked

VERSION = 2
"""Of the format: the tables, their columns, and the digests. A file without one is read as 1,
whose rows have no memory and no host."""
_TABLES = (
    """
CREATE TABLE IF NOT EXISTS rows (
    problem TEXT, divergence TEXT, estimator TEXT, n INTEGER, seed INTEGER,
    value REAL, error REAL, low REAL, high REAL, oracle REAL, seconds REAL,
    failure TEXT, warnings TEXT, lower_bound INTEGER, code TEXT, digest TEXT,
    memory INTEGER, host TEXT,
    PRIMARY KEY (problem, divergence, estimator, n, seed)
)""",
    """
CREATE TABLE IF NOT EXISTS truths (
    problem TEXT, divergence TEXT, truth TEXT, PRIMARY KEY (problem, divergence)
)""",
    "CREATE TABLE IF NOT EXISTS versions (code TEXT PRIMARY KEY, parts TEXT)",
)

_HAS_VERSIONS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'versions'"


class Ledger:
    """Rows and truths on disk, to read; `held` gives one that writes.

    Raises
    ------
    ValueError
        If the file is no ledger, or damaged.
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: Path, *, writes: bool = False) -> None:
        self.path = path
        self._base = connect(path, writes)
        try:
            with advised(path):
                self._prepare(writes)
        except BaseException:
            self.close()
            raise

    def _prepare(self, writes: bool) -> None:
        ((version,),) = self._base.execute("PRAGMA user_version")
        if version > VERSION:
            raise ValueError(
                f"{self.path} is a ledger of version {version}, and this divkit reads {VERSION}. "
                "Name another file."
            )
        if writes:
            for table in _TABLES:
                self._base.execute(table)
            self._base.execute(f"PRAGMA user_version = {VERSION}")
        present = {str(entry[1]) for entry in self._base.execute("PRAGMA table_info(rows)")}
        if not present.issuperset(COLUMNS.split(", ")):
            raise ValueError(
                f"{self.path} is no ledger: it has no table of rows. Name another file."
            )
        self._later = [name if name in present else words for name, words in LATER.items()]
        if writes:
            self._extend(present)

    def _extend(self, present: set[str]) -> None:
        """Give an old ledger the columns that it lacks."""
        with self._base:
            for name, words in LATER.items():
                if name not in present:
                    self._base.execute(f"ALTER TABLE rows ADD COLUMN {name}")
                    self._base.execute(f"UPDATE rows SET {name} = {words}")
        self._later = list(LATER)

    def add(self, rows: Iterable[Row]) -> None:
        """Store rows for good; a row of the same cell is replaced.

        Raises
        ------
        OSError
            If the disk is full or cannot be written; rows that were stored are kept.
        """
        columns = ", ".join([COLUMNS, *LATER])
        marks = ", ".join("?" * len(columns.split(", ")))
        with advised(self.path), self._base:
            self._base.executemany(
                f"INSERT OR REPLACE INTO rows ({columns}) VALUES ({marks})", map(flat, rows)
            )

    def rows(self) -> list[Row]:
        """Every row, in the order of cells.

        Raises
        ------
        ValueError
            If a row is not what was stored.
        """
        columns = ", ".join([COLUMNS, *self._later])
        with advised(self.path):
            return [
                row_of(entry)
                for entry in self._base.execute(f"SELECT {columns} FROM rows ORDER BY {KEY}")
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
        counted = (row for row in self.rows() if not (retry_failed and row.failure))
        codes_of = {astuple(row.cell): row.code for row in counted}
        return [
            cell
            for cell in cells
            if (code := codes_of.get(astuple(cell))) is None
            or (codes is not None and code != codes[cell.estimator])
        ]

    def truth(self, problem: str, divergence: str) -> ProblemTruth | None:
        """The truth that was stored, if any."""
        with advised(self.path):
            entry = self._base.execute(
                "SELECT truth FROM truths WHERE problem = ? AND divergence = ?",
                (problem, divergence),
            ).fetchone()
        return None if entry is None else _truth(self.path, (problem, divergence), entry[0])

    def add_truth(self, problem: str, divergence: str, truth: ProblemTruth) -> None:
        """Store a truth."""
        parts = [repr(part) for part in astuple(truth)]
        words = json.dumps([*parts, digest((problem, divergence, *parts))])
        with advised(self.path), self._base:
            self._base.execute(
                "INSERT OR REPLACE INTO truths VALUES (?, ?, ?)", (problem, divergence, words)
            )

    def versions(self) -> dict[str, dict[str, str]]:
        """The parts of versions of code (`divkit.bench.code.listed`) that runs have stored."""
        with advised(self.path):
            if not self._base.execute(_HAS_VERSIONS).fetchone():
                return {}
            entries = self._base.execute("SELECT code, parts FROM versions").fetchall()
        return {code: _parts(self.path, text) for code, text in entries}

    def add_versions(self, versions: Mapping[str, Mapping[str, str]]) -> None:
        """Store what versions of code are made of; one that is there stays."""
        entries = [(code, json.dumps(dict(parts))) for code, parts in versions.items()]
        with advised(self.path), self._base:
            self._base.executemany("INSERT OR IGNORE INTO versions VALUES (?, ?)", entries)

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
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(path.with_name(path.name + ".lock")))
        except HeldError:
            raise ValueError(
                f"{path} is being written by another run. Wait for it, or name another file."
            ) from None
        ledger = Ledger(path, writes=True)
        try:
            yield ledger
        finally:
            ledger.close()


def _truth(path: Path, key: tuple[str, str], text: object) -> ProblemTruth:
    """A truth as it was stored: four numbers as text, and a digest that old ledgers lack.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        parts, stored = json.loads(str(text))[:4], json.loads(str(text))[4:]
        if stored and stored != [digest((*key, *parts))]:
            raise ValueError("its digest is another")
        return ProblemTruth(*map(float, parts))
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(
            f"{path} is damaged: a truth is none, {error}. {SALVAGE.format(path=path)}."
        ) from None


def _parts(path: Path, text: object) -> dict[str, str]:
    """The parts of a version, as they were stored.

    Raises
    ------
    ValueError
        If it is no table of texts.
    """
    try:
        return table_of_texts(json.loads(str(text)))
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(
            f"{path} is damaged: a version is none, {error}. {SALVAGE.format(path=path)}."
        ) from None


def table_of_texts(given: object) -> dict[str, str]:
    """Return a table whose names and values are texts.

    Raises
    ------
    TypeError
        If it is none.
    """
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise TypeError(f"{type(given).__name__} is no table of texts")
    return dict(given)
