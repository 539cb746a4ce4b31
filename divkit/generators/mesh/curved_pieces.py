r"""A smooth map of the plane into itself: preimages by quadratic images of triangles, and Newton.

Triangles whose image, with room for its bend, holds x are candidates. Roots of the quadratic that
fits G there are moved by Newton's steps with G itself, and count where they end in the triangle.
For quadratures the quadratics themselves are enough; `law` measures what that is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from divkit.generators.mesh.bent import (
    BentTriangles,
    determinant,
    has_no_area,
    outward,
    quadratic_roots,
    stepped,
)
from divkit.generators.mesh.layers import Layers
from divkit.generators.mesh.locate import Finder, blocks
from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.polygons import BoolArray, IntArray
from divkit.generators.mesh.preimages import (
    CheckedDensities,
    Preimages,
    joined,
    log_size,
    once,
    summed,
)
from divkit.generators.mesh.triangles import doubled_areas, frames, solved
from divkit.types import FloatArray

_SPOTS = np.array([[1 / 3, 1 / 3], [0.05, 0.05], [0.9, 0.05], [0.05, 0.9]])
_EDGE = 1e-7  # in barycentric coordinates: a root this far outside is another triangle's
_FINE, _STEPS, _ROUGH_STEPS = 1e-10, 12, 3


@dataclass(frozen=True, eq=False)
class CurvedPieces:
    """G on triangles of noise.

    Attributes
    ----------
    noise : the law of z.
    layers : G.
    bent : the triangles, with the quadratics that fit G.
    """

    noise: Noise
    layers: Layers
    bent: BentTriangles

    @property
    def triangles(self) -> FloatArray:
        """Noise (t, 3, 2)."""
        return self.bent.flat.z

    @property
    def images(self) -> FloatArray:
        """The corners' images (t, 3, 2)."""
        return self.bent.flat.x

    @property
    def pieces(self) -> IntArray:
        """Each triangle is a piece of its own (t,)."""
        return self.bent.flat.piece

    @property
    def singular(self) -> float:
        """The mass of noise whose image has no area to rounding."""
        return self.bent.singular

    @property
    def lost(self) -> float:
        """Noise without a triangle."""
        return self.noise.outside + self.bent.lost

    @cached_property
    def _finder(self) -> Finder:
        return Finder(self.images, self.bent.beyond.max(axis=1))

    @cached_property
    def _sides(self) -> FloatArray:
        """Of each image and side: a normal outwards, and the level up to which it reaches."""
        sides = outward(self.images)
        sides[..., 2] += self.bent.beyond
        return sides

    @cached_property
    def _sizes(self) -> FloatArray:
        """Lengths of the images (t,)."""
        flat = self.bent.flat
        longest = np.sqrt(flat.edges(flat.x).max(axis=1))
        return np.asarray(longest + self.bent.beyond.max(axis=1))

    def _candidates(self, x: FloatArray) -> tuple[IntArray, IntArray]:
        """Points and triangles whose image may hold them."""
        point, tri = self._finder.pairs(x)
        met = np.ones(len(point), dtype=bool)
        for k in range(3):
            side = self._sides[:, k][tri]
            off = side[:, 0] * x[point, 0] + side[:, 1] * x[point, 1] - side[:, 2]
            met &= off <= 0
        return point[met], tri[met]

    @cached_property
    def crowd(self) -> float:
        """Number of triangles that may hold a point, in the mean over draws."""
        if len(self.triangles) == 0:
            return 0.0
        return len(self._candidates(self.layers(self._some))[0]) / len(self._some)

    @cached_property
    def missed(self) -> float:
        """The share of draws with an area that are not among the preimages of their images."""
        found = self.checked(len(self._some))
        return 0.0 if found is None else found.missed

    @cached_property
    def _some(self) -> FloatArray:
        return self.noise.law.sample(500, 2).numpy().reshape(-1, 2)

    def preimages(self, x: FloatArray) -> Preimages:
        """Every preimage of points (n, 2)."""
        return joined(self._found(x[rows], rows.start) for rows in blocks(len(x)))

    def log_density(self, piece: IntArray, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """G(z) (n, 2) of noise in these pieces, and log q there, roughly.

        Other preimages are those of the quadratics, and of the triangles of the corners' images
        where G folds; those beside a z on a fold stand for it, too.
        """
        x, slope = self.layers.jet(z)
        own = self.noise.log_density(z) - log_size(slope)
        fold = self.bent.fold[piece]
        found = joined(self._rough(piece[r], x[r], r.start) for r in blocks(len(x)))
        terms = self.noise.log_density(found.z)
        stands = np.zeros(len(x), dtype=bool)
        stands[found.point[self._beside(found, piece, z)]] = True
        return x, summed(np.where(fold & stands, -np.inf, own), found, terms)

    def _beside(self, found: Preimages, piece: IntArray, z: FloatArray) -> BoolArray:
        """Whether what was found is on a fold, and so near z as to stand for it."""
        gap = np.abs(found.z - z[found.point]).max(axis=1)
        side = np.sqrt(self.bent.flat.edges(self.triangles[piece[found.point]]).max(axis=1))
        return np.asarray(self.bent.fold[found.piece] & (gap <= 2 * side))

    def _rough(self, piece: IntArray, x: FloatArray, ahead: int) -> Preimages:
        """Other preimages of points in pieces; all of them where the piece folds."""
        point, tri = self._candidates(x)
        rest = np.where(self.bent.fold[tri], ~self._empty[tri], tri != piece[point])
        point, tri = point[rest], tri[rest]
        frame, fold = self._frames[tri], self.bent.fold[tri]
        gap = x[point] - frame[:, :2]
        u = frame[:, 2] * gap[:, 0] + frame[:, 3] * gap[:, 1]
        v = frame[:, 4] * gap[:, 0] + frame[:, 5] * gap[:, 1]
        at = np.stack([u, v], axis=1)
        rows = np.flatnonzero(~fold)
        form, bent = self.bent.form[tri[rows]], np.clip(at[rows], 0.0, 1.0)
        for _ in range(_ROUGH_STEPS):
            bent = stepped(form, x[point[rows]], bent)
        at[rows] = bent
        with np.errstate(divide="ignore"):
            log_det = self._ratios[tri]
            log_det[rows] = np.log(np.abs(determinant(form, bent))) - self._areas[tri[rows]]
        held = (at.min(axis=1) >= 0) & (at.sum(axis=1) <= 1)
        point, tri = point[held], tri[held]
        return Preimages(point + ahead, self._placed(tri, at[held]), log_det[held], tri)

    def checked(self, count: int) -> CheckedDensities | None:
        """Log densities at draws of noise, by all preimages, and as quadratures take them."""
        if len(self.triangles) == 0:
            return None
        z = self.noise.law.sample(count, 1).numpy().reshape(-1, 2)
        x, slope = self.layers.jet(z)
        found = self.preimages(x)
        gap = np.abs(found.z - z[found.point]).max(axis=1)
        own = gap <= _EDGE * (1 + np.abs(z[found.point]).max(axis=1))
        piece = np.full(count, -1)
        piece[found.point[own]] = found.piece[own]
        seen, flat = piece >= 0, self.flat(x, slope)
        own_term = self.noise.log_density(z) - log_size(slope)
        rest = found.take(~own)
        exact = summed(own_term, rest, self.noise.log_density(rest.z))
        rough = self.log_density(piece[seen], z[seen])[1]
        return CheckedDensities(x[seen], exact[seen], rough, float((~seen & ~flat).mean()))

    def flat(self, x: FloatArray, slope: FloatArray) -> BoolArray:
        """Whether the Jacobian (n, 2, 2) at images x (n, 2) has no rank, to rounding (n,)."""
        return has_no_area(slope[..., 0], slope[..., 1], np.abs(x).max(axis=1))

    @cached_property
    def _areas(self) -> FloatArray:
        """log of the doubled areas of noise."""
        return np.asarray(np.log(doubled_areas(self.triangles)))

    @cached_property
    def _ratios(self) -> FloatArray:
        """log of areas of images over those of noise; 0 where the image has none."""
        area = doubled_areas(self.images)
        return np.asarray(np.log(np.where(area > 0, area, 1.0)) - self._areas)

    @cached_property
    def _empty(self) -> BoolArray:
        """Triangles whose corners' images have no area (t,)."""
        return np.asarray(doubled_areas(self.images) == 0)

    @cached_property
    def _frames(self) -> FloatArray:
        """Barycentric frames of the images, of another triangle where there is no area."""
        unit = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        return frames(np.where(self._empty[:, None, None], unit, self.images))

    def _placed(self, tri: IntArray, at: FloatArray) -> FloatArray:
        """z (n, 2) at (u, v) of triangles."""
        shares = np.concatenate([1 - at.sum(axis=1, keepdims=True), at], axis=1)
        return np.asarray(np.einsum("ni,nij->nj", shares, self.triangles[tri]))

    def _found(self, x: FloatArray, ahead: int) -> Preimages:
        """Roots from those of the quadratics; where there is none, from spots in candidates."""
        point, tri = self._candidates(x)
        found = self._roots(x, *self._quadratic(x, point, tri))
        none = np.bincount(found.point, minlength=len(x))[point] == 0
        count, spots = int(none.sum()), len(_SPOTS)
        again = self._roots(
            x,
            np.repeat(point[none], spots),
            np.repeat(tri[none], spots),
            np.tile(_SPOTS, (count, 1)),
        )
        every = joined([found, again])
        at = self._shares(every.piece, every.z)
        every = once(every, np.minimum(at.min(axis=1), 1 - at.sum(axis=1)) <= 2 * _EDGE)
        return replace(every, point=every.point + ahead)

    def _roots(self, x: FloatArray, point: IntArray, tri: IntArray, at: FloatArray) -> Preimages:
        """Roots of G(z) = x in triangles, from (u, v) in each."""
        z, log_det, good = self._polished(x[point], tri, at)
        found = Preimages(point, z, log_det, tri).take(good)
        fresh = _first_of_each(found.point, found.piece, self._shares(found.piece, found.z))
        return found.take(fresh)

    def _quadratic(
        self, x: FloatArray, point: IntArray, tri: IntArray
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """Roots of the quadratics: points, triangles, (u, v); from more starts where they fold."""
        rows = np.arange(len(point))
        fold = rows[self.bent.fold[tri]]
        every = np.concatenate([rows, np.repeat(fold, len(_SPOTS) - 1)])
        start = [np.tile(_SPOTS[0], (len(rows), 1)), np.tile(_SPOTS[1:], (len(fold), 1))]
        form = self.bent.form[tri[every]]
        kept, at = quadratic_roots(
            form, x[point[every]], np.concatenate(start), self._sizes[tri[every]]
        )
        return point[every[kept]], tri[every[kept]], at

    def _shares(self, tri: IntArray, z: FloatArray) -> FloatArray:
        """(u, v) of z (n, 2) in triangles."""
        corner = self.triangles[tri]
        one, two, gap = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0], z - corner[:, 0]
        det = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
        u = (gap[:, 0] * two[:, 1] - gap[:, 1] * two[:, 0]) / det
        v = (gap[:, 1] * one[:, 0] - gap[:, 0] * one[:, 1]) / det
        return np.stack([u, v], axis=1)

    def _polished(
        self, x: FloatArray, tri: IntArray, at: FloatArray
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Newton's steps with G: z, log |det J|, and whether it is a preimage in its triangle."""
        z = self._placed(tri, at)
        size = np.sqrt(self.bent.flat.edges(self.triangles[tri]).max(axis=1))
        log_det, step = np.full(len(z), -np.inf), np.full(len(z), np.inf)
        rows = np.arange(len(z))
        for _ in range(_STEPS):
            value, slope = self.layers.jet(z[rows])
            move = solved(slope, x[rows] - value)
            length = np.sqrt((move**2).sum(axis=1))
            move *= np.minimum(1.0, 0.3 * size[rows] / np.maximum(length, 1e-300))[:, None]
            z[rows] += move
            log_det[rows], step[rows] = log_size(slope), length / size[rows]
            inside = self._shares(tri[rows], z[rows])
            near = (inside.min(axis=1) > -0.5) & (inside.sum(axis=1) < 1.5)
            rows = rows[(step[rows] > _FINE) & near]
            if len(rows) == 0:
                break
        inside = self._shares(tri, z)
        held = (inside.min(axis=1) >= -_EDGE) & (inside.sum(axis=1) <= 1 + _EDGE)
        return z, log_det, held & (step <= _FINE)


def _first_of_each(point: IntArray, tri: IntArray, at: FloatArray) -> IntArray:
    """Rows, of roots that several starts led to only one."""
    order = np.lexsort((at[:, 1], at[:, 0], tri, point))
    p, t, a = point[order], tri[order], at[order]
    kept = np.ones(len(order), dtype=bool)
    for back in (1, 2, 3):
        same = (p[back:] == p[:-back]) & (t[back:] == t[:-back])
        same &= np.abs(a[back:] - a[:-back]).max(axis=1, initial=0.0) < 1e-4
        kept[back:] &= ~same
    return order[kept]
