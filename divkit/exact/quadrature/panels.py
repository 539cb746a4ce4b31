r"""Where a quadrature on the line looks first: intervals that no mode, kink or edge hides from.

A panel is an interval of the line, written from a nearby anchor so that no digit of a position is
lost (N(1e4, 1e-3), or a density next to the end of its support):

    x = anchor + m + h ξ         (straight)
    x = anchor + m e^{h ξ}       (curved: even steps in log |x − anchor|),      ξ ∈ [−1, 1].

Anchors are the edges of the supports, the kinks, and as many centres of features as precision asks
for: a feature of scale s may be written from any anchor within 8 s. Each anchor owns the points
nearest to it. Breakpoints stand at centre ± scale·{0, 1, 2, 4, 8, 16} for every feature, and from
the outermost one curved panels of doubling length lead to 1e300, so that heavy tails need no
cut-off. A straight panel that touches an edge or a kink and turns out to be hard becomes a chain
of curved panels that lead to within 1e-300 of it: x^{a−1} is e^{at} in t = log x.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.distributions.base import Law1D
from divkit.distributions.support import Boxes, edges, span
from divkit.types import FloatArray

FAR = 1e300
NEAR = 1e-300
_STEPS = (0.0, 1.0, -1.0, 2.0, -2.0, 4.0, -4.0, 8.0, -8.0, 16.0, -16.0)
_BORROW = 8.0  # a feature may be written from an anchor that is this many scales away
_CROWD = 0.35  # breakpoints closer than this share of their own scale to a kept one are dropped
_UNDERFLOW = -1000.0  # of a log density whose share in any integrand is below all floats
_CURVE_FROM = 2.5  # ratio of a panel's ends, seen from its anchor, from which it is curved


@dataclass(frozen=True)
class PerPanel:
    """A dataclass of what is known of n panels: arrays (…, n), and other such dataclasses."""

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """The panels that `which` selects."""
        return self._of([self], lambda parts: parts[0][..., which])

    @property
    def placed(self) -> Panels:
        """The panels."""
        own: Any = self
        panels: Panels = getattr(own, "panels", own)
        return panels

    @classmethod
    def _of(cls, tables: Sequence[PerPanel], column: Callable[[list[Any]], Any]) -> Self:
        """The dataclass whose arrays are `column` of the tables'."""
        columns = [[getattr(table, each.name) for table in tables] for each in fields(cls)]
        return cls(
            *(
                parts[0]._of(parts, column) if isinstance(parts[0], PerPanel) else column(parts)
                for parts in columns
            )
        )


T = TypeVar("T", bound=PerPanel)


@dataclass(frozen=True)
class Panels(PerPanel):
    """n panels as arrays; `rim` is ±1 where the line is cut off beyond ξ = ±1, else 0.

    `hinge` marks straight panels that touch an edge or a kink, where a singularity may sit.
    """

    anchor: NDArray[np.intp]
    middle: FloatArray
    half: FloatArray
    curved: NDArray[np.bool_]
    hinge: NDArray[np.bool_]
    rim: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.middle)

    def offsets(self, xi: FloatArray) -> FloatArray:
        """Offsets from the anchor at nodes ξ, (n, len(ξ))."""
        t = self.half[:, None] * xi
        if not self.curved.any():
            return np.asarray(self.middle[:, None] + t)
        grown = np.where(self.curved[:, None], t, 0.0)
        moved = np.where(self.curved[:, None], 0.0, t)
        return np.asarray(self.middle[:, None] * np.exp(grown) + moved)

    def jacobian(self, offsets: FloatArray) -> FloatArray:
        """dx/dξ at those offsets."""
        return np.where(self.curved[:, None], np.abs(offsets), 1.0) * self.half[:, None]

    def split(self, at: FloatArray, nearest: FloatArray) -> Panels:
        """Cut each panel at ξ = at (k, n), once where two places are one.

        Chains replace hinged panels, down to `nearest` an anchor.
        """
        chained = self.hinge & ~self.curved
        rest, cuts = self.take(~chained), np.sort(at[:, ~chained], axis=0)
        pieces = [rest._part(-1.0, cuts[0]), rest._part(cuts[-1], 1.0)]
        for low, high in itertools.pairwise(cuts):
            apart = low < high
            pieces.append(rest.take(apart)._part(low[apart], high[apart]))
        for k in np.flatnonzero(chained):
            pieces.append(_chain(int(self.anchor[k]), 2 * float(self.middle[k]), nearest))
        return join(pieces)

    def _part(self, low: FloatArray | float, high: FloatArray | float) -> Panels:
        shift = self.half * (0.5 * (np.asarray(low) + np.asarray(high)))
        middle = np.where(
            self.curved,
            self.middle * np.exp(np.where(self.curved, shift, 0.0)),
            self.middle + shift,
        )
        half = self.half * (0.5 * (np.asarray(high) - np.asarray(low)))
        first, last = np.asarray(low) == -1.0, np.asarray(high) == 1.0
        outward = np.where(last, 1, 0) - np.where(first, 1, 0)
        rim = np.where(self.rim == outward, self.rim, 0).astype(np.int8)
        return Panels(self.anchor, middle, half, self.curved, self.hinge & False, rim)


