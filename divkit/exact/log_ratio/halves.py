r"""Total variation of a product in two halves, exactly.

With the atoms b of one half in the order of l_b = log p_b/q_b, every atom a of the other takes
part of the sums beyond −l_a,

    TV = Σ_a [p_a P(l_b > −l_a) − q_a Q(l_b > −l_a)],

so that 2⁴⁰ atoms cost two tables of 2²⁰ (Horowitz and Sahni 1974 solve the knapsack so).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from divkit.exact.log_ratio.blocks import RatioTable, product_of
from divkit.types import FloatArray

MOST_ROWS = 2**20
_LONG = np.longdouble
_LONG_UNIT = float(np.finfo(_LONG).eps)
_UNIT = 2.0**-53


def halves(parts: Sequence[RatioTable]) -> tuple[RatioTable, RatioTable] | None:
    """Two halves of the product of at most 2^20 atoms each; None where there are none such."""
    sides: tuple[list[RatioTable], list[RatioTable]] = ([], [])
    sizes = [1, 1]
    copies = [RatioTable(part.lp, part.lq, part.slip) for part in parts for _ in range(part.count)]
    for part in sorted(copies, key=len, reverse=True):
        k = int(sizes[1] < sizes[0])
        sides[k].append(part)
        sizes[k] *= len(part)
        if sizes[k] > MOST_ROWS:
            return None
    return product_of(sides[0]), product_of(sides[1])


def variation(a: RatioTable, b: RatioTable) -> tuple[float, float]:
    """Total variation of the product of two blocks, and a bound of its error."""
    ratio, other = _log_ratio(a), _log_ratio(b)
    order = np.argsort(other)
    sums = [_beyond(np.exp(own)[order]) for own in (b.lp, b.lq)]
    first = np.searchsorted(other[order], -ratio, side="right")
    gains = np.exp(a.lp) * sums[0][first] - np.exp(a.lq) * sums[1][first]
    value = float(np.sum(gains))
    summed = (len(a) + len(b) + 8) * _LONG_UNIT + 4 * _UNIT
    return value, 2 * (a.slip + b.slip) + 4 * summed


def _log_ratio(part: RatioTable) -> FloatArray:
    """log p/q, infinite where one of the laws has no atom."""
    return part.lp - part.lq


def _beyond(masses: FloatArray) -> FloatArray:
    """Sums over the last K − k masses, for k = 0, …, K."""
    sums = np.zeros(len(masses) + 1, dtype=_LONG)
    sums[:-1] = np.cumsum(masses[::-1].astype(_LONG))[::-1]
    return sums  # type: ignore[return-value]
