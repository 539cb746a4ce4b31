"""The triangles that a quadrature starts from: none that weighs is coarse, no feature hides."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.support import Boxes
from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.polygons import BoolArray, IntArray
from divkit.generators.mesh.triangles import Triangles, doubled_areas
from divkit.types import FloatArray

_NEAR, _SLOPE = 2.0, 0.5  # sides in scales of a feature: at it, and per scale of distance
_ROUNDS = 60
SPREAD = 3.5  # standard deviations that count as an error
_LIGHT = 0.3  # of the tolerance that the lightest triangles may take
_CORNER, _MOST_BOXES = 32, 200  # a box's corner is looked at in this part of its sides


@dataclass(frozen=True, eq=False)
class Start:
    """Where a quadrature starts.

    Attributes
    ----------
    triangles : of noise.
    unseen : those from which features may hide (n,).
    cut : whether that is because there would have been too many.
    lost : the noise that is left out.
    """

    triangles: Triangles
    unseen: BoolArray
    cut: bool
    lost: float


def started(
    triangles: Triangles,
    noise: Noise,
    p: Law,
    unit: float,
    forgotten: float,
    heaviest: float,
    most: int,
    tolerance: float,
    span: float,
) -> Start:
    """Triangles to begin with.

    Parameters
    ----------
    triangles : all noise whose image has an area.
    p : the other law; near each of its features images are no larger than two of its scales.
    forgotten : noise that may be left out.
    heaviest : noise in one triangle at most: what no node of it sees is a small part of that.
    most : triangles at most.
    tolerance, span : as of `integrate`: what features hide from light triangles is in their
        error.
    """
    places = _features(p)
    masses = noise.masses(triangles.z, triangles.nodes())
    light = float(masses[lightest(masses, tolerance, span)].max(initial=0.0))
    lost, done, seen, count = 0.0, [], [], 0
    for _ in range(_ROUNDS):
        triangles, less = _weighing(triangles, noise, forgotten / 8)
        lost += less
        mass = 0.5 * doubled_areas(triangles.z) * np.exp(noise.peak(triangles.z))
        heavy = mass > light
        coarse = heavy & (np.sqrt(triangles.edges(triangles.z).max(axis=1)) > noise.scale)
        if places is not None:
            rows = np.flatnonzero(heavy & ~coarse)
            coarse[rows] = _hides(triangles.x[rows], *places)
        coarse |= mass > heaviest
        done.append(triangles.take(~coarse))
        seen.append(heavy[~coarse])
        count += len(done[-1])
        triangles = triangles.take(coarse)
        if len(triangles) == 0 or count + 2 * len(triangles) > most:
            break
        triangles = triangles.turned(unit)[0].halved()
    cut = len(triangles) > 0
    seen.append(np.zeros(len(triangles), dtype=bool))
    return Start(Triangles.joined([*done, triangles]), ~np.concatenate(seen), cut, lost)


def lightest(masses: FloatArray, tolerance: float, span: float) -> BoolArray:
    """Triangles that may have one node, for an integrand of this span; none where it is ∞."""
    order = np.argsort(masses)
    room = (_LIGHT * tolerance / (SPREAD * 0.5 * span)) ** 2
    light = np.zeros(len(masses), dtype=bool)
    light[order[: np.searchsorted(np.cumsum(masses[order] ** 2), room, side="right")]] = True
    return light


def unit_of(p: Law) -> float:
    """A length that p's density varies over: the median of its features' scales."""
    try:
        return float(np.median([f.scale for f in p.features]))
    except NotImplementedError:
        return float(np.min(np.std(p.sample(1000, 0).numpy(), axis=0)))


def _features(p: Law) -> tuple[FloatArray, FloatArray] | None:
    """Centres and scales (f, d), and corners of boxes; None where p names none."""
    try:
        named = [(f.center, f.scale) for f in p.features]
    except NotImplementedError:
        return None
    if isinstance(p.support, Boxes) and len(p.support.boxes) <= _MOST_BOXES:
        for box in p.support.boxes:
            sides = [high - low for low, high in box]
            if np.isfinite(sides).all():
                near = tuple(side / _CORNER for side in sides)
                named += [(corner, near) for corner in itertools.product(*box)]
    return np.array([c for c, _ in named]), np.array([s for _, s in named])


def _weighing(triangles: Triangles, noise: Noise, most: float) -> tuple[Triangles, float]:
    """Leave out triangles that together weigh at most so much; say how much."""
    bound = 0.5 * doubled_areas(triangles.z) * np.exp(noise.peak(triangles.z))
    order = np.argsort(bound)
    total = np.cumsum(bound[order])
    light = int(np.searchsorted(total, most, side="right"))
    kept: IntArray = np.sort(order[light:])
    lost = triangles.take(order[:light])
    return triangles.take(kept), float(noise.masses(lost.z, lost.nodes()).sum())


def _hides(x: FloatArray, centres: FloatArray, scales: FloatArray) -> BoolArray:
    """Whether an image is so large beside a feature that no node need see it."""
    (left, low), (right, high) = x.min(axis=1).T, x.max(axis=1).T
    wide, tall = right - left, high - low
    coarse = np.zeros(len(x), dtype=bool)
    for (one, two), (across, up) in zip(centres, scales, strict=True):
        gap = np.maximum(
            np.maximum(left - one, one - right) / across, np.maximum(low - two, two - high) / up
        )
        side = np.maximum(wide / across, tall / up)
        coarse |= side > _NEAR + _SLOPE * np.maximum(gap, 0.0)
    return coarse
