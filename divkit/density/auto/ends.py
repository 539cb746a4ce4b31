r"""Ends of a law's support, seen in a sample: hard ones are found and tested.

Of n points the m lowest lie, about an end a with density ∝ (x − a)^{α−1}, at shares
u = (x − x₍₁₎)/(x₍m+1₎ − x₍₁₎) of mean α/(α + 1): ½ for a density that jumps to a positive value,
less for one that has a pole or falls from there, more where the density rises from 0 as in a tail.
An end is taken to be hard unless Σ u is beyond what a flat density gives once in a hundred times.
It lies below the lowest point by about (x₍m+1₎ − x₍₁₎) m^{−1/α}, which for α = 1 is the mean gap
of points there; α is 1 or, where the mean share says less, that share's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from divkit.types import FloatArray

_LEAST, _SHARE, _MOST = 12, 0.04, 200
_ONE_IN_A_HUNDRED = 2.326
_LOWEST_POWER = 0.2


@dataclass(frozen=True)
class EndSeen:
    """One end of a sample, by the points next to it.

    Attributes
    ----------
    hard : whether a density that jumps, falls or has a pole there is not refused.
    place : where the support ends, if it is hard.
    power : α of (x − place)^{α−1}.
    score : standard deviations by which the points lie further inside than those of a flat
        density.
    rows : m, how many were looked at.
    """

    hard: bool
    place: float
    power: float
    score: float
    rows: int


@dataclass(frozen=True)
class Ends:
    """Both ends of a sample."""

    low: EndSeen
    high: EndSeen


def ends_of(x: FloatArray) -> Ends:
    """Return what the lowest and the highest of points (n,) say of the support."""
    ordered = np.sort(x)
    low, high = lowest(ordered), lowest(-ordered[::-1])
    return Ends(low, EndSeen(high.hard, -high.place, high.power, high.score, high.rows))


def lowest(ordered: FloatArray) -> EndSeen:
    """Return the lower end of ascending points (n,)."""
    rows = min(max(_LEAST, round(_SHARE * len(ordered))), _MOST, len(ordered) - 2)
    first = float(ordered[0])
    extent = float(ordered[rows + 1]) - first
    if rows < _LEAST or extent <= 0:
        return EndSeen(False, first, 1.0, math.inf, max(rows, 0))
    share = (ordered[1 : rows + 1] - first) / extent
    mean = float(share.mean())
    score = (mean - 0.5) * math.sqrt(12 * rows)
    power = min(1.0, max(_LOWEST_POWER, mean / (1 - mean))) if score < -_ONE_IN_A_HUNDRED else 1.0
    return EndSeen(
        score <= _ONE_IN_A_HUNDRED, first - extent * (rows + 1) ** (-1 / power), power, score, rows
    )
