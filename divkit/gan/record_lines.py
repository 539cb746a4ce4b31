"""A line of a run's records, read as `Record.to_dict` wrote it, or refused with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_WHOLE = ("step", "seed")
_FIGURES = ("held_out_value", "modes", "high_quality")
_RESULTS = ("js", "bound", "objective")


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a file; a last line that a kill cut short is left out.

    Raises
    ------
    ValueError
        If a line is no record; the message has its number.
    """
    lines = path.read_bytes().split(b"\n")[:-1]
    return [_record(path, k, line) for k, line in enumerate(lines, start=1)]


def _record(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line, parse_constant=_refuse)
        _require_record(found)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(
            f"{path}, line {number} is no record of a training: {error}. Take the line out, or "
            "begin the run again under another --name."
        ) from None
    return dict(found)


def _require_record(found: Any) -> None:
    """Refuse what lacks a part that is read again, or has another kind of value there."""
    if not isinstance(found, dict):
        raise ValueError(f"a {type(found).__name__} stands where an object is expected")
    lacking = [key for key in (*_WHOLE, *_FIGURES, *_RESULTS) if key not in found]
    if lacking:
        raise ValueError(f"it has no {', '.join(lacking)}")
    for key in _WHOLE:
        if type(found[key]) is not int or found[key] < 0:
            raise ValueError(f"{key} must be a whole number; got {found[key]!r}")
    for key in _FIGURES:
        if found[key] is not None:
            float(found[key])
    for key in _RESULTS:
        if found[key] is not None or key == "js":
            _require_result(key, found[key])


def _require_result(key: str, found: Any) -> None:
    if not isinstance(found, dict) or not {"value", "error", "kind"} <= found.keys():
        raise ValueError(f"{key} is no result")
    for part in ("value", "error"):
        float(found[part])


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")
