r"""A map of the plane into itself that is affine on cells: every preimage, exactly.

The images of the cells' triangles are triangles; those that hold x give its preimages
z = A⁻¹(x − b). Cells whose image has no area carry singular mass: that of their noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from divkit.generators.mesh.cells import AffineCells
from divkit.generators.mesh.locate import Finder, blocks
from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.polygons import BoolArray, IntArray
from divkit.generators.mesh.preimages import CheckedDensities, Preimages, joined, once, summed
from divkit.generators.mesh.triangles import Triangles, doubled_areas, frames
from divkit.types import FloatArray

_EDGE = 1e-12  # in barycentric coordinates
_NO_AREA = 1e-13  # |det A| relative to |A|²: the image is a curve to rounding


@dataclass(frozen=True, eq=False)
class AffinePieces:
    """G = A z + b on each cell.

    Attributes
    ----------
    noise : the law of z.
    cells : the cells, cut into triangles.
    """

    noise: Noise
    cells: AffineCells

    @cached_property
    def determinant(self) -> FloatArray:
        """det A of each cell."""
        return np.asarray(np.linalg.det(self.cells.slope))

    @cached_property
    def regular(self) -> BoolArray:
        """Whether each cell's image has an area."""
        return ~self.flat(self.cells.shift, self.cells.slope)

    def flat(self, x: FloatArray, slope: FloatArray) -> BoolArray:
        """Whether the Jacobian (n, 2, 2) has no rank, to rounding (n,), wherever x is."""
        size = (slope**2).sum(axis=(1, 2))
        return np.asarray(np.abs(np.linalg.det(slope)) <= _NO_AREA * size)

    @cached_property
    def log_det(self) -> FloatArray:
        """log |det A| of each cell, −inf where there is no area."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.where(self.regular, np.abs(self.determinant), 0.0)))

    @cached_property
    def _kept(self) -> IntArray:
        """Triangles whose image has an area; slivers that round to none hold nothing."""
        cell = self.cells.cell
        image = self._affine(cell[:, None], self.cells.z)
        return np.flatnonzero(self.regular[cell] & (doubled_areas(image) > 0))

    @cached_property
    def triangles(self) -> FloatArray:
        """Noise with an image that has an area (t, 3, 2)."""
        return self.cells.z[self._kept]

    @cached_property
    def pieces(self) -> IntArray:
        """The cell of each triangle (t,)."""
        return self.cells.cell[self._kept]

    @cached_property
    def images(self) -> FloatArray:
        """The triangles' corners in the plane (t, 3, 2)."""
        return self._affine(self.pieces[:, None], self.triangles)

    def _affine(self, piece: IntArray, z: FloatArray) -> FloatArray:
        moved = np.einsum("...ij,...j->...i", self.cells.slope[piece], z)
        return np.asarray(moved + self.cells.shift[piece])

    @cached_property
    def _finder(self) -> Finder:
        return Finder(self.images, np.zeros(len(self.images)))

    @cached_property
    def _frames(self) -> tuple[FloatArray, ...]:
        """Of each image: a corner, and the matrix that gives barycentric coordinates (t, 6)."""
        return tuple(np.ascontiguousarray(column) for column in frames(self.images).T)

    def preimages(self, x: FloatArray) -> Preimages:
        """Every preimage of points (n, 2)."""
        parts = [(self._found(x[rows]), rows.start) for rows in blocks(len(x))]
        return joined(replace(found, point=found.point + start) for found, start in parts)

    def _found(self, x: FloatArray) -> Preimages:
        """The same for a few points."""
        point, tri = self._finder.pairs(x)
        left, low, *rows_of_inverse = self._frames
        x_gap, y_gap = x[point, 0] - left[tri], x[point, 1] - low[tri]
        one = rows_of_inverse[0][tri] * x_gap + rows_of_inverse[1][tri] * y_gap
        near = np.flatnonzero((one >= -_EDGE) & (one <= 1 + _EDGE))
        point, tri, one = point[near], tri[near], one[near]
        two = rows_of_inverse[2][tri] * x_gap[near] + rows_of_inverse[3][tri] * y_gap[near]
        inside = (two >= -_EDGE) & (one + two <= 1 + _EDGE)
        point, tri, one, two = point[inside], tri[inside], one[inside], two[inside]
        rest = 1 - one - two
        spot = np.einsum("in,nij->nj", np.stack([rest, one, two]), self.triangles[tri])
        on_edge = np.minimum(np.minimum(rest, one), two) <= _EDGE
        piece = self.pieces[tri]
        return once(Preimages(point, spot, self.log_det[piece], piece), on_edge)

    def log_density(self, piece: IntArray, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """G(z) (n, 2) of noise in these pieces, and log q there."""
        x = self._affine(piece, z)
        logs = self.noise.log_density(z) - self.log_det[piece]
        for rows in blocks(len(x)):
            found = self._found(x[rows])
            same = found.piece == piece[rows][found.point]
            others = np.where(same, -math.inf, self.noise.log_density(found.z))
            logs[rows] = summed(logs[rows], found, others)
        return x, logs

    def checked(self, count: int) -> CheckedDensities | None:
        """Nothing: quadratures take the density as it is."""
        return None

    @property
    def lost(self) -> float:
        """Noise without a piece: that outside of its box."""
        return self.noise.outside

    @cached_property
    def singular(self) -> float:
        """The mass of noise whose image has no area."""
        flat = np.flatnonzero(~self.regular[self.cells.cell])
        z, piece = self.cells.z[flat], self.cells.cell[flat]
        return float(self.noise.masses(z, Triangles(z, z, piece).nodes()).sum())
