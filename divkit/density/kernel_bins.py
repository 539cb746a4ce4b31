r"""A sample shared out to the nodes of a grid: linear binning.

A point between nodes k and k + 1, at the share a of the way, gives 1 − a to the first and a to the
second: the mean is kept, and the variance grows by a(1−a)δ², δ²/6 on average. A Gaussian kernel of
variance h² − δ²/6 takes that back, so that the binned estimate is itself a mixture of Gaussians at
the nodes that differs from the exact one by O((δ/h)²) of single points' share, and less of many.
(Wand 1994; Jones, Lotwick 1984.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divkit.types import FloatArray


@dataclass(frozen=True, eq=False)
class LineBins:
    """Weights at nodes origin + k·step of the line.

    Attributes
    ----------
    origin, step : of the grid.
    places : k of the occupied nodes (K,), ascending.
    weights : their shares of the sample (K,), positive, of sum 1.
    """

    origin: float
    step: float
    places: NDArray[np.int64]
    weights: FloatArray

    @property
    def nodes(self) -> FloatArray:
        """Positions of the occupied nodes (K,)."""
        return np.asarray(self.origin + self.step * self.places.astype(np.float64))


def bin_line(x: FloatArray, step: float) -> LineBins:
    """Share points (n,) out to a grid of this step, whose origin is the middle of the first ten.

    The origin need only be near the sample, so that no digit of a point is lost.
    """
    origin = float(np.median(x[:10]))
    t = (x - origin) / step
    low = np.floor(t).astype(np.int64)
    share = t - low
    first, span = int(low.min()), int(np.ptp(low)) + 2
    if span <= 4 * len(x):
        dense = np.bincount(low - first, minlength=span).astype(np.float64)
        moved = np.bincount(low - first, share, span)
        dense[1:] += moved[:-1]
        dense -= moved
        places = np.arange(first, first + span, dtype=np.int64)
    else:
        every = np.concatenate([low, low + 1])
        places, at = np.unique(every, return_inverse=True)
        shares = np.concatenate([1.0 - share, share])
        dense = np.asarray(np.bincount(at, shares), dtype=np.float64)
    full = np.flatnonzero(dense > 0)
    return LineBins(origin, step, places[full], dense[full] / len(x))


@dataclass(frozen=True, eq=False)
class PlaneBins:
    """Weights (Gx, Gy) at the nodes of a regular grid of the plane, of sum 1.

    Attributes
    ----------
    origin : of the grid (2,).
    step : of both axes.
    weights : shares, 0 at empty nodes.
    """

    origin: FloatArray
    step: float
    weights: FloatArray


def bin_plane(x: FloatArray, step: float, margin: float) -> PlaneBins:
    """Share points (n, 2) out to a grid of this step that reaches `margin` beyond them."""
    low = x.min(axis=0) - margin
    size = [math.ceil(s) + 2 for s in ((x.max(axis=0) + margin - low) / step).tolist()]
    t = (x - low) / step
    cell = np.floor(t)
    share = t - cell
    place = cell.astype(np.int64)
    total = np.zeros(size[0] * size[1])
    for i, a in ((0, 1.0 - share[:, 0]), (1, share[:, 0])):
        for j, b in ((0, 1.0 - share[:, 1]), (1, share[:, 1])):
            flat = (place[:, 0] + i) * size[1] + place[:, 1] + j
            total += np.bincount(flat, a * b, len(total))
    return PlaneBins(low, step, total.reshape(size) / len(x))
