r"""Where G′ = 0, found by enclosures, so that no fold is missed.

Cells of the line are halved until, on each, either the enclosure of G′ excludes 0 (no root), or
that of G″ does (G′ is monotone: one root or none, as its signs at the ends say). What is left when
a cell cannot be halved any more is a root of higher order, or a pair of roots that float64 cannot
tell apart. Cells where |G′| underflows are flat: G is constant on them as far as floats go.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divkit.generators.folds.curve import LineMap
from divkit.generators.generator import UnknownLawError
from divkit.types import FloatArray

_FIRST = 64
_NARROWEST = 2.0**-44
_FLAT = 1e-290
_MOST_CELLS = 200_000


@dataclass(frozen=True)
class Critical:
    """Roots of G′ in an interval, sorted, and the flat cells as rows (low, high)."""

    roots: FloatArray
    flat: FloatArray


def critical_points(curve: LineMap, low: float, high: float) -> Critical:
    """Find every root of G′ between two finite ends.

    Raises
    ------
    ValueError
        If more than 200,000 cells are undecided: G oscillates too fast for the interval.
    """
    edges = np.linspace(low, high, _FIRST + 1)
    left, right = edges[:-1], edges[1:]
    brackets, flat, stuck = [np.empty((2, 0))], [np.empty((2, 0))], [np.empty((2, 0))]
    while len(left):
        cells = np.stack([left, right])
        slope, bend = curve.bounds(left, right)
        still = (slope.size <= _FLAT) & (slope.low <= 0) & (slope.high >= 0)
        simple = ~slope.signed & ~still & bend.signed
        unknown = ~slope.signed & ~still & ~simple
        small = right - left <= _NARROWEST * np.maximum(1.0, np.abs(left) + np.abs(right))
        brackets.append(cells[:, simple & _turns(curve, left, right)])
        flat.append(cells[:, still])
        stuck.append(cells[:, unknown & small])
        left, right = _halved(cells[:, unknown & ~small])
        if len(left) > _MOST_CELLS:
            raise UnknownLawError(
                f"{curve!r} has too many turns between {low:g} and {high:g} to follow."
            )
    roots = np.concatenate([_bisected(curve, np.hstack(brackets)), _joined(np.hstack(stuck))])
    return Critical(np.sort(roots), np.hstack(flat).T)


def _turns(curve: LineMap, left: FloatArray, right: FloatArray) -> NDArray[np.bool_]:
    """Whether G′ changes sign; 0 counts as positive, so that a root at an edge counts once."""
    return np.asarray((curve.jet(left, 1)[1] >= 0) != (curve.jet(right, 1)[1] >= 0))


def _halved(cells: FloatArray) -> tuple[FloatArray, FloatArray]:
    left, right = cells
    middle = 0.5 * (left + right)
    return np.concatenate([left, middle]), np.concatenate([middle, right])


def _bisected(curve: LineMap, brackets: FloatArray) -> FloatArray:
    """The root in each bracket, to the last bit."""
    left, right = brackets
    rising = curve.jet(right, 1)[1] >= 0
    for _ in range(100):
        middle = 0.5 * (left + right)
        if not ((middle > left) & (middle < right)).any():
            break
        beyond = (curve.jet(middle, 1)[1] >= 0) == rising
        left, right = np.where(beyond, left, middle), np.where(beyond, middle, right)
    at_left = np.abs(curve.jet(left, 1)[1]) < np.abs(curve.jet(right, 1)[1])
    return np.asarray(np.where(at_left, left, right))


def _joined(cells: FloatArray) -> FloatArray:
    """The middle of each run of touching cells."""
    left, right = cells[:, np.argsort(cells[0])]
    if not len(left):
        return np.empty(0)
    first = np.concatenate([[True], left[1:] > right[:-1]])
    last = np.concatenate([first[1:], [True]])
    return np.asarray(0.5 * (left[first] + right[last]))
