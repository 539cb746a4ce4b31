"""Lines of a run's records: written with the version of their format, read or refused by place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from divkit.training.measures.records import Record
from divkit.training.store.checkpoints import VersionError, require_version

VERSION = 2
"""Of the format: the columns of a record. A line without one is of version 1, or of 0 where its
results have no warnings. Those of version 1 are read too: they do not say which G they are of."""


def to_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """One line of strict JSON a row, with the version in front."""
    whole = ({"format": VERSION, **row} for row in rows)
    return "".join(json.dumps(row, allow_nan=False) + "\n" for row in whole)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a file; a last line that a kill cut short is left out.

    Raises
    ------
    ValueError
        If a line is no record, or of another version; the message has its number.
    """
    lines = path.read_bytes().split(b"\n")[:-1]
    return [_row(path, k, line) for k, line in enumerate(lines, start=1)]


def _row(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line, parse_constant=_refuse)
        if not isinstance(found, dict):
            raise ValueError(f"a {type(found).__name__} stands where an object is expected")
        version = found.get("format", _unwritten(found))
        require_version(found, 1 if version == 1 else VERSION, version)
        row = dict(found)
        row.pop("format", None)
        Record.from_dict(row)
    except VersionError as error:
        raise ValueError(
            f"{path}, line {number}: {error}. Begin the run again under another --name."
        ) from None
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise ValueError(
            f"{path}, line {number} is no record of a training: {str(error).rstrip('.')}. Take "
            "the line out, or begin the run again under another --name."
        ) from None
    return row


def _unwritten(found: Mapping[str, Any]) -> int:
    """The version of a line that does not say it."""
    js = found.get("js")
    return 0 if isinstance(js, dict) and "warnings" not in js else 1


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")
