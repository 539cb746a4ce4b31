"""Columns that look like angles: values of one turn, with rows next to both of its ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from divkit.density.auto.ends import ends_of
from divkit.types import FloatArray

_TURNS = (
    ("[0, 2π)", 0.0, 2 * math.pi),
    ("[−π, π)", -math.pi, math.pi),
    ("[0, 360)", 0.0, 360.0),
    ("[−180, 180)", -180.0, 180.0),
)
_GAPS = 6.0
"""Mean gaps of rows from an end within which they are next to it."""


def circles(rows: FloatArray, labels: Sequence[str]) -> Iterable[str]:
    """Yield a note on each column of rows (n, d) that looks circular."""
    for x, label in zip(rows.T, labels, strict=True):
        seen, least, most = ends_of(x), float(x.min()), float(x.max())
        near = _GAPS * (least - seen.low.place), _GAPS * (seen.high.place - most)
        for words, low, high in _TURNS:
            inside = 0 <= least - low <= near[0] and 0 <= high - most <= near[1]
            if inside and seen.low.hard and seen.high.hard:
                yield (
                    f"{label} looks like an angle: its rows fill {words}, and are dense at both "
                    "ends. The density is one of the line, which does not close the circle; if it "
                    "is an angle, turn it by (x - c) % turn with c where rows are fewest"
                )
