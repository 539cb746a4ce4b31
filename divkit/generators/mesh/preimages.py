"""Preimages of points, and the density that they sum to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from divkit.generators.mesh.aligned import Aligned
from divkit.generators.mesh.polygons import BoolArray, IntArray
from divkit.types import FloatArray

_SHARED = 16  # triangles that meet in a corner
_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Preimages(Aligned):
    """z with G(z) = x for points x: which point (m,), z (m, 2), log |det J| (m,), piece (m,)."""

    point: IntArray
    z: FloatArray
    log_det: FloatArray
    piece: IntArray


@dataclass(frozen=True, eq=False)
class CheckedDensities:
    """Log densities at drawn points.

    Attributes
    ----------
    x : points (n, 2), images of noise.
    exact, rough : log q by all preimages, and as quadratures take it (n,).
    missed : the share of draws that were not among the preimages of their own images.
    """

    x: FloatArray
    exact: FloatArray
    rough: FloatArray
    missed: float


_NONE = Preimages(
    np.empty(0, dtype=np.int64), np.empty((0, 2)), np.empty(0), np.empty(0, dtype=np.int64)
)


def joined(parts: Iterable[Preimages]) -> Preimages:
    """Return all of them, in their order."""
    return Preimages.joined([_NONE, *parts])


def once(found: Preimages, on_edge: BoolArray) -> Preimages:
    """Leave one of those that triangles share: of one point, on an edge, and at the same z."""
    rows = np.flatnonzero(on_edge)
    order = rows[np.lexsort((found.z[rows, 1], found.z[rows, 0], found.point[rows]))]
    z, point = found.z[order], found.point[order]
    again = np.zeros(len(order), dtype=bool)
    for back in range(1, min(_SHARED, len(order))):
        near = np.abs(z[back:] - z[:-back]).max(axis=1) <= _SAME * (
            1 + np.abs(z[back:]).max(axis=1)
        )
        again[back:] |= near & (point[back:] == point[:-back])
    if not again.any():
        return found
    kept = np.ones(len(on_edge), dtype=bool)
    kept[order[again]] = False
    return found.take(kept)


def summed(own: FloatArray, found: Preimages, log_noise: FloatArray) -> FloatArray:
    """Return log of e^own and all Σ p_z/|det J| that were found, log p_z at their z given."""
    terms = log_noise - found.log_det
    top = own.copy()
    np.maximum.at(top, found.point, terms)
    base = np.where(np.isinf(top), 0.0, top)
    with np.errstate(divide="ignore", over="ignore"):
        total = np.exp(own - base)
        paid = np.exp(terms - base[found.point])
        total += np.bincount(found.point, paid, minlength=len(own))
        return np.asarray(base + np.log(total))


def log_size(slope: FloatArray) -> FloatArray:
    """log |det J|."""
    det = slope[:, 0, 0] * slope[:, 1, 1] - slope[:, 0, 1] * slope[:, 1, 0]
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.abs(det)))


ADVICE = "Pass x.detach(): the log density of a network's law is a number at a point."
"""For those who ask autograd for its slope in x."""
