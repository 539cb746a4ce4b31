"""Output of the command line: strict JSON, tables, CSV."""

from __future__ import annotations

import csv
import json
import math
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from divkit.results import Result

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_WIDE = 150


def print_json(value: Any) -> None:
    """Print strict JSON: numbers that are not finite have become strings before."""
    sys.stdout.write(json.dumps(value, allow_nan=False, ensure_ascii=False, indent=2) + "\n")


def number(x: float, digits: int = 12) -> str:
    """A number as text; "inf" and "nan" as Python writes them."""
    return f"{x:.{digits}g}" if math.isfinite(x) else str(x)


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


def print_table(header: Mapping[str, str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table on stdout; `header` maps each column's name to "left" or "right".

    Where stdout is a file or a pipe a row is one line, however long.
    """
    if sys.stdout.isatty():
        _print_styled(header, rows)
        return
    lines = [list(header), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    aligned = [str.rjust if side == "right" else str.ljust for side in header.values()]
    for line in lines:
        cells = (put(text, n) for put, text, n in zip(aligned, line, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _print_styled(header: Mapping[str, str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False, width=width())
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, justify in header.items():
        right = justify == "right"
        table.add_column(name, justify="right" if right else "left", no_wrap=right)
    for row in rows:
        table.add_row(*(_styled(Text(text), text) for text in row))
    console.print(table)


def _styled(text: Any, words: str) -> Any:
    if words in ("holds", "fails"):
        text.stylize("green" if words == "holds" else "bold red")
    return text


def width() -> int:
    """Columns of the terminal; wide where stdout is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE
