"""Convex polygons in arrays, cut by lines: all that one line crosses at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from divkit.types import FloatArray

IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
_ON_THE_LINE = 1e-13


@dataclass(eq=False)
class Polygons:
    """A growing list of convex polygons.

    Attributes
    ----------
    corner : (room, most corners, 2), in order; slots beyond the last repeat the first.
    sides : (room,) number of corners.
    parent : (room,) the index that a polygon inherits from the one it was cut from.
    count : how many there are.
    """

    corner: FloatArray
    sides: IntArray
    parent: IntArray
    count: int

    @classmethod
    def of(cls, corner: FloatArray) -> Polygons:
        """One polygon (m, 2)."""
        return cls(corner[None].copy(), np.array([len(corner)]), np.array([0]), 1)

    def numbered(self) -> None:
        """Let each polygon be its own parent from here on."""
        self.parent[: self.count] = np.arange(self.count)

    def cut(self, slope: FloatArray, level: FloatArray) -> None:
        """Cut each polygon along {slope · z + level = 0}, its slope (n, 2) and level (n,)."""
        z = self.corner[: self.count]
        parts = z[..., 0] * slope[:, :1], z[..., 1] * slope[:, 1:]
        value = parts[0] + parts[1] + level[:, None]
        size = np.abs(parts[0]) + np.abs(parts[1]) + np.abs(level)[:, None]
        value[np.abs(value) <= _ON_THE_LINE * size] = 0.0
        rows = np.flatnonzero((value.max(axis=1) > 0) & (value.min(axis=1) < 0))
        if len(rows) == 0:
            return
        above = _clipped(z[rows], self.sides[rows], value[rows])
        below = _clipped(z[rows], self.sides[rows], -value[rows])
        width = max(above[0].shape[1], below[0].shape[1])
        self._reserve(self.count + len(rows), width)
        fresh = slice(self.count, self.count + len(rows))
        self._put(rows, *above)
        self._put(fresh, *below)
        self.parent[fresh] = self.parent[rows]
        self.count += len(rows)

    def _put(self, rows: IntArray | slice, corner: FloatArray, sides: IntArray) -> None:
        self.corner[rows, : corner.shape[1]] = corner
        self.corner[rows, corner.shape[1] :] = corner[:, :1]
        self.sides[rows] = sides

    def _reserve(self, room: int, width: int) -> None:
        """Make room in both directions."""
        have, wide = self.corner.shape[:2]
        if width > wide:
            more = np.repeat(self.corner[:, :1], width - wide, axis=1)
            self.corner = np.concatenate([self.corner, more], axis=1)
        if room > have:
            grown = max(room, 2 * have)
            self.corner = np.resize(self.corner, (grown, *self.corner.shape[1:]))
            self.sides, self.parent = np.resize(self.sides, grown), np.resize(self.parent, grown)

    def triangles(self) -> tuple[FloatArray, IntArray]:
        """Fans (t, 3, 2), and the polygon of each triangle (t,)."""
        z, sides = self.corner[: self.count], self.sides[: self.count]
        corners, owners = [], []
        for k in range(1, int(sides.max()) - 1):
            rows = np.flatnonzero(sides > k + 1)
            corners.append(z[rows][:, [0, k, k + 1]])
            owners.append(rows)
        return np.concatenate(corners), np.concatenate(owners)


def _clipped(z: FloatArray, sides: IntArray, value: FloatArray) -> tuple[FloatArray, IntArray]:
    """The part of each polygon where the value is not negative."""
    n, width = value.shape
    slots = np.arange(width)
    following = np.where(slots + 1 < sides[:, None], slots + 1, 0)
    next_z = np.take_along_axis(z, following[..., None], axis=1)
    next_value = np.take_along_axis(value, following, axis=1)
    real = slots < sides[:, None]
    crossed = real & (value * next_value < 0)
    step = np.where(crossed, value - next_value, 1.0)
    share = (value / step)[..., None]
    spots = np.stack([z, z + share * (next_z - z)], axis=2).reshape(n, 2 * width, 2)
    kept = np.stack([real & (value >= 0), crossed], axis=2).reshape(n, 2 * width)
    many = kept.sum(axis=1)
    order = np.argsort(~kept, axis=1, kind="stable")[:, : int(many.max())]
    out = np.take_along_axis(spots, order[..., None], axis=1)
    beyond = np.arange(out.shape[1]) >= many[:, None]
    return np.where(beyond[..., None], out[:, :1], out), many
