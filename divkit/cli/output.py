"""Output of the command line: strict JSON, numbers, CSV, warnings."""

from __future__ import annotations

import codecs
import csv
import json
import math
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from divkit.cli.streams import fits

if TYPE_CHECKING:
    from divkit.results import Result

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def print_json(value: Any) -> None:
    """Print strict JSON: numbers that are not finite have become strings before.

    It is UTF-8 where stdout is and all of it can be; else pure ASCII, with JSON's own escapes.
    """
    sys.stdout.write(json_text(value, indent=2) + "\n")


def json_text(value: Any, **layout: Any) -> str:
    """Return strict JSON that stdout carries as it is."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, **layout)
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    if codecs.lookup(encoding).name == "utf-8" and fits(text, encoding):
        return text
    return json.dumps(value, allow_nan=False, **layout)


def number(x: float, digits: int = 12) -> str:
    """A number as text; "inf" and "nan" as Python writes them."""
    return f"{x:.{digits}g}" if math.isfinite(x) else str(x)


def figures(result: Result) -> list[str]:
    """Value, error and the ends of the interval, to the digits that the error supports."""
    from divkit.digits import of_error, supported, supported_ends

    ends = supported_ends(result.interval, result.error)
    return [supported(result.value, result.error), of_error(result.error), *ends]


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]], stream: TextIO) -> None:
    """Write rows; text that a spreadsheet would take for a formula gets an apostrophe in front.

    Numbers are written as they are, their sign included.
    """
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([cell(name) for name in header])
    writer.writerows([cell(value) for value in row] for row in rows)


def cell(value: object) -> object:
    """A cell that no spreadsheet evaluates."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return repr(value) if isinstance(value, float) else value


def warn(results: Iterable[Result]) -> None:
    """Print on stderr what a reader must know of the results, each thing once."""
    from divkit.results import warnings_of

    for line in warnings_of(results):
        print(f"Warning: {line}", file=sys.stderr)


def claims(results: Sequence[Result]) -> list[str]:
    """Return what the one-sided among the results claim, "at least 0.31"; [] if none is."""
    sides = [result.side() for result in results]
    return sides if any(sides) else []
