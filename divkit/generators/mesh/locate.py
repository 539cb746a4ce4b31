r"""Which triangles of the plane hold a point, for many points and triangles of every size.

Coordinates are replaced by their ranks among the corners, so that triangles are spread evenly over
the unit square. A triangle belongs to the grid whose squares are about half as wide as it, and is
listed in the squares that it meets; a point looks into one square of each grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from divkit.generators.mesh.polygons import BoolArray, IntArray
from divkit.generators.mesh.triangles import doubled_areas
from divkit.types import FloatArray

_LEVELS = 11
_FINER = 1
_LONGEST = 3  # a triangle meets at most about 2^(_FINER + _LONGEST) squares along an axis
_KNOTS = 1025
_BLOCK = 2**9  # what it takes fits into caches


@dataclass(frozen=True, eq=False)
class Finder:
    """Candidates for points of the plane among triangles.

    Attributes
    ----------
    corners : of the triangles (t, 3, 2).
    margin : (t,) how far beyond its sides a triangle is looked for.
    """

    corners: FloatArray
    margin: FloatArray

    @cached_property
    def _ends(self) -> tuple[FloatArray, FloatArray]:
        room = self.margin[:, None]
        return self.corners.min(axis=1) - room, self.corners.max(axis=1) + room

    @cached_property
    def _knots(self) -> list[FloatArray]:
        ends = np.concatenate(self._ends)
        levels = np.linspace(0, 1, _KNOTS)
        return [np.unique(np.quantile(ends[:, a], levels)) for a in range(2)]

    def _ranks(self, x: FloatArray) -> FloatArray:
        """Coordinates on [0, 1]."""
        columns = [
            np.interp(x[:, a], knots, np.linspace(0, 1, len(knots)))
            for a, knots in enumerate(self._knots)
        ]
        return np.stack(columns, axis=1)

    @cached_property
    def _lists(self) -> list[tuple[int, IntArray, IntArray]]:
        """Of each grid that is used: its level, where each square's list starts, and the lists."""
        low, high = (self._ranks(end) for end in self._ends)
        level = self._levels(high - low)
        found = []
        for k in np.unique(level).tolist():
            rows = np.flatnonzero(level == k)
            column, line, at = _touched(low[rows], high[rows], k)
            met = self._meets(rows[at], column, line, k)
            square = (line * 2**k + column)[met]
            order = np.argsort(square, kind="stable")
            starts = np.searchsorted(square[order], np.arange(4**k + 1))
            found.append((k, starts, rows[at[met][order]]))
        return found

    def _levels(self, size: FloatArray) -> IntArray:
        """Grids whose squares are near the root of a triangle's area, never far below its length.

        The area in ranks is taken for the same share of the box as it is in the plane.
        """
        low, high = self._ends
        box = (high - low).prod(axis=1)
        share = np.minimum(doubled_areas(self.corners) / np.where(box > 0, box, 1.0) + 1e-3, 1.0)
        side = np.sqrt(share * size.prod(axis=1))
        longest = size.max(axis=1)
        side = np.maximum(np.maximum(side, longest / 2**_LONGEST), 2.0 ** -(_LEVELS + 2))
        level = np.floor(-np.log2(np.minimum(side, 1.0))).astype(np.int64) + _FINER
        return np.asarray(np.minimum(level, _LEVELS - 1))

    def _meets(self, rows: IntArray, column: IntArray, line: IntArray, level: int) -> BoolArray:
        """Whether triangles meet squares, as far as their sides tell."""
        middle, half = [], []
        for at, knots in zip((column, line), self._knots, strict=True):
            ends = np.interp(np.linspace(0, 1, 2**level + 1), np.linspace(0, 1, len(knots)), knots)
            middle.append(0.5 * (ends[at] + ends[at + 1]))
            half.append(0.5 * (ends[at + 1] - ends[at]))
        x = self.corners[rows]
        met = np.ones(len(rows), dtype=bool)
        for k in range(3):
            a, b, c = x[:, k], x[:, (k + 1) % 3], x[:, (k + 2) % 3]
            along = b - a
            side = along[:, 0] * (c - a)[:, 1] - along[:, 1] * (c - a)[:, 0]
            sign = np.where(side < 0, -1.0, 1.0)
            gap = along[:, 0] * (middle[1] - a[:, 1]) - along[:, 1] * (middle[0] - a[:, 0])
            reach = np.abs(along[:, 0]) * half[1] + np.abs(along[:, 1]) * half[0]
            room = self.margin[rows] * np.sqrt((along**2).sum(axis=1))
            met &= sign * gap + reach * (1 + 1e-9) + room >= 0
        return met

    def pairs(self, x: FloatArray) -> tuple[IntArray, IntArray]:
        """Points and triangles (m,) that share a square, all that hold one among them."""
        spots = self._ranks(x)
        points, boxes = [], []
        for level, starts, listed in self._lists:
            at = _squares(spots, level)
            square = at[:, 1] * 2**level + at[:, 0]
            first, many = starts[square], starts[square + 1] - starts[square]
            index = np.repeat(np.arange(len(x)), many)
            ahead = np.arange(len(index)) - np.repeat(np.cumsum(many) - many, many)
            points.append(index)
            boxes.append(listed[np.repeat(first, many) + ahead])
        return np.concatenate(points), np.concatenate(boxes)


def _squares(spots: FloatArray, level: int) -> IntArray:
    return np.asarray(np.minimum((spots * 2**level).astype(np.int64), 2**level - 1))


def _touched(low: FloatArray, high: FloatArray, level: int) -> tuple[IntArray, IntArray, IntArray]:
    """Column and line of the squares that boxes touch, and which box."""
    first, last = _squares(low, level), _squares(high, level)
    wide, tall = (last - first).T + 1
    many = wide * tall
    box = np.repeat(np.arange(len(low)), many)
    ahead = np.arange(len(box)) - np.repeat(np.cumsum(many) - many, many)
    return first[box, 0] + ahead % wide[box], first[box, 1] + ahead // wide[box], box


def blocks(n: int) -> list[slice]:
    """Points a few thousand at a time."""
    return [slice(k, min(k + _BLOCK, n)) for k in range(0, n, _BLOCK)]
