"""The last map of two images, where it is the same.

Matrices that differ by the order and the scales of their columns are common up to a map of each
coordinate (see `aligned`).
"""

from __future__ import annotations

from divkit.distributions.base import Law
from divkit.distributions.compose.transformed import Transformed, Transformed1D
from divkit.distributions.counts.image import CountImage
from divkit.distributions.shapes.coordinates import ChartImage
from divkit.exact.aligned import aligned


def without(p: Law, q: Law) -> tuple[Law, Law] | None:
    """Return both without their last map, where it is the same."""
    images = (Transformed, Transformed1D)
    if isinstance(p, images) and isinstance(q, images) and p.map == q.map:
        return p.base, q.base
    if isinstance(p, ChartImage) and isinstance(q, ChartImage) and p.chart == q.chart:
        return p.base, q.base
    if isinstance(p, CountImage) and isinstance(q, CountImage) and _moved_alike(p, q):
        return p.base, q.base
    return aligned(p, q)


def _moved_alike(p: CountImage, q: CountImage) -> bool:
    return (p.shift, p.factor) == (q.shift, q.factor)
