"""Cubics with given values and slopes at knots."""

from __future__ import annotations

import numpy as np

from divkit.types import FloatArray

MOST_PANELS = 4096


def cubics(knots: FloatArray, logs: FloatArray, slopes: FloatArray) -> FloatArray:
    """Return Hermite's cubics (K, 4), in powers of x − knot."""
    wide = np.diff(knots)
    rise = np.diff(logs) / wide
    bend = (3 * rise - 2 * slopes[:-1] - slopes[1:]) / wide
    turn = (slopes[:-1] + slopes[1:] - 2 * rise) / wide**2
    return np.stack([logs[:-1], slopes[:-1], bend, turn], axis=1)


def refined(
    knots: FloatArray, logs: FloatArray, slopes: FloatArray, most: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the same cubics on panels on which they move by `most` at most.

    Raises
    ------
    ValueError
        If that takes more than `MOST_PANELS`, as where a known end is far beyond all rows.
    """
    c = cubics(knots, logs, slopes)
    wide = np.diff(knots)
    moves = np.abs(c[:, 1]) * wide + np.abs(c[:, 2]) * wide**2 + np.abs(c[:, 3]) * wide**3
    pieces = np.maximum(1, np.minimum(np.ceil(moves / most), MOST_PANELS + 1)).astype(int)
    if not pieces.sum() <= MOST_PANELS:
        raise ValueError("a log-spline falls too far between the rows and an end.")
    panel = np.repeat(np.arange(len(wide)), pieces)
    share = np.concatenate([np.arange(count) / count for count in pieces])
    d = share * wide[panel]
    c = c[panel]
    inner = c[:, 0] + d * (c[:, 1] + d * (c[:, 2] + d * c[:, 3]))
    slope = c[:, 1] + d * (2 * c[:, 2] + 3 * d * c[:, 3])
    return (
        np.r_[knots[panel] + d, knots[-1]],
        np.r_[inner, logs[-1]],
        np.r_[slope, slopes[-1]],
    )
