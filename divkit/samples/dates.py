"""Columns of dates: numbers to calculate with, days from 1970-01-01 on, and dates to read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divkit.frames import columns_of, is_frame, is_missing, kinds_of, names_of
from divkit.plain import is_number
from divkit.samples.named import NamedRows
from divkit.types import FloatArray, Samples

_EPOCH = datetime(1970, 1, 1)
_DAY = 86_400e6
"""Microseconds of a day."""
_KINDS = ("date", "datetime", "timestamp")
"""Beginnings of libraries' words for such a dtype: NumPy's, polars', pyarrow's."""


def dated(sample: Samples, name: str = "x") -> tuple[Samples, tuple[str, ...]]:
    """A sample whose dates are days from 1970-01-01 on, those with a zone in UTC, and their names.

    Parameters
    ----------
    sample : a table; one without named columns, or without dates, comes back as it is.
    name : how messages call it.

    Raises
    ------
    ValueError
        If a date is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> rows, names = dated(pd.DataFrame({"day": pd.to_datetime(["1970-01-03", "1970-01-01"])}))
    >>> rows.to_numpy().tolist(), names
    ([[2.0], [0.0]], ('day',))
    """
    if isinstance(sample, NamedRows):
        return sample, sample.dates
    if not is_frame(sample):
        return sample, ()
    names = names_of(sample)
    kinds = [kind.lower().startswith(_KINDS) for kind in kinds_of(sample)]
    if not any(kinds):
        return sample, ()
    cells = columns_of(sample)
    days = {
        k: _days(cells[k], f"column {names[k]!r} of {name}")
        for k, is_date in enumerate(kinds)
        if is_date
    }
    rows: NDArray[Any] = np.empty((len(cells[0]), len(names)), dtype=object)
    for k in range(len(names)):
        rows[:, k] = days[k] if kinds[k] else cells[k]
    rows = rows.astype(np.float64) if all(map(is_number, rows.flat)) else rows
    return NamedRows(rows, names), tuple(names[k] for k in days)


def _days(cells: NDArray[Any], what: str) -> FloatArray:
    """Days of dates (n,), which may be NumPy's, or objects of pandas or Python."""
    numpy = np.issubdtype(cells.dtype, np.datetime64)
    missing = np.isnat(cells) if numpy else np.array([is_missing(c) or c != c for c in cells])
    if missing.any():
        raise ValueError(f"row {int(missing.argmax())}, {what}, is missing. Drop such rows.")
    if numpy:
        return cells.astype("datetime64[us]").astype(np.int64) / _DAY
    return np.array([_day(cell) for cell in cells])


def _day(cell: Any) -> float:
    if isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day)
    epoch = _EPOCH if cell.tzinfo is None else _EPOCH.replace(tzinfo=UTC)
    return float((cell - epoch) / timedelta(days=1))


def day_words(days: float) -> str:
    """The date of days from 1970-01-01 on, to the minute where they are not whole.

    >>> day_words(1.0), day_words(-0.25)
    ('1970-01-02', '1969-12-31 18:00')
    """
    found = _EPOCH + timedelta(days=days)
    whole = float(days).is_integer()
    return found.date().isoformat() if whole else found.isoformat(" ", "minutes")
