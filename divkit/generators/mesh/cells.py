r"""The pieces on which a network of piecewise linear units is affine, exactly.

The first layer's units vanish on lines of the plane; within each cell the next layer's units are
affine functions of z, and vanish on lines again. Cutting cell by cell, unit by unit, leaves the
convex polygons on which no unit changes its sign, and x = A z + b on each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from divkit.generators.mesh.layers import Layers
from divkit.generators.mesh.polygons import IntArray, Polygons
from divkit.types import FloatArray

MOST_CELLS = 200_000


class TooManyPiecesError(ValueError):
    """A network has more affine pieces than are held."""


@dataclass(frozen=True, eq=False)
class AffineCells:
    """Triangles of noise, each in a cell on which G is affine.

    Attributes
    ----------
    z : (t, 3, 2).
    cell : (t,) which cell each is in.
    slope, shift : A (c, d, 2) and b (c, d) of each cell.
    """

    z: FloatArray
    cell: IntArray
    slope: FloatArray
    shift: FloatArray


def cells(layers: Layers, box: FloatArray) -> AffineCells:
    """Return the cells of a network within a box of noise (2, 2).

    Raises
    ------
    TooManyPiecesError
        If there are more than 200,000.
    """
    (left, right), (low, high) = box
    corner = np.array([[left, low], [right, low], [right, high], [left, high]], dtype=float)
    found = Polygons.of(corner)
    slope, shift = layers.affine[0][0][None], layers.affine[0][1][None]
    for (weight, bias), unit in zip(layers.affine[1:], layers.units, strict=True):
        for j in range(slope.shape[1]):
            inherited = found.parent[: found.count]
            found.cut(slope[inherited, j], shift[inherited, j])
            if found.count > MOST_CELLS:
                raise TooManyPiecesError(f"{layers!r} has over {MOST_CELLS} affine pieces.")
        leak = 0.0 if unit.leak is None else unit.leak
        slope, shift = _through(found, slope, shift, leak)
        slope = np.matmul(weight, slope)
        shift = shift @ weight.T + bias
        found.numbered()
    triangle, owner = found.triangles()
    if not layers.units:
        return AffineCells(triangle, owner, np.repeat(slope, found.count, 0), shift)
    return AffineCells(triangle, owner, slope, shift)


def _through(
    found: Polygons, slope: FloatArray, shift: FloatArray, leak: float
) -> tuple[FloatArray, FloatArray]:
    """The hidden units as affine functions on each polygon."""
    z = found.corner[: found.count]
    real = np.arange(z.shape[1]) < found.sides[: found.count, None]
    centre = (z * real[..., None]).sum(axis=1) / found.sides[: found.count, None]
    inherited = found.parent[: found.count]
    slope, shift = slope[inherited], shift[inherited]
    a = (slope * centre[:, None]).sum(axis=-1) + shift
    active = np.where(a > 0, 1.0, leak)
    return active[..., None] * slope, active * shift
