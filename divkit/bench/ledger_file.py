"""A ledger's SQLite file: opened if it is whole, and what SQLite says put as advice."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from divkit.bench.ledger_rows import DamagedRowError

SALVAGE = (
    "Save what can be read, `sqlite3 {path} .recover | sqlite3 saved.sqlite`, and name that; or "
    "name another file, and the cells are computed again"
)

_WHOLE = ["ok"]
"""SQLite's finding in a file without faults."""


def connect(path: Path, writes: bool) -> sqlite3.Connection:
    """Open the file and check that it is whole.

    Raises
    ------
    ValueError
        If it is no SQLite file, or a damaged one.
    OSError
        If it cannot be opened.
    """
    _require_regular(path, writes)
    mode = "rwc" if writes else "ro"
    with advised(path):
        base = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)
        try:
            base.execute("PRAGMA trusted_schema = OFF")
            faults = [str(fault[0]) for fault in base.execute("PRAGMA integrity_check(3)")]
        except BaseException:
            base.close()
            raise
    if faults != _WHOLE:
        base.close()
        raise ValueError(f"{path} is damaged: {'; '.join(faults)}. {SALVAGE.format(path=path)}.")
    return base


@contextmanager
def advised(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into ValueError for a damaged file, OSError for a failing disk."""
    try:
        yield
    except (DamagedRowError, UnicodeDecodeError, sqlite3.InterfaceError) as error:
        raise ValueError(f"{path} is damaged: {error}. {SALVAGE.format(path=path)}.") from None
    except sqlite3.DatabaseError as error:
        raise _advice(path, error) from None


def _advice(path: Path, error: sqlite3.DatabaseError) -> Exception:
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary == sqlite3.SQLITE_NOTADB:
        return ValueError(f"{path} is no ledger: {error}. Name another file.")
    if primary == sqlite3.SQLITE_FULL:
        return OSError(f"{path}: the disk is full. Rows that were stored are kept; free space.")
    if primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return OSError(f"{path} cannot be opened as a ledger: {error}")
    if primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY):
        return OSError(
            f"{path} cannot be read or written as a ledger: {error}. Rows that were stored are "
            "kept. Where a write was cut, `divkit bench run` with this ledger mends it."
        )
    return ValueError(f"{path} is damaged: {error}. {SALVAGE.format(path=path)}.")


def _require_regular(path: Path, writes: bool) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if writes:
            return
        raise OSError(f"{path} cannot be opened as a ledger: it is not there") from None
    if not stat.S_ISREG(mode):
        raise OSError(f"{path} cannot be opened as a ledger: it is no regular file")