def join(tables: Iterable[T]) -> T:
    """Put panels together, with what is known of them, ordered by anchor."""
    parts = list(tables)
    whole = parts[0]._of(parts, lambda columns: np.concatenate(columns, axis=-1))
    return whole.take(np.argsort(whole.placed.anchor, kind="stable"))


@dataclass(frozen=True)
class Layout:
    """Anchors (k,), how near to each a panel may come, the first panels, and the features' extent.

    Beyond `extent` from any anchor there is nothing but tails.
    """

    anchors: FloatArray
    nearest: FloatArray
    panels: Panels
    extent: float


def layout(laws: Iterable[Law1D], extra: Iterable[float] = ()) -> Layout:
    """Return the first panels for functions of these laws; `extra` are further breakpoints."""
    members = list(laws)
    hull = _hull(members)
    centers, scales = _features(members, hull)
    corners = _corners(members)
    anchors = _anchors(centers, scales, [*corners, *extra])
    hinges = np.isin(anchors, np.array(corners))
    anchored = all(law.anchored for law in members)
    nearest = (
        np.full(len(anchors), NEAR) if anchored else np.maximum(NEAR, 2.0**-50 * np.abs(anchors))
    )
    marks = [*_marks(centers, scales), *((c, 0.0, 0.0) for c in anchors.tolist())]
    pieces = [_territory(k, anchors, marks, bool(hinges[k]), hull) for k in range(len(anchors))]
    extent = float(np.ptp(anchors) + _STEPS[-2] * scales.max())
    return Layout(anchors, nearest, join(pieces), extent)


