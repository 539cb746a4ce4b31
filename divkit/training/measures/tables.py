"""Records as a table: one array a column, which `pandas.DataFrame` takes as it is, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from divkit.training.measures.records import COLUMNS, Record

_INFINITE = frozenset({"inf", "-inf"})
_WHOLE = frozenset({"step", "seed", "modes", "bounded"})
_TEXTS = frozenset({"generator"})
_RESULTS = ("bound", "js", "objective")
_WHOLE_RESULTS = ("_told", "_result")
"""Ends of the columns with a result as JSON; the first is that of tables of before."""


def to_table(records: Iterable[Record]) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of records, each (n,).

    A number that is not known is NaN. Of the bound, the JSD and the objective there are columns
    with their value and error ("js", "js_error"), low and high end, and the whole as JSON text
    ("js_result"); of other divergences the same ("kl", "kl_error", …).

    >>> from divkit import Normal, train_gan
    >>> steps = train_gan(Normal(1, 1), steps=2, batch=8, every=1)
    >>> to_table([step.record for step in steps])["step"]
    array([0, 1, 2])
    """
    rows = [_row(record.to_dict()) for record in records]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: _column([row.get(name) for row in rows]) for name in names}


def from_table(table: Mapping[str, Sequence[Any] | npt.NDArray[Any]]) -> list[Record]:
    """Return the records of which `to_table` made these columns; a DataFrame will do.

    Raises
    ------
    ValueError
        If a column is missing, holds what it cannot, or is longer than another.

    Examples
    --------
    >>> from divkit import Normal, train_gan
    >>> records = [step.record for step in train_gan(Normal(1, 1), steps=2, batch=8, every=1)]
    >>> from_table(to_table(records)) == records
    True
    """
    columns = {name: list(table[name]) for name in table}
    length = len(next(iter(columns.values()), []))
    odd = {name: len(column) for name, column in columns.items() if len(column) != length}
    if odd:
        raise ValueError(f"columns must have one length; the first has {length}, others {odd}.")
    return [Record.from_dict(_plain({k: c[i] for k, c in columns.items()})) for i in range(length)]


def _row(plain: dict[str, Any]) -> dict[str, Any]:
    found = {**{name: plain[name] for name in _RESULTS}, **plain.pop("divergences")}
    row = {name: value for name, value in plain.items() if name not in _RESULTS}
    for name, result in found.items():
        row |= _spread(name, result)
    return row


def _spread(name: str, result: dict[str, Any] | None) -> dict[str, Any]:
    """The columns of a result."""
    ends: Sequence[Any] = (None, None) if result is None else result["interval"]
    numbers = {} if result is None else result
    return {
        name: numbers.get("value"),
        f"{name}_error": numbers.get("error"),
        f"{name}_low": ends[0],
        f"{name}_high": ends[1],
        f"{name}_result": None if result is None else json.dumps(result, allow_nan=False),
    }


def _column(values: list[Any]) -> npt.NDArray[Any]:
    """Numbers, infinities among them, as numbers; whatever else is text, as objects."""
    if not _INFINITE.issuperset(value for value in values if isinstance(value, str)):
        return np.array(values, dtype=object)
    if all(type(value) is int for value in values):
        return np.array(values, dtype=np.int64)
    return np.array([np.nan if value is None else float(value) for value in values])


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    results = {
        name.removesuffix(end): json.loads(text)
        for end in _WHOLE_RESULTS
        for name, text in row.items()
        if name.endswith(end) and isinstance(text, str)
    }
    plain: dict[str, Any] = {name: _number(name, row) for name in COLUMNS if name in row}
    plain |= {name: results.get(name) for name in _RESULTS}
    return plain | {"divergences": {k: v for k, v in results.items() if k not in _RESULTS}}


def _number(name: str, row: Mapping[str, Any]) -> Any:
    value = row[name]
    if name in _TEXTS:
        return value if isinstance(value, str) else None
    if name in _RESULTS or value is None or np.isnan(value):
        return None
    return int(value) if name in _WHOLE else float(value)
