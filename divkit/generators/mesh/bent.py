r"""Triangles on which a smooth map is nearly a polynomial of degree 2, halved until it is.

On a triangle with corners z₀, z₁, z₂ and z = z₀ + u(z₁ − z₀) + v(z₂ − z₀), the images of corners
and of edges' middles give G₂ = x₀ + a u + b v + c uv + d u² + e v². Triangles are halved where a
plane is far from it in units of z, as along folds, until they weigh next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from divkit.generators.mesh.aligned import Aligned
from divkit.generators.mesh.layers import Layers
from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.polygons import BoolArray, IntArray
from divkit.generators.mesh.triangles import Triangles, doubled_areas, solved
from divkit.types import FloatArray

_BENT = 0.7  # of a triangle's size: beyond it, it is halved
_CUBIC = 0.05  # the same of what is not quadratic at its centre
_LIGHT = 4e-6  # noise in a triangle that is not halved any more
_WIDE, _SEEN = 0.5, 1e-4  # no triangle that weighs so much is as wide, in scales of the noise
_FORGOTTEN = 1e-6  # noise in the lightest triangles, which are left out
_FEW = 1e-4  # all noise that is not singular: if it is no more, it is left out too
_ROOM = 4.0  # times what is not quadratic at the centre
_MOST = 30_000
_ROUNDS, _GRID = 40, 14
_NO_AREA, _ROUNDING = 1e-12, 1e-15


@dataclass(frozen=True, eq=False)
class BentTriangles:
    """Triangles with quadratic images.

    Attributes
    ----------
    flat : the triangles, with the images of their corners.
    form : coefficients of 1, u, v, uv, u², v² of G₂ (t, 6, 2).
    beyond : (t, 3) how far an image may reach beyond the sides 0–1, 1–2, 2–0 of its corners'.
    fold : (t,) whether it may hold two preimages.
    lost : the noise that is left out.
    singular : the noise whose image has no area.
    """

    flat: Triangles
    form: FloatArray
    beyond: FloatArray
    fold: BoolArray
    lost: float
    singular: float


def bent_triangles(layers: Layers, noise: Noise) -> BentTriangles:
    """Cut the box of noise into triangles on which G is nearly quadratic."""
    corners = _grid(noise.box)
    images = layers(corners.reshape(-1, 2)).reshape(corners.shape)
    spread = float(np.std(layers(_spots(noise)), axis=0).max())
    open_ = Triangles(corners, images, np.zeros(len(corners), dtype=np.int64))
    done: list[_Part] = []
    count = 0
    for k in range(_ROUNDS):
        flat, _ = open_.turned(spread or 1.0)
        part = _part(layers, flat)
        weight = 0.5 * doubled_areas(flat.z) * np.exp(noise.peak(flat.z))
        wide = (flat.edges(flat.z).max(axis=1) > (_WIDE * noise.scale) ** 2) & (weight > _SEEN)
        coarse = (part.uneven & (weight > _LIGHT)) | wide
        last = k == _ROUNDS - 1 or count + 2 * int(coarse.sum()) > _MOST
        done.append(part.take(np.flatnonzero(~coarse | last)))
        count += len(done[-1].fold)
        if last or not coarse.any():
            break
        rows = np.flatnonzero(coarse)
        open_ = _halved(flat.take(rows), part.middle[rows, 0])
    return _gathered(done, noise)


@dataclass(frozen=True, eq=False)
class _Part(Aligned):
    """Triangles with images of their middles (t, 3, 2), what is cubic, and what they are like."""

    flat: Triangles
    middle: FloatArray
    cubic: FloatArray
    uneven: BoolArray
    fold: BoolArray
    flat_image: BoolArray


def _part(layers: Layers, flat: Triangles) -> _Part:
    middle = layers((0.5 * (flat.z + flat.z[:, [1, 2, 0]])).reshape(-1, 2)).reshape(flat.z.shape)
    form = _form(flat.x, _bulges(flat.x, middle))
    centre = np.full((len(form), 2), 1 / 3)
    rest = layers(flat.z.mean(axis=1)) - values(form, centre)
    off, share, fold = _planeness(flat, middle, form, rest)
    none = _has_no_area(flat.x, form)
    uneven = ((off > _BENT) | (share > _CUBIC) | fold) & ~none
    size = np.sqrt((rest**2).sum(axis=1))
    return _Part(flat, middle, size, uneven, fold | (off > 2 * _BENT), none)


def _has_no_area(x: FloatArray, form: FloatArray) -> BoolArray:
    """Whether the Jacobian of G₂ has no rank, to rounding, at all corners (t,)."""
    none = np.ones(len(x), dtype=bool)
    place = np.abs(x).max(axis=(1, 2))
    for end in ([0.0, 0.0], [1.0, 0.0], [0.0, 1.0]):
        none &= has_no_area(*slopes(form, np.tile(end, (len(form), 1))), place)
    return none


def has_no_area(one: FloatArray, two: FloatArray, place: FloatArray) -> BoolArray:
    """Whether slopes (n, 2) are parallel to rounding; images are as large as place (n,)."""
    size = (one**2).sum(axis=1) + (two**2).sum(axis=1)
    least = _NO_AREA * size + _ROUNDING * place * np.sqrt(size)
    return np.asarray(np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) <= least)


def _gathered(done: list[_Part], noise: Noise) -> BentTriangles:
    every = _Part.joined(done)
    flat, none = every.flat, every.flat_image
    mass = noise.masses(flat.z, flat.nodes())
    order = np.argsort(mass)
    order = order[~none[order]]
    total = np.cumsum(mass[order])
    light = int(np.searchsorted(total, _FORGOTTEN, side="right"))
    if len(order) and total[-1] <= _FEW:
        light = len(order)
    kept = np.sort(order[light:])
    flat = flat.take(kept)
    flat = Triangles(flat.z, flat.x, np.arange(len(flat)))
    bulge = _bulges(flat.x, every.middle[kept])
    return BentTriangles(
        flat,
        _form(flat.x, bulge),
        _beyond(flat.x, bulge, every.cubic[kept]),
        every.fold[kept],
        float(mass[order[:light]].sum()),
        float(mass[none].sum()),
    )


def _beyond(x: FloatArray, bulge: FloatArray, cubic: FloatArray) -> FloatArray:
    """Reach of G₂'s control points beyond each side, with room for what is cubic."""
    control = 0.5 * (x + x[:, [1, 2, 0]]) + 2 * bulge
    sides = outward(x)
    off = np.einsum("tki,tji->tkj", sides[..., :2], control) - sides[..., 2:]
    rounding = 1e-12 * np.abs(x).max(axis=(1, 2))
    return np.asarray(np.maximum(off.max(axis=-1), 0.0) + (_ROOM * cubic + rounding)[:, None])


