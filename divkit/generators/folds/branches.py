"""A curve cut into the branches on which it is monotone, over the support of a latent law."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

import numpy as np

from divkit.distributions.base import Law1D
from divkit.distributions.support import Boxes
from divkit.generators.folds.branch import Branch, CutPoint, branch
from divkit.generators.folds.critical import critical_points
from divkit.generators.folds.curve import LineMap
from divkit.generators.generator import UnknownLawError
from divkit.types import FloatArray

_LIGHT = 1e-12
_OUTERMOST = 1e-16
_THIN = 1e-3


def branches(latent: Law1D, curve: LineMap) -> tuple[Branch, ...]:
    """Return the monotone branches, from left to right.

    Roots of G′ are sought where the latent law has mass that float64 can see. Beyond, a branch is
    taken to go on to the limit of G, where it leads there.

    Raises
    ------
    ValueError
        If the latent law's support is no interval, or G is constant to rounding on a set of
        probability above 1e-12: that set's image is an atom.
    """
    low, high = ends(latent)
    inner_low, inner_high = _visible(latent, low, high, curve.extent())
    found = critical_points(curve, inner_low, inner_high)
    _refuse_atoms(latent, curve, [tuple(cell) for cell in found.flat.tolist()])
    cuts = {z: True for z in found.roots.tolist() if low < z < high}
    for z, width in zip(*(part.tolist() for part in flattest(latent, curve)), strict=True):
        if width < _THIN * abs(_value(curve, z)):
            cuts.setdefault(z, False)
    first = _outer(curve, low, inner_low, -1)
    last = _outer(curve, high, inner_high, 1)
    for z, outer in zip(_visible_mass(latent), (first, last), strict=True):
        if low < z < high and _levels_off(curve, z, outer, cuts):
            cuts.setdefault(z, False)
    if not cuts:
        cuts[float(latent.ppf(0.5))] = False
    marks = [CutPoint(z, _value(curve, z), cuts[z]) for z in sorted(cuts)]
    pieces = list(itertools.pairwise([first, *marks, last]))
    _refuse_atoms(latent, curve, [(a.at, b.at) for a, b in pieces if a.value == b.value])
    kept = [(a, b) for a, b in pieces if a.value != b.value]
    return tuple(branch(curve, a, b, closed=b is last) for a, b in kept)


def flattest(latent: Law1D, curve: LineMap) -> tuple[FloatArray, FloatArray]:
    """Where |G′| is least without being 0, and how wide the peak of the density there is.

    G′ ≈ G′(z) + ½ G‴ s² stays within a factor 2 for s² < 2 G′/G‴.
    """
    low, high = _visible_mass(latent)
    fine = np.linspace(low, high, 2048)
    bend = curve.jet(fine, 2)[2]
    at = np.flatnonzero(np.sign(bend[1:]) != np.sign(bend[:-1]))
    where = fine[at] + bend[at] / (bend[at] - bend[at + 1]) * (fine[at + 1] - fine[at])
    _, slope, _, third = curve.jet(where, 3)
    thin = slope * third > 0
    width = np.abs(slope[thin]) * np.sqrt(2 * slope[thin] / third[thin])
    return where[thin][width > 0], width[width > 0]


def _visible_mass(latent: Law1D) -> tuple[float, float]:
    low, high = latent.ppf([_OUTERMOST, 1 - _OUTERMOST]).tolist()
    return low, high


def _levels_off(curve: LineMap, z: float, outer: CutPoint, cuts: Iterable[float]) -> bool:
    """Whether G is as good as level at the last z that has mass, and goes elsewhere beyond it.

    Not so where a cut nearby has the same value: it stands for the level.
    """
    (value,), (slope,) = curve.jet(np.array([z]), 1)
    least = min(abs(value), abs(outer.value - value))
    known = any(_value(curve, cut) == value for cut in cuts)
    return bool(abs(slope * z) < _THIN * least) and not known


def ends(latent: Law1D) -> tuple[float, float]:
    """The ends of the latent law's support.

    Raises
    ------
    ValueError
        If the support is no interval.
    """
    support = latent.support
    if not isinstance(support, Boxes) or len(support.boxes) != 1:
        raise ValueError(f"the latent law must live on one interval; got {latent!r}.")
    return support.boxes[0][0]


def _visible(latent: Law1D, low: float, high: float, extent: float) -> tuple[float, float]:
    """A finite interval that holds the latent law's mass, or all roots of G′ where those end."""
    if math.isfinite(extent):
        return max(low, -extent), min(high, extent)
    near, far = (max(low, latent.reach[0]), min(high, latent.reach[1]))
    if math.isinf(near):
        near = float(latent.ppf(_OUTERMOST))
    if math.isinf(far):
        far = float(latent.ppf(1 - _OUTERMOST))
    return near, far


def _outer(curve: LineMap, end: float, seen: float, side: int) -> CutPoint:
    """The mark at an end of the support, or at the last point seen where G turns beyond it."""
    if math.isfinite(end):
        slope = float(curve.jet(np.array([end]), 1)[1][0])
        return CutPoint(end, _value(curve, end), slope == 0)
    limit = curve.limit(side)
    if math.isinf(limit):
        return CutPoint(end, limit, False)
    ahead = -float(curve.change(end, np.array([seen]))[0])
    slope = side * float(curve.jet(np.array([seen]), 1)[1][0])
    if ahead * slope >= 0:
        return CutPoint(end, limit, False)
    return CutPoint(seen, _value(curve, seen), False)


def _value(curve: LineMap, z: float) -> float:
    return float(curve.jet(np.array([z]), 0)[0][0])


def _refuse_atoms(latent: Law1D, curve: LineMap, cells: list[tuple[float, ...]]) -> None:
    low, high = np.array(cells).reshape(-1, 2).T
    mass = float(between(latent, low, high).sum())
    if mass > _LIGHT:
        raise UnknownLawError(
            f"{curve!r} is constant to rounding on a set of probability {mass:.3g}: its law has "
            "an atom there, and no density. Keep its weights smaller, or compare draws: "
            "divkit.estimate(x, y) says what rows with atoms tell."
        )


def between(latent: Law1D, low: FloatArray, high: FloatArray) -> FloatArray:
    """P(low < z < high), by whichever of the two distribution functions keeps its digits."""
    a, b = latent.cdf(low), latent.cdf(high)
    return np.where(a < 0.5, b - a, latent.sf(low) - latent.sf(high))
