"""Numbers of any real dtype as float64, if float64 holds them.

Every 16- and 32-bit number has a double of its own. Integers of 64 bits do above 2⁵³ only where
their last bits are 0, and long doubles may overflow or vanish: rows that differ would become the
same row in silence.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from divkit.plain import short
from divkit.types import FloatArray

_BITS = 53
ADVICE = "integers are exact up to 2^53, sizes from 2.2e-308 to 1.8e308"


def doubles(values: NDArray[Any], name: str) -> FloatArray:
    """Return an own copy as float64, in C order.

    Raises
    ------
    ValueError
        If float64 does not hold an integer, or a wider float is beyond its range; with the row.
    TypeError
        If a cell is an object that is no number.

    Examples
    --------
    >>> doubles(np.array([2**53]), "x")
    array([9.00719925e+15])
    """
    if values.dtype.kind == "O":
        copy = _of_objects(values, name)
    else:
        with np.errstate(over="ignore", under="ignore"):
            copy = np.array(values, dtype=np.float64, order="C")
    lost = _lost(values, copy)
    if lost is not None and lost.any():
        at = tuple(int(k) for k in np.argwhere(lost)[0])
        raise ValueError(
            f"{name}, row {at[0]}: {short(values[at])} is not held by float64: {ADVICE}. Take "
            "an offset or a unit off first; .astype(float) takes the nearest, where there is one."
        )
    return copy


def _lost(values: NDArray[Any], copy: FloatArray) -> NDArray[np.bool_] | None:
    """The cells that did not come through; None where all do by their dtype."""
    if values.dtype.kind == "O":
        cells = zip(values.flat, copy.reshape(-1).tolist(), strict=True)
        lost = np.array([isinstance(v, int) and v != c for v, c in cells], dtype=bool)
        return lost.reshape(values.shape)
    if values.dtype.kind in "iu" and values.dtype.itemsize == 8:
        return _cut(values, copy)
    if values.dtype.kind == "f" and values.dtype.itemsize > 8:
        return np.asarray(
            (np.isinf(copy) & np.isfinite(values)) | ((copy == 0) & (values != 0)), dtype=bool
        )
    return None


def _cut(values: NDArray[Any], copy: FloatArray) -> NDArray[np.bool_]:
    """Whether bits that a double of this size has no room for are set."""
    spare = np.clip(np.frexp(copy)[1] - _BITS, 0, 11).astype(np.uint64)
    kept = values.astype(np.int64 if values.dtype.kind == "i" else np.uint64).view(np.uint64)
    return np.asarray((kept & ((np.uint64(1) << spare) - np.uint64(1))) != 0)


def _of_objects(values: NDArray[Any], name: str) -> FloatArray:
    try:
        return values.astype(np.float64)
    except OverflowError:
        at = next(k for k, cell in enumerate(values.flat) if _beyond(cell))
        raise ValueError(
            f"{name}, cell {at}: {short(values.flat[at])} is not held by float64: {ADVICE}."
        ) from None


def _beyond(cell: Any) -> bool:
    try:
        float(cell)
    except OverflowError:
        return True
    return False
