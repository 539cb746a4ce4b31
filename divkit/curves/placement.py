r"""Points where a curve bends: coarse at first, halved where the picture would bend visibly.

The picture is a rectangle of `size` points (1/72 inch) that the walked range and the values found
so far fill. Between two neighbours a chord is drawn. The value halfway is computed: if it lies
farther from the chord than `line`, both halves are looked at in the same way. So every chord that
is left had, over twice its length, no bend wider than a line, or is narrower than `least`. Where
values end (an infinity, a refusal) the edge is closed in on until it is as narrow.

What is narrower than the first spacing, and lies between two points of it, is not seen: this is
said in the curve's notes only where the points ran out, and in the documentation for the rest.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from divkit.curves.axis import Axis
from divkit.types import FloatArray

BESIDE = 0.02
"""Distance from a gap, as a share of the width, within which values are those of a pole."""
Evaluate = Callable[[Sequence[float]], FloatArray]
"""Parameters (n,) to values (n, k) of k divergences: inf or NaN where there is none."""


@dataclass(frozen=True)
class Placement:
    """The placing of points.

    Attributes
    ----------
    line : the widest bend that is left, in points of the picture.
    most : points of a line at most.
    size : width and height of the picture, in points.
    least : the narrowest gap between two values, in points.
    log : whether values are drawn in the logarithm.

    Examples
    --------
    >>> Placement(most=50)
    Placement(line=1.0, most=50, size=(400.0, 220.0), least=0.5, log=False)
    """

    line: float = 1.0
    most: int = 400
    size: tuple[float, float] = (400.0, 220.0)
    least: float = 0.5
    log: bool = False

    def __call__(self, axis: Axis, evaluate: Evaluate) -> tuple[list[float], tuple[str, ...]]:
        """Return the values of the parameter, in order, and what is to be said of them."""
        start = list(axis.values)
        found = dict(zip(start, evaluate(start), strict=True))
        gaps = list(itertools.pairwise(start))
        while gaps:
            middles = {gap: axis.between(*gap) for gap in gaps}
            asked = [t for t in middles.values() if t is not None]
            if len(found) + len(asked) > self.most:
                return sorted(found), (self._ran_out(axis, gaps),)
            found.update(zip(asked, evaluate(asked), strict=True))
            gaps = self._bent(axis, found, middles)
        return sorted(found), ()

    def _ran_out(self, axis: Axis, gaps: list[tuple[float, float]]) -> str:
        return (
            f"{self.most} points of {axis.name} at most were placed; between {len(gaps)} pairs of "
            "neighbours the curve may bend by more than a line"
        )

    def _bent(
        self,
        axis: Axis,
        found: dict[float, FloatArray],
        middles: dict[tuple[float, float], float | None],
    ) -> list[tuple[float, float]]:
        """The halves of the gaps whose middle is off the chord."""
        places = np.array([axis.across(t) for t in found])
        low, height = self._heights(places, np.array(list(found.values())))
        bent = []
        for (a, b), t in middles.items():
            if t is None:
                continue
            across = np.array([axis.across(x) for x in (a, t, b)]) * self.size[0]
            values = np.stack([self._shown(found[x]) for x in (a, t, b)])
            up = (values - low) / height * self.size[1]
            if across[2] - across[0] > 2 * self.least and self._is_bent(across, up):
                bent += [(a, t), (t, b)]
        return bent

    def _shown(self, values: FloatArray) -> FloatArray:
        if not self.log:
            return np.where(np.isfinite(values), values, np.nan)
        seen = np.isfinite(values) & (values > 0)
        return np.log(np.where(seen, values, 1.0)) + np.where(seen, 0.0, np.nan)

    def _heights(self, across: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The lowest value and the height of the picture, (k,) each; poles leave at the top."""
        shown = self._shown(values)
        for k, column in enumerate(shown.T):
            gaps = np.isnan(column)
            if gaps.any() and not gaps.all():
                near = np.abs(across[:, None] - across[None, gaps]).min(axis=1) <= BESIDE
                shown[near, k] = np.nan
        empty = np.isnan(shown).all(axis=0)
        low = np.where(empty, 0.0, np.nanmin(np.where(empty, 0.0, shown), axis=0))
        high = np.where(empty, 1.0, np.nanmax(np.where(empty, 1.0, shown), axis=0))
        return low, np.where(high > low, high - low, 1.0)

    def _is_bent(self, across: FloatArray, up: FloatArray) -> bool:
        """Whether any value halfway is off its chord, or is where a value ends."""
        there = np.isfinite(up)
        ends = there.any(axis=0) & ~there.all(axis=0)
        chord = np.stack([np.full_like(up[0], across[2] - across[0]), up[2] - up[0]])
        off = chord[0] * (up[1] - up[0]) - chord[1] * (across[1] - across[0])
        far = np.abs(off) > self.line * np.hypot(*chord)
        return bool((ends | (there.all(axis=0) & far)).any())
