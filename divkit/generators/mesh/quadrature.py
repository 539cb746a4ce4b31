r"""Expectations over noise on triangles: halved where a plane does not fit.

On each triangle the integrand is known at three inner nodes, whose mean is exact to degree 2, and
next to the corners. What a plane through the six values leaves is small to second order where the
integrand is smooth; a jump across the triangle, which always parts its corners, is in it whole.
Triangles where it weighs most are halved. The sum over the inner nodes stands, and its error is
known from two things: the drift, which is the sum of the differences δ between a triangle and its
halves (between two rules where it was not halved), and the spread √Σ r² of what planes leave, for
what jumps do within triangles is as good as random.

Where the integrand is bounded, the many triangles that weigh least have one node each, drawn among
the three by their weights. Their sum is unbiased, and values that lie within B have a standard
deviation of at most B/2: they stand in the spread by that, whatever the integrand does there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from divkit.generators.mesh.aligned import Aligned
from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.polygons import IntArray
from divkit.generators.mesh.start import SPREAD, Start, lightest
from divkit.generators.mesh.triangles import Triangles
from divkit.types import FloatArray

Terms: TypeAlias = Callable[[FloatArray, IntArray], FloatArray]
"""Noise (n, 2) and its pieces (n,) to integrands (n, k)."""

_DRIFT = 1.0
LEAST = 1e-40
"""Noise that is left out where a price is infinite: masses so far out have few digits left."""
FAR = 0.5 * math.log(LEAST)


def _residual() -> FloatArray:
    """The projection of values at three corners and three inner nodes off the planes (6, 6)."""
    inner = np.full((3, 3), 1 / 6) + 0.5 * np.eye(3)
    places = np.concatenate([np.eye(3), inner])
    return np.asarray(np.eye(6) - places @ np.linalg.pinv(places))


_OFF_PLANES = _residual()


@dataclass(frozen=True, eq=False)
class Integral:
    """Integrals (k,), their errors (k,), and the nodes that it took.

    `far` is what noise of a density below e^`FAR` has in the first of them: where it is much,
    that beyond the nodes may have more.
    """

    value: FloatArray
    error: FloatArray
    nodes: int
    far: float = 0.0


@dataclass(frozen=True, eq=False)
class _Leaves(Aligned):
    """Triangles and what is known on them.

    Attributes
    ----------
    value : integrals (n, k).
    gap : what a coarser rule has more (n, k).
    rest : the mass times the root mean square of what planes leave (n, k).
    corner : the integrands next to the corners (n, 3, k).
    """

    triangles: Triangles
    value: FloatArray
    gap: FloatArray
    rest: FloatArray
    corner: FloatArray

    def error(self, light: FloatArray) -> FloatArray:
        """Of the sums (k,), with Σ r² of light triangles (k,); ∞ where an integrand overflows."""
        spread = np.sqrt((self.rest**2 + self.gap**2).sum(axis=0) + light)
        error = _DRIFT * np.abs(self.gap.sum(axis=0)) + SPREAD * spread
        return np.where(np.isnan(error), np.inf, error)


@np.errstate(over="ignore", invalid="ignore")  # what overflows has an infinite error
def integrate(
    terms: Terms,
    noise: Noise,
    start: Start,
    unit: float,
    tolerance: float,
    most: int,
    spans: FloatArray,
) -> Integral:
    """Integrate under the noise on triangles until the first integrand's error is tolerable.

    Parameters
    ----------
    terms : the integrands.
    start : the triangles; what planes leave on those from which features may hide stands in the
        error to the end, as to halve where one was seen tells nothing of where none was.
    unit : the length in x at which a triangle counts as long as one of length 1 in z.
    most : nodes, after which refinement stops; each triangle has its six in any case.
    spans : (k,) how far apart the least and the largest value of each integrand can be; where the
        first is ∞ no triangle is light.
    """
    triangles = start.triangles
    masses = noise.masses(triangles.z, triangles.nodes())
    light = lightest(masses, tolerance, float(spans[0]))
    sums = _drawn(terms, noise, triangles.take(light), masses[light])
    size = float((masses[light] ** 2).sum())
    square = size * (0.5 * spans) ** 2 if size else np.zeros(len(spans))
    triangles = triangles.take(~light)
    leaves, used = _first(terms, noise, triangles), 6 * len(triangles) + int(light.sum())
    square = square + (leaves.rest[start.unseen[~light]] ** 2).sum(axis=0)
    hopeless = SPREAD * float(np.sqrt(square[0])) > tolerance
    while True:
        error = leaves.error(square)
        room = (most - used) // 7
        if error[0] <= tolerance or room <= 0 or hopeless:
            middles = leaves.triangles.z.mean(axis=1)
            far = float(np.abs(leaves.value[noise.log_density(middles) < FAR, 0]).sum())
            return Integral(leaves.value.sum(axis=0) + sums, error, used, far)
        rows = _worst(leaves, tolerance, room, float(square[0]))
        kept = np.ones(len(leaves.gap), dtype=bool)
        kept[rows] = False
        split = _split(terms, noise, leaves.take(rows), unit)
        leaves, used = leaves.take(np.flatnonzero(kept)) + split, used + 7 * len(rows)


def _drawn(
    terms: Terms, noise: Noise, triangles: Triangles, masses: FloatArray
) -> FloatArray | float:
    """Integrals (k,) over light triangles, by a node each."""
    if len(triangles) == 0:
        return 0.0
    nodes = triangles.nodes()
    steps = np.cumsum(_shares(noise, nodes), axis=1)[:, :2]
    picked = (np.random.default_rng(0).random((len(nodes), 1)) > steps).sum(axis=1)
    return np.asarray(masses @ terms(nodes[np.arange(len(nodes)), picked], triangles.piece))


def _shares(noise: Noise, nodes: FloatArray) -> FloatArray:
    """Weights (n, 3) of the nodes of triangles (n, 3, 2), which sum to 1."""
    log = noise.log_density(nodes.reshape(-1, 2)).reshape(-1, 3)
    share = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def _worst(leaves: _Leaves, tolerance: float, room: int, light: float) -> IntArray:
    """The leaves that hold the error: without them it would be three quarters of the tolerance."""
    gap, rest = leaves.gap[:, 0], leaves.rest[:, 0]
    drift, size = float(gap.sum()), gap**2 + rest**2
    order = np.argsort(size)[::-1]
    beyond = np.sqrt(np.maximum(size.sum() - np.cumsum(size[order]), 0.0) + light)
    spread = int((SPREAD * beyond > 0.6 * tolerance).sum())
    pushing = order[gap[order] * drift > 0]
    excess = np.cumsum(np.abs(gap[pushing])) < abs(drift) - 0.15 * tolerance / _DRIFT
    chosen = np.unique(np.concatenate([order[: spread + 1], pushing[: int(excess.sum()) + 1]]))
    if len(chosen) > room:
        chosen = chosen[np.argsort(size[chosen])[-room:]]
    return np.asarray(chosen)


def _first(terms: Terms, noise: Noise, triangles: Triangles) -> _Leaves:
    piece = np.repeat(triangles.piece, 3)
    corner = terms(triangles.corners().reshape(-1, 2), piece).reshape(len(triangles), 3, -1)
    value, mass, rest = _inner(terms, noise, triangles, corner)
    plain = mass[:, None] * corner.mean(axis=1)
    return _Leaves(triangles, value, 0.25 * (plain - value), rest, corner)


def _split(terms: Terms, noise: Noise, leaves: _Leaves, unit: float) -> _Leaves:
    whole, turn = leaves.triangles.turned(unit)
    corner = np.take_along_axis(leaves.corner, turn[..., None], axis=1)
    middle = terms(whole.middles(), whole.piece)
    pairs = [np.stack([corner[:, kept], middle, corner[:, 2]], axis=1) for kept in (0, 1)]
    halves, seen = whole.halved(), np.concatenate(pairs)
    value, _, rest = _inner(terms, noise, halves, seen)
    n = len(whole)
    gap = 0.5 * (leaves.value - value[:n] - value[n:])
    return _Leaves(halves, value, np.concatenate([gap, gap]), rest, seen)


def _inner(
    terms: Terms, noise: Noise, triangles: Triangles, corner: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Integrals (n, k), masses (n,), and the masses times what planes leave (n, k)."""
    nodes = triangles.nodes()
    mass = noise.masses(triangles.z, nodes)
    share = _shares(noise, nodes)
    paid = terms(nodes.reshape(-1, 2), np.repeat(triangles.piece, 3)).reshape(
        len(triangles), 3, -1
    )
    value = mass[:, None] * (share[..., None] * paid).sum(axis=1)
    left = np.einsum("ij,njk->nik", _OFF_PLANES, np.concatenate([corner, paid], axis=1))
    return value, mass, mass[:, None] * np.sqrt((left**2).mean(axis=1))
