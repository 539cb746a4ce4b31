"""A comparison as one table: a row a divergence of the whole, of a column, along a direction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from divkit.results import Result

if TYPE_CHECKING:
    from divkit.comparison.compare import Comparison

ROWS, COLUMN, DIRECTION = "rows", "column", "direction"


def table_of(found: Comparison) -> dict[str, list[Any]]:
    """Return the columns of the table of a comparison.

    Of a column w1 is in units of its spread, and p_value that of its own test; of the rows
    p_value is that of the test of equal laws. None stands where there is none.
    """
    whole = [
        _row(ROWS, "", result, note, found.test.p_value)
        for result, note in zip(found.divergences, found.cautions, strict=True)
    ]
    columns = [_row(COLUMN, f.name, f.js, "", f.p_value, f.w1) for f in found.features]
    along = [_row(DIRECTION, each.kind, each.js, "") for each in found.contrasts]
    return _turned([*whole, *columns, *along])


def _row(
    of: str,
    name: str,
    result: Result,
    note: str,
    p_value: float | None = None,
    w1: float | None = None,
) -> dict[str, Any]:
    return {
        "of": of,
        "name": name,
        "divergence": result.name,
        "value": result.value,
        "error": result.error,
        "low": result.interval[0],
        "high": result.interval[1],
        "unit": result.unit,
        "one_sided": result.one_sided,
        "p_value": p_value,
        "w1": w1,
        "note": note or None,
        "method": result.way,
    }


def _turned(rows: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows as columns; each row has the same keys, and there is one or more."""
    rows = list(rows)
    return {key: [row[key] for row in rows] for key in rows[0]}
