"""Window of a figure: the part of the line or the plane on which two laws live."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from divkit.distributions.base import Law, Law1D
from divkit.distributions.shapes.charts import chart_of
from divkit.distributions.support import Boxes, MeasuredSet, bounding_box, is_discrete, manifolds
from divkit.types import FloatArray

_LEVELS = np.array([0.005, 0.995])
Window: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
"""((left, right), (bottom, top))."""


def span(*laws: Law, axis: int = 0, scales: float = 4.5) -> tuple[float, float]:
    """Return an interval around every feature of the laws, ± so many scales, cut to the supports.

    On the line it ends where less than .5% of each law lies beyond it, two fifths of the width of
    the rest farther on: the scale of a heavy tail is no guide to what can be seen.

    >>> from divkit.distributions import Normal
    >>> span(Normal(0, 1), Normal(2, 1))
    (-4.5, 6.5)
    """
    ends = [_extent(law, axis, scales) for law in laws]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _extent(law: Law, axis: int, scales: float) -> tuple[float, float]:
    for each in manifolds(law.support):
        return _of_coordinates(each, law.dim, axis)
    if is_discrete(law.support):
        raise ValueError(
            f"this figure shows densities; {law!r} has atoms, which are points. Pass "
            "these as x=, where the figure takes it."
        )
    features = law.features
    low = min(f.center[axis] - scales * f.scale[axis] for f in features)
    high = max(f.center[axis] + scales * f.scale[axis] for f in features)
    if isinstance(law, Law1D):
        most = law.ppf(_LEVELS)
        room = 0.4 * float(most[1] - most[0])
        low, high = max(low, float(most[0]) - room), min(high, float(most[1]) + room)
    if not isinstance(law.support, Boxes):
        return low, high
    first, last = bounding_box(law.support)[axis]
    edge = 0.04 * (high - low)  # a little beyond the support, so that a jump can be seen
    low = max(low, float(first) - edge) if math.isfinite(first) else low
    high = min(high, float(last) + edge) if math.isfinite(last) else high
    return low, high


def _of_coordinates(manifold: MeasuredSet, dim: int, axis: int) -> tuple[float, float]:
    """The range of the coordinates of a manifold, where these are a point's own."""
    chart = chart_of(manifold)
    if chart is None or chart.domain.dim != dim:
        raise ValueError(
            f"this figure shows densities on R^d; the law's is one {manifold.words}. Plot "
            "log_prob at points of your own."
        )
    low, high = bounding_box(chart.domain)[axis]
    return float(low), float(high)


def line(p: Law, q: Law, x: FloatArray | None, count: int = 801) -> FloatArray:
    """Return the abscissae of a figure: those given, or an even grid over both laws.

    Raises
    ------
    ValueError
        If a law is not on the line.
    """
    if p.dim != 1 or q.dim != 1:
        raise ValueError(f"this figure is for laws on the line; got dimensions {p.dim}, {q.dim}.")
    if x is not None:
        return np.asarray(x, dtype=np.float64)
    return np.linspace(*span(p, q), count)


def lattice(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the points of a grid in the plane, row by row, as (len(y)·len(x), 2)."""
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
