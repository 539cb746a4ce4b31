"""Tables: on a terminal nothing is cut, elsewhere a row is one line, however long.

On a terminal numbers stay whole, and texts fold at blanks, within a word where that is longer
than its column. Where numbers and the narrowest readable texts are wider than the terminal, each
row is a block: its first cell, and below it one line a column.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from divkit.cli.streams import carried

GAP = 2
"""Columns between columns."""
READABLE = 14
"""A text's column is at least so wide, or as its longest word up to `WORD`."""
WORD = 30
_WIDE = 150


def print_table(header: Mapping[str, str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table on stdout; `header` maps each column's name to "left" or "right".

    The first column names the row. Where stdout is a file or a pipe a row is one line.
    """
    names = [carried(name, sys.stdout) for name in header]
    sides = list(header.values())
    cells = [[carried(cell, sys.stdout) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_styled(names, sides, cells)
        return
    lines = [names, *cells]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    aligned = [str.rjust if side == "right" else str.ljust for side in sides]
    for line in lines:
        padded = (put(text, n) for put, text, n in zip(aligned, line, widths, strict=True))
        sys.stdout.write("  ".join(padded).rstrip() + "\n")


def width() -> int:
    """Columns of the terminal; wide where stdout is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE


def widths_in(
    room: int, natural: Sequence[int], words: Sequence[int], rigid: Sequence[bool]
) -> list[int] | None:
    """Share the room of a terminal among columns.

    Parameters
    ----------
    room : columns of the terminal.
    natural : the widest cell of each column.
    words : the longest word of each.
    rigid : whether a column may not fold.

    Returns
    -------
    list of int, or None
        Each column's width, at most its natural one; None where there is too little room.

    Examples
    --------
    >>> widths_in(40, [10, 6, 60], [10, 6, 8], [False, True, False])
    [10, 6, 20]
    >>> widths_in(24, [10, 6, 60], [10, 6, 8], [False, True, False]) is None
    True
    """
    least = [
        n if fixed else min(n, max(READABLE, min(word, WORD)))
        for n, word, fixed in zip(natural, words, rigid, strict=True)
    ]
    left = room - GAP * (len(natural) - 1) - sum(least)
    if left < 0:
        return None
    given = list(least)
    given[0] += (first := min(left, natural[0] - given[0]))
    left -= first
    while left > 0 and (short := [k for k, n in enumerate(natural) if given[k] < n]):
        for k in short[:left]:
            given[k] += 1
        left -= len(short[:left])
    return given


def _print_styled(names: list[str], sides: list[str], cells: list[list[str]]) -> None:
    from rich.cells import cell_len
    from rich.console import Console

    room = width()
    columns = list(zip(names, *cells, strict=True))
    natural = [max(map(cell_len, column)) for column in columns]
    words = [max(cell_len(w) for text in c for w in text.split() or [""]) for c in columns]
    widths = widths_in(room, natural, words, [side == "right" for side in sides])
    console = Console(file=sys.stdout, highlight=False, width=room)
    if widths is None:
        for line in cells:
            _print_block(console, names, sides, line)
        return
    table = _table(widths, sides, names)
    for line in cells:
        table.add_row(*map(_styled, line))
    console.print(table)


def _print_block(console: Any, names: list[str], sides: list[str], line: list[str]) -> None:
    """A row as its first cell and a line for each further one that says something."""
    from rich.text import Text

    head = line[0] if sides[0] == "left" else f"{names[0]} {line[0]}"
    console.print(Text(head, style="bold", overflow="fold"))
    said = [(name, text) for name, text in zip(names[1:], line[1:], strict=True) if text]
    label = min(max((len(name) for name, _ in said), default=0), max(1, console.width // 2 - 4))
    table = _table([0, label, max(1, console.width - label - 2 * GAP)], ["left"] * 3)
    for name, text in said:
        table.add_row("", name, _styled(text))
    console.print(table)


def _table(widths: list[int], sides: list[str], names: list[str] | None = None) -> Any:
    """A table without lines whose columns fold."""
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0),
        show_header=names is not None,
    )  # fmt: skip
    for name, side, n in zip(names or [""] * len(sides), sides, widths, strict=True):
        table.add_column(
            Text(name), justify="right" if side == "right" else "left", width=n, overflow="fold"
        )
    return table


def _styled(words: str) -> Any:
    from rich.text import Text

    text = Text(words, overflow="fold")
    if words in ("holds", "fails"):
        text.stylize("green" if words == "holds" else "bold red")
    return text
