"""Points of a curve at which an overlay computes, and the curve's own walk elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from divkit.curves.table import Curve, Point, Strand
from divkit.curves.walk import Observe, Walk
from divkit.divergences.base import Divergence


def spots(curve: Curve, strand: Strand, count: int) -> list[int]:
    """Return positions of at most `count` points of a line, as even along the axis as they lie."""
    at = strand.at
    if len(at) <= count:
        return [int(i) for i in at]
    axis = curve.over[0]
    across = np.array([axis.across(curve.points[i][0]) for i in at])
    near = [int(np.abs(across - share).argmin()) for share in np.linspace(0, 1, count)]
    return [int(at[k]) for k in dict.fromkeys(near)]


@dataclass
class Tally:
    """A count of the parts of an overlay that are over, for whoever observes."""

    total: int
    observe: Observe | None
    done: int = 0

    def one_more(self) -> None:
        """A part is over."""
        self.done += 1
        if self.observe is not None:
            self.observe(self.done, self.total)


def walk_of(curve: Curve, kinds: Sequence[Divergence] | None = None) -> Walk:
    """Return what computes divergences anywhere on a curve's path; the curve's own if None."""
    return Walk(curve.path, curve.kinds if kinds is None else tuple(kinds), curve.method)


def beside(strand: Strand, t: float) -> Point:
    """The point of a line where the walked parameter is t."""
    return (t,) if strand.level is None else (t, strand.level)
