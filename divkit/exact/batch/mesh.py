"""Panels for many pairs of normal mixtures at once: the line cut where the densities vary.

A component N(m, s²) is seen on its window m ± reach·s only; what is outside is bounded by its
mass. The mesh of a pair is walked from the left, all pairs in step: a panel is as wide as the
narrowest component whose window it is in allows (width·s), and never steps over a window that
lies ahead. So a spike of width 1e-3 on a law of width 1e3 costs a few panels, and none is missed.

A panel is held as an anchor (the component that set its width) and two offsets from the anchor's
location: at location 1e4 an absolute coordinate would lose the last digits of a narrow component.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divkit.types import FloatArray

Index = NDArray[np.intp]
SLACK = 1e-12  # windows' ends are met up to rounding
MARGIN = 1e-9  # a window this close to the end of a panel ends it, lest rounding step over it


@dataclass(frozen=True, eq=False)
class MixturePanels:
    """Intervals [low, high], measured from the location of component `anchor` of pair `pair`."""

    pair: Index
    anchor: Index
    low: FloatArray
    high: FloatArray

    def __len__(self) -> int:
        return len(self.pair)

    def __getitem__(self, rows: Any) -> MixturePanels:
        return MixturePanels(self.pair[rows], self.anchor[rows], self.low[rows], self.high[rows])

    def pieces(self, cut: FloatArray | None = None) -> MixturePanels:
        """Return each panel cut in two, in the middle or at `cut` in [−1, 1], (n,)."""
        middle = 0.5 * (self.low + self.high)
        if cut is not None:
            middle += 0.5 * (self.high - self.low) * cut
        return MixturePanels(
            np.concatenate([self.pair, self.pair]),
            np.concatenate([self.anchor, self.anchor]),
            np.concatenate([self.low, middle]),
            np.concatenate([middle, self.high]),
        )


def mesh(locs: FloatArray, scales: FloatArray, reach: float, width: float) -> MixturePanels:
    """Return the panels of n pairs whose components have these locations and scales, (n, k).

    Each turn makes one panel of each pair: `width` scales of the narrowest component inside whose
    window the pair is; a window that begins within that panel and is as wide lengthens it, a
    narrower one ends it. Outside all windows the pair jumps to the next one.
    """
    everywhere = np.ones(locs.shape, bool)
    anchor = _first(locs, scales, reach, np.argmin(locs - reach * scales, axis=1), everywhere)
    offset = -reach * scales[np.arange(len(locs)), anchor]
    active, passed = np.arange(len(locs)), ~everywhere
    laid: list[MixturePanels] = []
    while len(active):
        rows, loc, scale = np.arange(len(active)), locs[active], scales[active]
        t = (loc[rows, anchor, None] - loc + offset[:, None]) / scale
        passed |= t >= reach * (1 - SLACK)
        ahead = ~passed & (t < -reach * (1 + SLACK))
        inside = ~passed & ~ahead
        covered = np.asarray(inside.any(axis=1))
        unfinished = covered | ahead.any(axis=1)
        gap = (-reach - t) * scale
        distant = ahead & ((gap > width * scale) | ~covered[:, None])
        room = width * scale + np.where(ahead, gap, 0.0)
        room[passed | distant] = np.inf
        target = room.argmin(axis=1)
        entry = _first(loc, scale, reach, anchor, distant)
        far = distant[rows, entry] & (gap[rows, entry] * (1 - MARGIN) <= room[rows, target])
        target = np.where(far, entry, target)
        low = offset + (loc[rows, anchor] - loc[rows, target])
        high = np.where(far, -reach * scale[rows, entry], low + room[rows, target])
        laid.append(MixturePanels(active, target, low, high)[covered])
        anchor, offset = target[unfinished], high[unfinished]
        active, passed = active[unfinished], passed[unfinished]
    return _joined(laid)


def _first(
    locs: FloatArray, scales: FloatArray, reach: float, near: Index, among: NDArray[np.bool_]
) -> Index:
    """Which window starts first; starts are compared near the winner, where they are exact."""
    rows = np.arange(len(locs))
    for _ in range(2):
        starts = (locs - locs[rows, near, None]) - reach * scales
        near = np.where(among, starts, np.inf).argmin(axis=1)
    return near


def _joined(parts: list[MixturePanels]) -> MixturePanels:
    return MixturePanels(
        np.concatenate([part.pair for part in parts]),
        np.concatenate([part.anchor for part in parts]),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.high for part in parts]),
    )
