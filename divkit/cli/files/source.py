"""A file that holds samples, opened: a regular one, of bounded size, of the kind its name says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

MOST_CELLS = 2**27
"""Cells that are read from one file: 1 GiB of float64."""
MOST_BYTES = 2**32
"""Bytes of one file."""
_START = 8
_FOREIGN = {
    b"\x1f\x8b": "gzip-compressed: unpack it first",
    b"BZh": "bzip2-compressed: unpack it first",
    b"\xfd7zXZ": "xz-compressed: unpack it first",
    b"\x28\xb5\x2f\xfd": "zstd-compressed: unpack it first",
    b"PK": "a zip archive (.npz, .xlsx, .zip): save one table of it as .npy, .csv or .parquet",
    b"SQLite f": "an SQLite database: export a table as .csv",
    b"\x89HDF": "an HDF5 file: save one table of it as .npy, .csv or .parquet",
    b"\x93NUMPY": "a .npy file: name it so",
    b"PAR1": "a .parquet file: name it so",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8",
}


@contextmanager
def opened(path: Path, own: bytes = b"") -> Iterator[BinaryIO]:
    """Open a regular file of at most `MOST_BYTES` that does not start as another kind does.

    Parameters
    ----------
    path : the file; links are followed, but pipes and devices have no size and are refused.
    own : the bytes that a file of the wanted kind starts with, if there are any.

    Raises
    ------
    ValueError
        If it is no regular file, too large, or another kind's first bytes are found.
    OSError
        If it cannot be opened.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not wait
    try:
        _require_regular(path, os.fstat(handle))
    except ValueError:
        os.close(handle)
        raise
    with os.fdopen(handle, "rb") as stream:
        start = stream.read(_START)
        stream.seek(0)
        for mark, words in _FOREIGN.items():
            if start.startswith(mark) and not (own and start.startswith(own)):
                raise ValueError(f"{path} is {words}.")
        yield stream


def require_cells(path: Path, rows: int, columns: int) -> None:
    """Refuse a table of more than `MOST_CELLS`, before memory is taken for it."""
    if rows * columns > MOST_CELLS:
        raise ValueError(
            f"{path} claims {rows:,} × {columns:,} cells, {rows * columns / 2**27:.4g} GiB as "
            f"float64; {MOST_CELLS:,} cells are read at most. Save a random part of its rows."
        )


def _require_regular(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "folder" if stat.S_ISDIR(status.st_mode) else "pipe, socket or device"
        raise ValueError(
            f"{path} is a {kind}; samples come from a regular file. Save them to one."
        )
    if status.st_size > MOST_BYTES:
        raise ValueError(
            f"{path} has {status.st_size / 2**30:.4g} GiB; at most {MOST_BYTES / 2**30:g} GiB are "
            "read. Save a random part of its rows."
        )