def outward(x: FloatArray) -> FloatArray:
    """Of each side of triangles (t, 3, 2) a normal outwards and its level (t, 3, 3)."""
    along = x[:, [1, 2, 0]] - x
    normal = np.stack([along[..., 1], -along[..., 0]], axis=-1)
    length = np.sqrt((normal**2).sum(axis=-1, keepdims=True))
    normal = normal / np.where(length == 0, 1.0, length)
    inner = ((x[:, [2, 0, 1]] - x) * normal).sum(axis=-1, keepdims=True)
    normal = np.where(inner > 0, -normal, normal)
    return np.concatenate([normal, (normal * x).sum(axis=-1, keepdims=True)], axis=-1)


def _grid(box: FloatArray) -> FloatArray:
    """Triangles (t, 3, 2) that fill a box."""
    ticks = [np.linspace(low, high, _GRID + 1) for low, high in box]
    x, y = np.meshgrid(*ticks, indexing="ij")
    z = np.stack([x, y], axis=-1)
    a, b, c, d = (z[i : i + _GRID, j : j + _GRID] for i in (0, 1) for j in (0, 1))
    one, two = (np.stack(t, axis=2).reshape(-1, 3, 2) for t in ((a, c, d), (a, d, b)))
    return np.concatenate([one, two])


def _spots(noise: Noise) -> FloatArray:
    return np.asarray(noise.law.sample(1000, 0).numpy())


def _bulges(x: FloatArray, middle: FloatArray) -> FloatArray:
    """Distances of the images of middles from the middles of images (t, 3, 2)."""
    return np.asarray(middle - 0.5 * (x + x[:, [1, 2, 0]]))


