"""Whether rows follow one another: neighbours in the order they came that are alike.

Errors and intervals are those of independent rows. Of those the correlation r of ranks of
neighbours in a column is near normal with variance 1/n, whatever their law (Wald, Wolfowitz 1943).
A column that only rises or only falls was sorted, which says nothing.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import rankdata

from divkit.types import FloatArray

LEAST, MOST = 50, 20_000
"""Rows without which nothing is said, and those at the head that are looked at."""
_ERRORS = 6.0  # a false alarm of 1e-9 a column


def serial_notes(rows: FloatArray, name: str) -> list[str]:
    """Return a note where neighbouring rows (n, d) of a sample are more alike than chance makes.

    >>> walk = np.cumsum(np.random.default_rng(0).normal(size=100))
    >>> serial_notes(walk[:, None], "x")[0].split(":")[0]
    'neighbouring rows of x are alike (column 0, correlation 0.96)'
    """
    if len(rows) < LEAST:
        return []
    found = [_correlation(column) for column in rows[:MOST].T]
    most = int(np.argmax(found))
    if not found[most] * math.sqrt(min(len(rows), MOST)) > _ERRORS:
        return []
    return [
        f"neighbouring rows of {name} are alike (column {most}, correlation {found[most]:.2f}): "
        "rows of a series in time are not independent, and every interval here is too narrow for "
        "them; the order of independent rows that were sorted or grouped says nothing"
    ]


def paired_serial_notes(x: FloatArray, y: FloatArray) -> list[str]:
    """Return the note of pairs of rows: both sides must follow themselves, one alone does no harm.

    >>> walk = np.cumsum(np.random.default_rng(0).normal(size=(2, 100)), axis=1)
    >>> len(paired_serial_notes(walk[0][:, None], walk[1][:, None]))
    1
    """
    return serial_notes(x, "x") and serial_notes(y, "y")


def _correlation(column: FloatArray) -> float:
    """The rank correlation of neighbours; 0 of a column that is sorted, or all but constant."""
    steps = np.diff(column)
    if (steps >= 0).all() or (steps <= 0).all():
        return 0.0
    rank = rankdata(column) - 0.5 * (len(column) + 1)
    return float(rank[1:] @ rank[:-1] / (rank @ rank))
