"""Triangles in arrays: areas, barycentric frames, halving, and a rule of three nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from divkit.generators.mesh.aligned import Aligned
from divkit.generators.mesh.polygons import IntArray
from divkit.types import FloatArray

_SHARES = np.array([[2.0, 0.5, 0.5], [0.5, 2.0, 0.5], [0.5, 0.5, 2.0]]) / 3
_FAR = 1e150  # whose square is a float
_INSIDE = 1e-3  # at a corner itself the preimages of its neighbours would count


def doubled_areas(z: FloatArray) -> FloatArray:
    """Twice the areas of triangles (n, 3, 2)."""
    one, two = z[:, 1] - z[:, 0], z[:, 2] - z[:, 0]
    return np.asarray(np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]))


def frames(x: FloatArray) -> FloatArray:
    """Of each triangle a corner, and the matrix that gives two barycentric coordinates (n, 6)."""
    one, two = x[:, 1] - x[:, 0], x[:, 2] - x[:, 0]
    det = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    rows = np.stack([two[:, 1], -two[:, 0], -one[:, 1], one[:, 0]], axis=1) / det[:, None]
    return np.concatenate([x[:, 0], rows], axis=1)


@dataclass(frozen=True, eq=False)
class Triangles(Aligned):
    """Triangles of noise with the images of their corners.

    Attributes
    ----------
    z : (n, 3, 2).
    x : images of the corners (n, 3, d), linear between those of the piece.
    piece : (n,) the piece of the map that each lies in.
    """

    z: FloatArray
    x: FloatArray
    piece: IntArray

    def __len__(self) -> int:
        return len(self.z)

    def edges(self, of: FloatArray) -> FloatArray:
        """Squared lengths of the edges (n, 3) opposite to corners 2, 0 and 1, in z or in x."""
        gaps = of[:, [1, 2, 0]] - of
        return np.asarray((gaps * gaps).sum(axis=-1))

    def turned(self, unit: float) -> tuple[Triangles, IntArray]:
        """The same with the longest edge between corners 0 and 1, and the order of corners (n, 3).

        |Δz|² + |Δx|²/unit² is the square of an edge's length.
        """
        longest = (self.edges(self.z) + self.edges(self.x) / unit**2).argmax(axis=1)
        turn = (longest[:, None] + np.arange(3)) % 3
        z, x = (np.take_along_axis(of, turn[..., None], axis=1) for of in (self.z, self.x))
        return Triangles(z, x, self.piece), turn

    def halved(self) -> Triangles:
        """Both halves of each, cut between corners 0 and 1: first all that keep 0, then 1."""
        halves = [tuple(_half(of, kept) for of in (self.z, self.x)) for kept in (0, 1)]
        one, two = (Triangles(z, x, self.piece) for z, x in halves)
        return one + two

    def middles(self) -> FloatArray:
        """Points next to the middle of the edge between corners 0 and 1, inside (n, 2)."""
        middle = 0.5 * (self.z[:, 0] + self.z[:, 1])
        return np.asarray(middle + _INSIDE * (self.z[:, 2] - middle))

    def corners(self) -> FloatArray:
        """Points next to the corners, inside (n, 3, 2)."""
        return np.asarray(self.z + _INSIDE * (self.z.mean(axis=1, keepdims=True) - self.z))

    def nodes(self) -> FloatArray:
        """Nodes of a rule exact to degree 2 (n, 3, 2)."""
        return np.asarray(np.einsum("ij,njk->nik", _SHARES, self.z))


def _half(corner: FloatArray, kept: int) -> FloatArray:
    middle = 0.5 * (corner[:, 0] + corner[:, 1])
    return np.stack([corner[:, kept], middle, corner[:, 2]], axis=1)


def solved(slope: FloatArray, gap: FloatArray) -> FloatArray:
    """J⁻¹ gap (n, 2), a step of Newton's; far away where J is singular: no such point is kept."""
    det = slope[:, 0, 0] * slope[:, 1, 1] - slope[:, 0, 1] * slope[:, 1, 0]
    det = np.where(det == 0, 1e-300, det)
    one = slope[:, 1, 1] * gap[:, 0] - slope[:, 0, 1] * gap[:, 1]
    two = slope[:, 0, 0] * gap[:, 1] - slope[:, 1, 0] * gap[:, 0]
    with np.errstate(over="ignore"):
        step = np.stack([one / det, two / det], axis=1)
    return np.asarray(np.clip(step, -_FAR, _FAR))
