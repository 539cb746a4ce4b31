"""Refinement: split the panels whose error exceeds their rounding until none is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from divkit.exact.panels import Layout
from divkit.exact.quadrature_rule import Field, Sums, sweep, together

Selection: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """When to stop: rounds of refinement, panels, and the error the side integrals may keep."""

    rounds: int = 120
    panels: int = 6000
    side: float = 1e-11


@dataclass(frozen=True)
class Refined:
    """The sums over the final panels, the rounds taken, and whether all panels converged."""

    sums: Sums
    rounds: int
    converged: bool
    nodes: int


def refine(
    field: Field, layout: Layout, limits: Limits, *, sides: int = 0, kinked: bool = False
) -> Refined:
    """Integrate `field` over the line: row 0 to rounding, rows 1 … sides to `limits.side`.

    The remaining rows are only carried along.
    """
    done = sweep(field, layout.anchors, layout.panels, kinked)
    nodes = 21 * len(done.panels)
    for count in range(limits.rounds):
        if not np.isfinite(done.integral[0]).all():
            return Refined(done, count, False, nodes)
        bad = _unresolved(done, limits, sides)
        if not bad.any():
            return Refined(done, count, True, nodes)
        bad &= _divisible(done)
        if not bad.any() or len(done.panels) > limits.panels:
            return Refined(done, count, False, nodes)
        chosen = done.take(bad)
        pieces = chosen.panels.split(chosen.cut, layout.nearest)
        fresh = sweep(field, layout.anchors, pieces, kinked)
        nodes += 21 * len(fresh.panels)
        done = together(done.take(~bad), fresh)
    return Refined(done, limits.rounds, False, nodes)


def _unresolved(sums: Sums, limits: Limits, sides: int) -> Selection:
    count = len(sums.panels)
    share = 0.25 * float(sums.noise[0].sum()) / count
    bad: Selection = ~(sums.error[0] <= sums.noise[0] + share)
    for row in range(1, 1 + sides):
        bad |= ~(sums.error[row] <= sums.noise[row] + limits.side / count)
    return np.asarray(bad)


def _divisible(sums: Sums) -> Selection:
    """A panel of a few floats cannot be split any more."""
    panels = sums.panels
    size = np.where(panels.curved, 1.0, np.abs(panels.middle))
    return np.asarray(panels.half > 2.0**-46 * size)