def _form(x: FloatArray, bulge: FloatArray) -> FloatArray:
    """Coefficients of 1, u, v, uv, u², v² (t, 6, 2)."""
    b0, b1, b2 = (4 * bulge[:, k] for k in range(3))
    rows = [x[:, 0], x[:, 1] - x[:, 0] + b0, x[:, 2] - x[:, 0] + b2, b1 - b0 - b2, -b0, -b2]
    return np.stack(rows, axis=1)


def _planeness(
    flat: Triangles, middle: FloatArray, form: FloatArray, rest: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Distances of G from a plane and from G₂, in sizes of the triangle; if its Jacobian turns."""
    bulge = _bulges(flat.x, middle)
    ends = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    dets = np.stack([determinant(form, np.tile(end, (len(form), 1))) for end in ends], axis=1)
    fold = (dets.max(axis=1) >= 0) & (dets.min(axis=1) <= 0)
    one, two = slopes(form, np.full((len(form), 2), 1 / 3))
    det = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    found = []
    for gap in (4 * bulge, rest[:, None]):
        u = gap[..., 0] * two[:, None, 1] - gap[..., 1] * two[:, None, 0]
        v = gap[..., 1] * one[:, None, 0] - gap[..., 0] * one[:, None, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.maximum(np.abs(u), np.abs(v)).max(axis=1) / np.abs(det)
        found.append(np.where(np.isnan(off), np.inf, off))
    return found[0], found[1], fold


def slopes(form: FloatArray, at: FloatArray) -> tuple[FloatArray, FloatArray]:
    """∂G₂/∂u and ∂G₂/∂v (n, 2) at (u, v) (n, 2)."""
    u, v = at[:, :1], at[:, 1:]
    return (
        form[:, 1] + form[:, 3] * v + 2 * form[:, 4] * u,
        form[:, 2] + form[:, 3] * u + 2 * form[:, 5] * v,
    )


def determinant(form: FloatArray, at: FloatArray) -> FloatArray:
    """Of the Jacobian of G₂ (n,) at (u, v) (n, 2)."""
    one, two = slopes(form, at)
    return np.asarray(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])


def _halved(flat: Triangles, middle: FloatArray) -> Triangles:
    """Both halves, with the image of the middle between corners 0 and 1."""
    z = 0.5 * (flat.z[:, 0] + flat.z[:, 1])
    halves = []
    for kept in (0, 1):
        corners = np.stack([flat.z[:, kept], z, flat.z[:, 2]], axis=1)
        images = np.stack([flat.x[:, kept], middle, flat.x[:, 2]], axis=1)
        halves.append(Triangles(corners, images, flat.piece))
    return halves[0] + halves[1]


def quadratic_roots(
    form: FloatArray, x: FloatArray, starts: FloatArray, size: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return of which row (m,), and (u, v) (m, 2) near the triangle with G₂(u, v) = x.

    Parameters
    ----------
    form, x : coefficients (n, 6, 2), and points (n, 2).
    starts : (u, v) to start from (n, 2).
    size : of the triangles' images (n,).
    """
    at = starts.copy()
    for _ in range(8):
        at = stepped(form, x, at)
    left = np.sqrt(((x - values(form, at)) ** 2).sum(axis=1))
    inside = (at.min(axis=1) > -0.2) & (at.sum(axis=1) < 1.2)
    rows = np.flatnonzero(inside & (left <= 1e-3 * size))
    return rows, at[rows]


def stepped(form: FloatArray, x: FloatArray, at: FloatArray) -> FloatArray:
    """(u, v) after one Newton step towards G₂(u, v) = x, of length ½ at most."""
    one, two = slopes(form, at)
    step = solved(np.stack([one, two], axis=2), x - values(form, at))
    length = np.sqrt((step**2).sum(axis=1, keepdims=True))
    return np.asarray(at + step * np.minimum(1.0, 0.5 / np.maximum(length, 1e-300)))


def values(form: FloatArray, at: FloatArray) -> FloatArray:
    """G₂ (n, 2) at (u, v) (n, 2)."""
    u, v = at[:, :1], at[:, 1:]
    out = form[:, 0] + form[:, 1] * u + form[:, 2] * v
    return np.asarray(out + form[:, 3] * u * v + form[:, 4] * u * u + form[:, 5] * v * v)