def _features(laws: list[Law1D], hull: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    features = {(f.scale[0], f.center[0]) for law in laws for f in law.features}
    features |= _ridges(laws, hull)
    pairs = sorted({(scale, min(max(center, hull[0]), hull[1])) for scale, center in features})
    scales, centers = np.array(pairs).T
    if len(pairs) > 16:  # of features of one scale that crowd together, keep one
        with np.errstate(over="ignore"):
            cell = np.floor(2 * centers / scales)
        _, keep = np.unique(np.stack([cell, scales]), axis=1, return_index=True)
        keep.sort()
        centers, scales = centers[keep], scales[keep]
    return centers, scales


def _ridges(laws: list[Law1D], hull: tuple[float, float]) -> set[tuple[float, float]]:
    """(width, place) of the ridges inside the hull, where a density is not beyond all floats."""
    ridges = sorted({(f.scale[0], f.center[0]) for law in laws for f in law.ridges})
    inside = [ridge for ridge in ridges if hull[0] < ridge[1] < hull[1]]
    if not inside:
        return set()
    places = torch.tensor([place for _, place in inside], dtype=torch.float64)
    logs = torch.stack([law.log_prob_at(0.0, places) for law in laws]).amax(dim=0)
    seen = zip(inside, (logs > _UNDERFLOW).tolist(), strict=True)
    return {ridge for ridge, weighs in seen if weighs}


def _corners(laws: list[Law1D]) -> list[float]:
    kinks: set[float] = set()
    for law in laws:
        kinks |= set(law.kinks)
        if isinstance(law.support, Boxes):
            kinks |= set(edges(law.support))
    return sorted(kinks)


def _hull(laws: list[Law1D]) -> tuple[float, float]:
    """The smallest interval that holds every support."""
    low, high = math.inf, -math.inf
    for law in laws:
        if not isinstance(law.support, Boxes):
            return (-math.inf, math.inf)
        first, last = span(law.support)
        low, high = min(low, first), max(high, last)
    return low, high


def _anchors(centers: FloatArray, scales: FloatArray, corners: list[float]) -> FloatArray:
    """Corners, and each feature (finest first) that no anchor serves yet."""
    anchors = sorted(set(corners))
    for center, scale in zip(centers.tolist(), scales.tolist(), strict=True):
        at = bisect.bisect_left(anchors, center)
        if all(abs(center - a) > _BORROW * scale for a in anchors[max(at - 1, 0) : at + 1]):
            anchors.insert(at, center)
    return np.array(anchors)


def _marks(centers: FloatArray, scales: FloatArray) -> list[tuple[float, float, float]]:
    """Breakpoints as (centre, distance from it, own scale), finest first."""
    marks = [
        (center, step * scale, max(1.0, 0.5 * abs(step)) * scale)
        for center, scale in zip(centers.tolist(), scales.tolist(), strict=True)
        for step in _STEPS
    ]
    return sorted(marks, key=lambda mark: mark[2])


def _territory(
    k: int,
    anchors: FloatArray,
    marks: list[tuple[float, float, float]],
    hinge: bool,
    hull: tuple[float, float],
) -> Panels:
    """The panels of the points nearest to anchor k, as far as the hull goes."""
    here = float(anchors[k])
    low = 0.5 * float(anchors[k - 1] - here) if k > 0 else -math.inf
    high = 0.5 * float(anchors[k + 1] - here) if k + 1 < len(anchors) else math.inf
    low, high = max(low, hull[0] - here), min(high, hull[1] - here)
    cuts = [0.0]
    ends = [end for end in (low, high) if math.isfinite(end) and end != 0.0]
    for end in ends:
        bisect.insort(cuts, end)
    for center, distance, scale in marks:
        offset = (center - here) + distance
        if low < offset < high and not _crowded(cuts, offset, _CROWD * scale):
            bisect.insort(cuts, offset)
    runs = [*_outward(cuts[0], -1, low), *itertools.pairwise(cuts), *_outward(cuts[-1], 1, high)]
    return _panels(k, runs, hinge)


def _crowded(cuts: list[float], offset: float, room: float) -> bool:
    at = bisect.bisect_left(cuts, offset)
    return any(abs(offset - cut) <= room for cut in cuts[max(at - 1, 0) : at + 1])


def _outward(start: float, side: int, limit: float) -> list[tuple[float, float]]:
    """Pieces from the last breakpoint to ±1e300, of lengths 1, 2, 4, … in the logarithm."""
    if math.isfinite(limit) or side * start >= FAR:
        return []
    pieces, length, last = [], 1.0, side * start if start else 1.0
    while last < FAR:
        following = min(last * math.exp(min(length, 700.0)), FAR)
        pieces.append((last, following))
        last, length = following, 2 * length
    if not start:
        pieces.insert(0, (0.0, 1.0))
    return [(a, b) if side > 0 else (-b, -a) for a, b in pieces]


def _panels(k: int, runs: list[tuple[float, float]], hinge: bool) -> Panels:
    a, b = np.array(runs, dtype=float).reshape(-1, 2).T
    inner, outer = np.minimum(abs(a), abs(b)), np.maximum(abs(a), abs(b))
    curved = (inner > 0) & (outer / _CURVE_FROM > inner)
    n = len(a)
    middle, half = 0.5 * a + 0.5 * b, 0.5 * b - 0.5 * a
    side = np.sign(middle)
    middle[curved] = (side * np.sqrt(inner) * np.sqrt(outer))[curved]
    half[curved] = 0.5 * _log_ratio(outer[curved], inner[curved])
    touches = hinge & ~curved & (inner == 0)
    rim = np.where(curved & (outer >= FAR), 1, 0).astype(np.int8)
    return Panels(np.full(n, k, dtype=np.intp), middle, half, curved, touches, rim)


def _log_ratio(outer: FloatArray, inner: FloatArray) -> FloatArray:
    """log(outer/inner), where the ratio may be no float."""
    with np.errstate(over="ignore"):
        ratio = outer / inner
    apart = np.log(outer) - np.log(inner)
    return np.where(np.isfinite(ratio), np.log(np.where(np.isfinite(ratio), ratio, 1.0)), apart)


def _chain(k: int, end: float, nearest: FloatArray) -> Panels:
    """Curved panels from `end` towards anchor k, of lengths 1, 2, 4, … in the logarithm."""
    runs, length, last = [], 1.0, abs(end)
    floor = min(float(nearest[k]), last / math.e)  # a breakpoint may be nearer than that
    while last > floor:
        following = max(last * math.exp(-min(length, 700.0)), floor)
        runs.append((following, last))
        last, length = following, 2 * length
    a, b = np.array(runs).T
    n = len(runs)
    rim = np.zeros(n, dtype=np.int8)
    rim[-1] = -1
    return Panels(
        np.full(n, k, dtype=np.intp),
        math.copysign(1.0, end) * np.sqrt(a) * np.sqrt(b),
        0.5 * _log_ratio(b, a),
        np.ones(n, dtype=bool),
        np.zeros(n, dtype=bool),
        rim,
    )
