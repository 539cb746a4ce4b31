"""Refinement: split the panels whose error exceeds their rounding until none is left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from divkit.exact.quadrature.panels import Layout, join
from divkit.exact.quadrature.rule import Field, Sums, Values, sweep
from divkit.types import FloatArray, Tensor

Selection: TypeAlias = NDArray[np.bool_]


_ENOUGH = 0.5
"""The share of all rounding to which what panels leave unresolved is brought down."""


@dataclass(frozen=True)
class Limits:
    """When to stop: rounds of refinement, panels, and the error the side integrals may keep."""

    rounds: int = 120
    panels: int = 6000
    side: float = 1e-11


_NEARLY_MIDDLE = 0.05  # half panels: a kink this near to the middle halves the panel as well
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


class SharedField(Protocol):
    """A field of several integrals, some of whose rows belong to more than one of them."""

    @property
    def groups(self) -> list[list[int]]:
        """The rows of each integral; the sides, after the first, are the same for all."""
        ...

    def only(self, which: Sequence[int]) -> SharedField:
        """The field of those integrals."""
        ...

    def __call__(self, anchor: float, offset: Tensor) -> Values:
        """The values of all rows."""
        ...


def refine(field: Field, layout: Layout, limits: Limits, *, sides: int = 0) -> Refined:
    """Integrate `field` over the line: row 0 to rounding, rows 1 … sides to `limits.side`.

    The remaining rows are only carried along.
    """
    done = sweep(field, layout, layout.panels)
    nodes, count = 21 * len(done.panels), 0
    while True:
        bad = _unresolved(done, 0) | _beside(done, range(1, 1 + sides), limits)
        chosen = bad & _splittable(done, count, limits)
        if not chosen.any():
            return _refined(done, bad, count, nodes, layout)
        done, more = _halved(field, layout, done, chosen, done.cut[:1])
        nodes, count = nodes + more, count + 1


def refine_each(
    field: SharedField, layout: Layout, limits: Limits, *, sides: int = 0
) -> list[Refined]:
    """Integrate several integrals on panels in common, each as `refine` would.

    A panel is split where any of them is not resolved. An integral that is resolved on all panels
    is done with, and computed no further.
    """
    done = sweep(field, layout, layout.panels)
    nodes, count, left = 21 * len(done.panels), 0, list(range(len(field.groups)))
    found: dict[int, Refined] = {}
    while True:
        groups = field.groups
        beside = _beside(done, groups[0][1 : 1 + sides], limits)
        bads = [_unresolved(done, rows[0]) | beside for rows in groups]
        may_split = _splittable(done, count, limits)
        splits = [bad & may_split for bad in bads]
        for k, rows, bad, split in zip(left, groups, bads, splits, strict=True):
            if not split.any():
                found[k] = _refined(done.rows(rows), bad, count, nodes, layout)
        going = [at for at, split in enumerate(splits) if split.any()]
        if not going:
            return [found[k] for k in range(len(found))]
        cuts = [done.cut[groups[at][0]] for at in going]
        if len(going) < len(left):
            kept = sorted({row for at in going for row in groups[at]})
            done, field = done.rows(kept), field.only(going)
            left = [left[at] for at in going]
        chosen, places = _in_common(cuts, [splits[at] for at in going])
        done, more = _halved(field, layout, done, chosen, places)
        nodes, count = nodes + more, count + 1


def _in_common(own: list[FloatArray], splits: list[Selection]) -> tuple[Selection, FloatArray]:
    """Which panels to split for any of the integrals, and where: (n,) and (2, n).

    At a kink that one of them has, and in the middle where another needs it: its own place, or
    the same place twice.
    """
    bad, cuts = np.array(splits), np.array(own)
    kinks = np.where(bad, cuts, 0.0)
    kink = np.take_along_axis(kinks, np.abs(kinks).argmax(axis=0)[None], axis=0)[0]
    smooth = (bad & (cuts == 0)).any(axis=0) & (np.abs(kink) > _NEARLY_MIDDLE)
    return np.asarray(bad.any(axis=0)), np.stack([kink, np.where(smooth, 0.0, kink)])


def _halved(
    field: Field, layout: Layout, done: Sums, chosen: Selection, cuts: FloatArray
) -> tuple[Sums, int]:
    """The sums with the chosen panels split, and how many nodes that took."""
    pieces = done.panels.take(chosen).split(cuts[:, chosen], layout.nearest)
    return join([done.take(~chosen), sweep(field, layout, pieces)]), 21 * len(pieces)


def _splittable(sums: Sums, count: int, limits: Limits) -> Selection:
    """Which panels may be split after `count` rounds."""
    going = count < limits.rounds and len(sums.panels) <= limits.panels
    return _divisible(sums) if going else np.zeros(len(sums.panels), dtype=bool)


def _refined(sums: Sums, bad: Selection, count: int, nodes: int, layout: Layout) -> Refined:
    converged = not bad.any() and bool(np.isfinite(sums.integral[0]).all())
    return Refined(sums, count, converged, nodes, _is_endless(sums, layout.extent))


def _unresolved(sums: Sums, row: int) -> Selection:
    """Panels on which an integral is not known to its rounding."""
    count, error = len(sums.panels), sums.error[row]
    noise = float(sums.noise[row].sum())
    share = 0.25 * noise / count if math.isfinite(noise) else 0.0  # inf stays, and is no guide
    bad: Selection = ~(error <= sums.noise[row] + share) & np.isfinite(sums.integral[row])
    if math.isfinite(noise) and float(error[bad].sum()) <= _ENOUGH * noise:
        return np.zeros(count, dtype=bool)  # splitting cannot take rounding off
    return bad


def _beside(sums: Sums, rows: Sequence[int], limits: Limits) -> Selection:
    """Panels on which a side integral has a larger error than it may keep."""
    bad = np.zeros(len(sums.panels), dtype=bool)
    for row in rows:
        bad |= ~(sums.error[row] <= sums.noise[row] + limits.side / len(sums.panels))
    return bad


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
