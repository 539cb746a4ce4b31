"""Refinement: split the panels whose error exceeds their rounding until none is left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from divkit.exact.quadrature.panels import Layout, join
from divkit.exact.quadrature.rule import Field, Sums, sweep

Selection: TypeAlias = NDArray[np.bool_]


_ENOUGH = 0.5
"""The share of all rounding to which what panels leave unresolved is brought down."""


@dataclass(frozen=True)
class Limits:
    """When to stop: rounds of refinement, panels, and the error the side integrals may keep."""

    rounds: int = 120
    panels: int = 6000
    side: float = 1e-11


_DESERT = 1e10  # in extents of the features: where nothing but tails is left
_SLOWEST = 3e-3  # the least decay in log |x| that is taken for one


@dataclass(frozen=True)
class Refined:
    """The sums over the final panels, the rounds taken, and whether all panels converged.

    `endless` says that far from every feature the first integrand does not fall off: a growth that
    only stops where a density underflows is no convergence.
    """

    sums: Sums
    rounds: int
    converged: bool
    nodes: int
    endless: bool


def refine(field: Field, layout: Layout, limits: Limits, *, sides: int = 0) -> Refined:
    """Integrate `field` over the line: row 0 to rounding, rows 1 … sides to `limits.side`.

    The remaining rows are only carried along.
    """
    done = sweep(field, layout, layout.panels)
    nodes, count, bad = 21 * len(done.panels), 0, _unresolved(done, limits, sides)
    while bad.any() and count < limits.rounds and len(done.panels) <= limits.panels:
        chosen = bad & _divisible(done)
        if not chosen.any():
            break
        parents = done.take(chosen)
        pieces = parents.panels.split(parents.cut, layout.nearest)
        fresh = sweep(field, layout, pieces)
        done = join([done.take(~chosen), fresh])
        nodes, count = nodes + 21 * len(pieces), count + 1
        bad = _unresolved(done, limits, sides)
    converged = not bad.any() and bool(np.isfinite(done.integral[0]).all())
    return Refined(done, count, converged, nodes, _is_endless(done, layout.extent))


def _unresolved(sums: Sums, limits: Limits, sides: int) -> Selection:
    count = len(sums.panels)
    noise = float(sums.noise[0].sum())
    share = 0.25 * noise / count if math.isfinite(noise) else 0.0  # inf stays, and is no guide
    bad: Selection = ~(sums.error[0] <= sums.noise[0] + share) & np.isfinite(sums.integral[0])
    left = float(sums.error[0][bad].sum())
    if math.isfinite(noise) and left <= _ENOUGH * noise:  # splitting cannot take rounding off
        bad = np.zeros(count, dtype=bool)
    for row in range(1, 1 + sides):
        bad |= ~(sums.error[row] <= sums.noise[row] + limits.side / count)
    return np.asarray(bad)


def _divisible(sums: Sums) -> Selection:
    """A panel of a few floats cannot be split any more."""
    panels = sums.panels
    size = np.where(panels.curved, 1.0, np.abs(panels.middle))
    return np.asarray(panels.half > 2.0**-46 * size)


def _is_endless(sums: Sums, extent: float) -> bool:
    """Whether what lies in the desert weighs, and does not fall off with log |x|."""
    panels = sums.panels
    if not np.isfinite(sums.integral[0]).all():
        return False  # an infinite value hides nothing
    far = panels.curved & (np.abs(panels.middle) > _DESERT * extent) & (panels.half > 0)
    size = np.abs(sums.integral[0]) * far
    if float(size.sum()) <= 1e-12 * float(np.abs(sums.integral[0]).sum()):
        return False
    return any(_grows(sums, far & (np.sign(panels.middle) == side)) for side in (-1, 1))


def _grows(sums: Sums, which: Selection) -> bool:
    weighing = which & (sums.integral[0] != 0)
    if int(weighing.sum()) < 2:
        return False
    t = np.log(np.abs(sums.panels.middle[weighing]))
    density = np.abs(sums.integral[0][weighing]) / (2 * sums.panels.half[weighing])
    first, last = int(t.argmin()), int(t.argmax())
    top = int(density.argmax())
    end = top if density[top] > density[first] else last
    fall = math.log(density[first]) - math.log(density[end])
    return bool(fall < _SLOWEST * (t[end] - t[first])) if end != first else False
