"""A benchmark's row as a ledger holds it: figures, NULL for NaN, and a digest over all of them.

SQLite checks the structure of its file, not what stands in a cell. The digest (SHA-256, sixteen
digits) covers every cell, so that a flipped bit of a figure is found. Rows of before it was stored
have none and are read as they are.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import astuple

from divkit.bench.cells import Cell, Row

KEY = "problem, divergence, estimator, n, seed"
COLUMNS = f"{KEY}, value, error, low, high, oracle, seconds, failure, warnings"
LATER = {
    "lower_bound": "coalesce(error = 9e999, 0)",
    "code": "''",
    "digest": "NULL",
    "memory": "NULL",
    "host": "NULL",
}
"""Columns that old ledgers lack, and what stands for them there."""
_LETTERS = 16


class DamagedRowError(ValueError):
    """A row whose cells are not those that were stored."""


def flat(row: Row) -> tuple[object, ...]:
    """The cells of a row in the order of its columns."""
    figures = (row.value, row.error, row.low, row.high, row.oracle)
    stored = (_stored(figure) for figure in figures)
    warnings = json.dumps(row.warnings, ensure_ascii=False)
    rest = (float(row.seconds), row.failure, warnings, int(row.lower_bound), row.code)
    cells = (*astuple(row.cell), *stored, *rest)
    where = row.memory, row.host or None
    return (*cells, digest(_covered(cells, where)), *where)


def _stored(figure: float) -> float | None:
    return None if math.isnan(figure) else float(figure)


def _covered(cells: Sequence[object], where: Sequence[object]) -> Sequence[object]:
    """Cells that a digest is over: memory and host, too, where one of them is known."""
    return cells if all(each is None for each in where) else (*cells, *where)


def digest(cells: Sequence[object]) -> str:
    """Sixteen hexadecimal digits of SHA-256 over cells and their types."""
    return hashlib.sha256(repr(tuple(cells)).encode("utf-8", "surrogatepass")).hexdigest()[
        :_LETTERS
    ]


def row_of(entry: Sequence[object]) -> Row:
    """The row whose `flat` this is.

    Raises
    ------
    DamagedRowError
        If the digest is another, or a cell has another type than was stored.
    """
    *cells, stored, memory, host = entry
    if stored is not None and stored != digest(_covered(cells, (memory, host))):
        raise DamagedRowError(f"the row of {cells[:5]} has another digest than its cells")
    problem, divergence, estimator, n, seed, *figures, seconds, failure, said, bound, code = cells
    try:
        names = _text(problem), _text(divergence), _text(estimator)
        cell = Cell(*names, _whole(n), _whole(seed))
        value, error, low, high, oracle = map(_number, figures)
        listed = json.loads(_text(said))
        if not isinstance(listed, list):
            raise TypeError(f"warnings are a list; got {listed!r}")
        rest = (_number(seconds), _text(failure), tuple(map(_text, listed)))
        where = None if memory is None else _whole(memory), "" if host is None else _text(host)
        figures_of = (value, error, low, high, oracle)
        return Row(cell, *figures_of, *rest, bool(bound), _text(code), *where)
    except (TypeError, ValueError, RecursionError) as error:
        raise DamagedRowError(f"the row of {cells[:5]} is none: {error}") from None


def _text(cell: object) -> str:
    if not isinstance(cell, str):
        raise TypeError(f"{cell!r} where text is expected")
    return cell


def _whole(cell: object) -> int:
    if not isinstance(cell, int):
        raise TypeError(f"{cell!r} where a whole number is expected")
    return cell


def _number(cell: object) -> float:
    if cell is None:
        return math.nan
    if not isinstance(cell, float | int):
        raise TypeError(f"{cell!r} where a number is expected")
    return float(cell)
