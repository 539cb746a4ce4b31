r"""The levels of a column: its distinct values, their counts, and the step they have in common.

Values a few units in the last place apart are one level: 0.1 + 0.2 is 0.3. The common step h of
levels v_0 < v_1 < … is the greatest with every (v_k − v_0)/h whole, by Euclid's algorithm on the
gaps. It is none where it would be of the size of rounding errors: continuous values have none.
Rounding errors are those of the narrowest format that holds all values: float32 numbers that were
made float64 keep the precision that they had.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.types import FloatArray

NEAR = 4.0
"""Units in the last place within which two values are one."""
_CLEAR = 400.0
"""A step must be this many units in the last place of the largest value."""
_WHOLE = 0.01
"""Largest distance of a multiple of the step from a whole number."""
_GAPS = 500
"""Least gaps that the step is sought in; all values are then held against it."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Distinct values (K,), ascending, how many rows have each (K,), and each row's place (n,)."""

    value: FloatArray
    count: NDArray[np.int64]
    of_row: NDArray[np.int64]


def levels(values: FloatArray) -> Levels:
    """Return the levels of values (n,).

    >>> levels(np.array([0.3, 0.1 + 0.2, 1.0])).count.tolist()
    [2, 1]
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = _firsts(ordered)
    group = np.cumsum(first) - 1
    of_row = np.empty(len(values), dtype=np.int64)
    of_row[order] = group
    return Levels(ordered[first], np.bincount(group).astype(np.int64), of_row)


def _firsts(ordered: FloatArray) -> NDArray[np.bool_]:
    """Whether a level begins at each of ascending values (n,): none is wider than `NEAR` units.

    Where values crowd, as far from 0 as their spread is a few units, each would be near the next.
    """
    unit = np.spacing(np.abs(ordered))
    room = NEAR * np.maximum(unit[1:], unit[:-1])
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = np.diff(ordered) > room
    starts = np.flatnonzero(first)
    ends = np.r_[starts[1:], len(ordered)] - 1
    wide = ordered[ends] - ordered[starts] > NEAR * unit[starts]
    for start, end in zip(starts[wide], ends[wide], strict=True):
        at = int(start)
        while ordered[end] - ordered[at] > NEAR * unit[at]:
            at += int(
                np.searchsorted(ordered[at : end + 1], ordered[at] + NEAR * unit[at], "right")
            )
            first[at] = True
    return first


def common_step(value: FloatArray) -> float | None:
    """Return the greatest step that all gaps of ascending values (K,) are multiples of, or None.

    >>> round(common_step(np.array([0.1, 0.4, 0.6])), 12)
    0.1
    >>> common_step(np.sqrt(np.arange(2.0, 7.0)))
    """
    if len(value) < 2:
        return None
    coarse = float(precision(value).max())
    for unit in (float(np.spacing(np.abs(value).max())), coarse):
        step = _step(value, _CLEAR * unit)
        if step is not None and 2 * step >= coarse:
            return step
    return None


def _step(value: FloatArray, least: float) -> float | None:
    gaps = np.unique(np.diff(value))[:_GAPS].tolist()
    step = float(gaps[0])
    for gap in gaps:
        step = _divisor(float(gap), step, least)
        if step < least:
            return None
    return step if on_step(value, float(value[0]), step) else None


def on_step(value: FloatArray, origin: float, step: float) -> bool:
    """Whether every value (K,) is a whole number of steps from the origin.

    >>> import numpy as np
    >>> on_step(np.array([0.5, 1.0, 2.0]), 0.0, 0.5), on_step(np.array([0.3]), 0.0, 0.5)
    (True, False)
    """
    place = (value - origin) / step
    return bool((np.abs(place - np.round(place)) < _WHOLE).all())


def _divisor(a: float, b: float, least: float) -> float:
    """The greatest common divisor of a ≥ b, to the digits of a; below `least` if there is none."""
    while b >= least:
        times = round(a / b)
        rest = abs(a - times * b)
        if rest <= _WHOLE * b:
            return a / times
        a, b = b, rest
    return b


def precision(value: FloatArray) -> FloatArray:
    """Distance of each value (K,) from the next in the narrowest format that holds them all."""
    with np.errstate(over="ignore", under="ignore"):
        single = value.astype(np.float32)
        half = single.astype(np.float16)
    if not (single == value).all():
        return np.asarray(np.spacing(np.abs(value)))
    fine = np.spacing(np.abs(single)).astype(np.float64)
    brain = torch.from_numpy(single.copy()).bfloat16().float().numpy()
    if (brain == single).all():
        return np.asarray(fine * 2.0**16)
    if (half == single).all():
        return np.asarray(np.spacing(np.abs(half)).astype(np.float64))
    return fine
