"""Bins of a histogram of one column."""

from __future__ import annotations

import math

import numpy as np

from divkit.samples.columns import column
from divkit.types import FloatArray

_SHOWN = (0.005, 0.995)


def bins(rows: FloatArray, most: int, stepped: FloatArray | None = None) -> FloatArray:
    """Return edges of at most so many bins, by Freedman and Diaconis between outer quantiles.

    Where rows, or those of `stepped` among them, are on a common step, bins hold as many of its
    values each: a bin of three whole numbers beside one of two would look like a peak.

    >>> bins(np.random.default_rng(0).poisson(100.0, 500) + 0.0, 40)[:2] % 1
    array([0.5, 0.5])
    """
    low, high = np.quantile(rows, _SHOWN)
    inner = rows[(rows >= low) & (rows <= high)]
    edges = np.histogram_bin_edges(inner, "fd")
    count = min(max(len(edges) - 1, 1), most)
    some = rows if stepped is None else stepped
    step = column(some).step
    if step is None:
        return np.linspace(edges[0], edges[-1], count + 1)
    first, last = (round((edge - some[0]) / step) for edge in (edges[0], edges[-1]))
    width = math.ceil((last - first + 1) / count)
    whole = math.ceil((last - first + 1) / width)
    return np.asarray(some[0] + step * (first - 0.5 + width * np.arange(whole + 1)))
