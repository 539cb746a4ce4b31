r"""The slope of a curve in its parameter: what a generator with that parameter would feel.

From the exact values on both sides, d(h) = (D(t + h) − D(t − h))/2h at h, h/2, h/4, …, by
Richardson's extrapolation

    R_{k,0} = d(h/2ᵏ),      R_{k,j} = (4ʲ R_{k+1,j−1} − R_{k,j−1})/(4ʲ − 1),

as in Ridders 1982. Of R_{k,j} the error is the larger of its distances from the two that it is
made of, plus what the errors of the values are worth in it; the entry with the least is taken.
Where the second difference (D(t + h) − 2D(t) + D(t − h))/h does not fall with h the curve has a
corner, and there is no slope.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from divkit.curves.axis import Axis
from divkit.curves.entries import Entry
from divkit.curves.layers import Layer
from divkit.curves.overlays.spots import beside, spots, walk_of
from divkit.curves.table import Curve, Strand

Slope: TypeAlias = "tuple[float, float]"
_NONE: Slope = (math.nan, math.nan)
_CORNER = 0.7
"""The share that a second difference keeps when h is halved, from which there is a corner."""


@dataclass(frozen=True)
class Slopes:
    """The derivative of every divergence of a curve in the walked parameter, with its error.

    Parameters
    ----------
    points : of a line at which it is computed, at most.
    levels : how often h is halved.
    reach : the first h, as a share of the axis (of t itself on a log axis).

    Examples
    --------
    >>> from divkit import curve
    >>> slopes = Slopes(points=3)
    >>> found = curve("normal(0, 1)", "normal(t, 1)", "kl", over="t=1:3:3", overlays=[slopes])
    >>> [round(value, 6) for value in found.layers[0].value]
    [1.0, 2.0, 3.0]
    """

    points: int = 61
    levels: int = 7
    reach: float = 0.04

    def __call__(self, curve: Curve) -> list[Layer]:
        """Return one layer a divergence and line.

        Raises
        ------
        ValueError
            If the parameter takes whole values alone.
        """
        if curve.over[0].whole:
            raise ValueError(f"{curve.over[0].name} takes whole values: there is no slope in it.")
        return [layer for strand in curve.lines for layer in self._of(curve, strand)]

    def _of(self, curve: Curve, strand: Strand) -> list[Layer]:
        at = [curve.values[i] for i in spots(curve, strand, self.points)]
        steps = {t: [self._first(curve.over[0], t) / 2**k for k in range(self.levels)] for t in at}
        asked = {t: [t, *(t + s * h for h in steps[t] for s in (1, -1))] for t in at}
        walk = walk_of(curve)
        walk([beside(strand, x) for t in at for x in asked[t]])
        layers = []
        for k, kind in enumerate(curve.kinds):
            found = []
            for t in at:
                entries = [row[k] for row in walk([beside(strand, x) for x in asked[t]])]
                found.append(_slope(steps[t], entries))
            lost = sum(math.isnan(slope) for slope, _ in found)
            layers.append(
                Layer(
                    f"slope in {curve.over[0].name}",
                    kind.name,
                    "slope",
                    tuple(at),
                    tuple(slope for slope, _ in found),
                    tuple(slope - error for slope, error in found),
                    tuple(slope + error for slope, error in found),
                    strand.level,
                    "",
                    repr(self),
                    _words(lost, len(found)),
                )
            )
        return layers

    def _first(self, axis: Axis, t: float) -> float:
        """The first h, a power of two so that t ± h loses no digit of h."""
        span = abs(axis.values[-1] - axis.values[0]) or abs(t) or 1.0
        return 2.0 ** math.floor(math.log2(self.reach * (abs(t) if axis.log else span)))


def _words(lost: int, count: int) -> tuple[str, ...]:
    return (f"no slope at {lost} of {count} points: an end or a corner",) if lost else ()


def _slope(steps: Sequence[float], entries: Sequence[Entry]) -> Slope:
    """The slope at a point from the entries there, then at t + h and t − h for each step h."""
    here, pairs = entries[0], list(zip(entries[1::2], entries[2::2], strict=True))
    used = [
        (h, up, down)
        for h, (up, down) in zip(steps, pairs, strict=True)
        if math.isfinite(up.value) and math.isfinite(down.value)
    ]
    if len(used) < 3 or not math.isfinite(here.value) or _has_corner(here, used):
        return _NONE
    column = [
        (
            (up.value - down.value) / (2 * h),
            (up.error + down.error) / (2 * h) + 2.0**-52 * abs(up.value) / h,
        )
        for h, up, down in used
    ]
    return _extrapolated(column)


def _has_corner(here: Entry, used: Sequence[tuple[float, Entry, Entry]]) -> bool:
    bends = [
        (abs(up.value - 2 * here.value + down.value), up.error + 2 * here.error + down.error, h)
        for h, up, down in used
    ]
    real = [(bend / h) for bend, error, h in bends if bend > 8 * error]
    return len(real) > 2 and real[-1] > _CORNER * real[-2] and real[-2] > _CORNER * real[-3]


def _extrapolated(column: Sequence[Slope]) -> Slope:
    """The entry of Richardson's table with the least error."""
    best, j = _NONE, 1
    table = list(column)
    while len(table) > 1:
        power, finer = 4.0**j, []
        for (coarse, e), (fine, f) in itertools.pairwise(table):
            value = (power * fine - coarse) / (power - 1)
            rounding = (power * f + e) / (power - 1)
            error = max(abs(value - fine), abs(value - coarse)) + rounding
            if not error >= best[1]:
                best = (value, error)
            finer.append((value, rounding))
        table, j = finer, j + 1
    return best
