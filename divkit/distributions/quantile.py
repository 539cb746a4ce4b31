"""Quantiles of a law whose distribution function is known: bisection on the floats themselves.

Read as integers, float64 numbers keep their order, so that halving the integers between two
brackets ends at neighbouring floats after at most 64 steps whatever the scale, 1e-300 or 1e300.
In the upper half the equation is solved in the survival function, which keeps its digits there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from divkit.types import FloatArray

Curve: TypeAlias = Callable[[FloatArray], FloatArray]
_MAGNITUDE = np.int64(2**63 - 1)


def invert(cdf: Curve, sf: Curve, u: Any, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the smallest x in [low, high] with cdf(x) ≥ u, elementwise; NaN where u ∉ [0, 1].

    Parameters
    ----------
    cdf, sf : P(X ≤ x) and P(X > x).
    u : probabilities, any shape.
    low, high : brackets of the shape of u; the answer at u = 1 is `high`.
    """
    level = np.asarray(u, float)
    valid = (level >= 0) & (level < 1)
    target, left, right = level[valid], ordered(low[valid]), ordered(high[valid])
    while (left < right).any():
        middle = (left & right) + ((left ^ right) >> 1)
        reached = _reaches(cdf, sf, target, unordered(middle))
        right = np.where(reached, middle, right)
        left = np.where(reached, left, np.minimum(middle + 1, right))
    out = np.where(level == 1, high, np.nan)
    out[valid] = unordered(right)
    return out


def _reaches(cdf: Curve, sf: Curve, u: FloatArray, x: FloatArray) -> NDArray[np.bool_]:
    lower = u <= 0.5
    out = np.empty(u.shape, dtype=bool)
    out[lower] = cdf(x[lower]) >= u[lower]
    out[~lower] = sf(x[~lower]) <= 1.0 - u[~lower]
    return out


def ordered(x: FloatArray) -> NDArray[np.int64]:
    """The integers that order as the floats do; an involution on the bits."""
    bits = np.ascontiguousarray(x, dtype=np.float64).view(np.int64)
    return np.asarray(np.where(bits < 0, bits ^ _MAGNITUDE, bits), dtype=np.int64)


def unordered(k: NDArray[np.int64]) -> FloatArray:
    """The floats that `ordered` gave integers to."""
    return np.where(k < 0, k ^ _MAGNITUDE, k).astype(np.int64).view(np.float64)
