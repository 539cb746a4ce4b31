r"""The law of a map of noise in the plane to the line, by the lengths of its level lines.

On a triangle on which G is affine the level {G = x} is a segment, and

    q(x) = Σ ∫ p_z dl / |∇G|,

which for N(0, I) is φ(t) [Φ(b) − Φ(a)] / |∇G|, t the distance of the segment's line from 0 and a,
b where it starts and ends along that line. Triangles on which G is constant carry atoms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from divkit.generators.mesh.beyond import at_edge, has_more
from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.polygons import BoolArray, IntArray
from divkit.generators.mesh.triangles import doubled_areas
from divkit.types import FloatArray

_KNOTS = 1025
_BLOCK = 512
_FLAT = 1e-13  # a range of values, relative to their size, that is an atom
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(4)


@dataclass(frozen=True, eq=False)
class LevelTriangles:
    """Triangles of noise with affine values.

    Attributes
    ----------
    noise : the law of z.
    z : corners (t, 3, 2), by their values.
    value : of the corners (t, 3), rising.
    """

    noise: Noise
    z: FloatArray
    value: FloatArray

    @classmethod
    def of(cls, noise: Noise, z: FloatArray, value: FloatArray) -> LevelTriangles:
        """Triangles with values in any order."""
        order = np.argsort(value, axis=1)
        corners = np.take_along_axis(z, order[..., None], axis=1)
        return cls(noise, corners, np.take_along_axis(value, order, axis=1))

    @cached_property
    def flat(self) -> BoolArray:
        """Where G is constant to rounding (t,)."""
        size = np.abs(self.value).max(initial=1e-300)
        return np.asarray(self.value[:, 2] - self.value[:, 0] <= _FLAT * size)

    @cached_property
    def singular(self) -> float:
        """The mass of atoms."""
        z = self.z[self.flat]
        return float(self.noise.masses(z, z.mean(axis=1, keepdims=True)).sum()) if len(z) else 0.0

    @cached_property
    def _slopes(self) -> FloatArray:
        """|∇G| (t,)."""
        one, two = self.z[:, 1] - self.z[:, 0], self.z[:, 2] - self.z[:, 0]
        rise = self.value[:, 1:] - self.value[:, :1]
        turned = rise[:, :1] * two - rise[:, 1:] * one
        area = doubled_areas(self.z)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.sqrt((turned**2).sum(axis=1)) / area)

    @cached_property
    def may_go_on(self) -> tuple[bool, bool]:
        """Whether values below and above those of the triangles may come of noise beyond them.

        They may where G, continued from a triangle at the edge of the box, falls or rises outward.
        """
        rows = np.flatnonzero(self.usable & at_edge(self.noise, self.z))
        if not has_more(self.noise) or not len(rows):
            return False, False
        z, value = self.z[rows], self.value[rows]
        slope = np.linalg.solve(z[:, 1:] - z[:, :1], (value[:, 1:] - value[:, :1])[..., None])
        outward = z.mean(axis=1) - self.noise.box.mean(axis=1)
        rise = np.einsum("tk,tk->t", slope[..., 0], outward)
        return bool((rise < 0).any()), bool((rise > 0).any())

    @cached_property
    def usable(self) -> BoolArray:
        """Triangles on which G has a slope, so that their mass has a density (t,)."""
        sized = doubled_areas(self.z) > 0
        return np.asarray(~self.flat & sized & np.isfinite(self._slopes))

    @cached_property
    def _lists(self) -> tuple[FloatArray, IntArray, IntArray]:
        """Knots of cells of the line, where the list of each starts, and the lists."""
        rows = np.flatnonzero(self.usable)
        ends = self.value[rows][:, [0, 2]]
        knots = np.unique(np.quantile(ends.reshape(-1), np.linspace(0, 1, _KNOTS)))
        first, last = (np.searchsorted(knots, ends[:, k], side="right") for k in range(2))
        many = last - first + 1
        owner = np.repeat(rows, many)
        ahead = np.arange(len(owner)) - np.repeat(np.cumsum(many) - many, many)
        cell = np.repeat(first, many) + ahead
        order = np.argsort(cell, kind="stable")
        starts = np.searchsorted(cell[order], np.arange(len(knots) + 2))
        return knots, starts, owner[order]

    def density(self, x: FloatArray) -> FloatArray:
        """q at points (n,)."""
        out = np.zeros(len(x))
        if not self.usable.any():
            return out
        knots, starts, listed = self._lists
        for k in range(0, len(x), _BLOCK):
            some = x[k : k + _BLOCK]
            cell = np.searchsorted(knots, some, side="right")
            first, many = starts[cell], starts[cell + 1] - starts[cell]
            point = np.repeat(np.arange(len(some)), many)
            ahead = np.arange(len(point)) - np.repeat(np.cumsum(many) - many, many)
            tri = listed[np.repeat(first, many) + ahead]
            value = self.value[tri]
            crossed = (value[:, 0] < some[point]) & (some[point] < value[:, 2])
            point, tri = point[crossed], tri[crossed]
            paid = self._along(tri, some[point]) / self._slopes[tri]
            out[k : k + _BLOCK] = np.bincount(point, paid, minlength=len(some))
        return out

    def _along(self, tri: IntArray, x: FloatArray) -> FloatArray:
        """∫ p_z dl along the level x in each triangle."""
        z, value = self.z[tri], self.value[tri]
        low = x < value[:, 1]
        start = _between(z[:, 0], z[:, 2], value[:, 0], value[:, 2], x)
        near = np.where(low, 0, 1)
        rows = np.arange(len(tri))
        a, b = z[rows, near], z[rows, near + 1]
        stop = _between(a, b, value[rows, near], value[rows, near + 1], x)
        along = stop - start
        length = np.sqrt((along**2).sum(axis=1))
        unit = along / np.where(length == 0, 1.0, length)[:, None]
        if not self.noise.gaussian:
            spots = start[:, None] + 0.5 * (1 + _NODES)[:, None] * along[:, None]
            log = self.noise.log_density(spots.reshape(-1, 2)).reshape(spots.shape[:2])
            return np.asarray(0.5 * length * (np.exp(log) @ _WEIGHTS))
        off = unit[:, 0] * start[:, 1] - unit[:, 1] * start[:, 0]
        ends = (start * unit).sum(axis=1), (stop * unit).sum(axis=1)
        flip = np.where(ends[0] + ends[1] > 0, -1.0, 1.0)  # the lower tail keeps its digits
        share = np.abs(ndtr(flip * ends[1]) - ndtr(flip * ends[0]))
        return np.asarray(np.exp(-0.5 * off**2) / math.sqrt(2 * math.pi) * share)


def _between(
    a: FloatArray, b: FloatArray, low: FloatArray, high: FloatArray, x: FloatArray
) -> FloatArray:
    """Where the value is x from a to b."""
    rise = high - low
    share = np.where(rise > 0, (x - low) / np.where(rise > 0, rise, 1.0), 0.5)
    return np.asarray(a + share[:, None] * (b - a))
