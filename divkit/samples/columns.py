r"""The kind of a sample's column: one value, a few, a continuous law's, or both; rounded or not.

A continuous law gives a value twice with probability 0, so that a repeat marks an *atom*, a value
with probability of its own, unless the column is rounded. Numbers kept to p digits repeat by
chance: at density ρ (rows per unit) and spacing s of the numbers a value has ρ s other rows on it
in the mean. So, with the spacing of the format that holds all values (float16, bfloat16, float32
or float64) as s, a value is an atom if at least `SEVERAL` rows have it and a Poisson number of
mean ρ s is as large with probability below `CHANCE` only.

Values on one common step are *rounded*: of a smooth law neighbouring levels have counts alike.
There an atom is a level with more than twice the rows of each of its two neighbours on either
side, and with more than chance gives. A column of at most `FEW` levels is no rounded law: all
of them are atoms, unless some have one row only and no step with the others, as the few values
of a continuous part have.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import special

from divkit.samples.levels import NEAR, Levels, common_step, levels, precision
from divkit.types import FloatArray


class ColumnKind(StrEnum):
    """Kinds of columns.

    All rows of a discrete column are on atoms, none of a continuous one, some of a mixed one. A
    lattice is rounded to a common step, with many levels and no atom.
    """

    CONSTANT = "constant"
    DISCRETE = "discrete"
    CONTINUOUS = "continuous"
    MIXED = "mixed"
    LATTICE = "lattice"


_ON_ATOMS = frozenset({ColumnKind.CONSTANT, ColumnKind.DISCRETE, ColumnKind.MIXED})
WITH_DENSITY = frozenset({ColumnKind.CONTINUOUS, ColumnKind.MIXED})
"""Kinds of which some rows are of a continuous law."""
FEW = 12
"""Levels up to which a column whose values repeat is discrete."""
SEVERAL = 5
"""Rows that an atom has at least."""
CHANCE = 1e-6
"""Probability below which an atom's rows are no chance."""
_WINDOW = 20
_VISIBLE = 0.01
"""Share of rows that repeat a value, from which a common step is seen as rounding."""


@dataclass(frozen=True, eq=False)
class Column:
    """The kind of a column.

    Attributes
    ----------
    atoms : values that have a probability of their own, ascending.
    step : of the values, atoms or not; None where they have none in common.
    levels : number of distinct values.
    repeats : share of rows whose value another row has too.
    scattered : share of rows that repeat a value which is no atom and not rounded, where they
        are more than chance gives.
    """

    kind: ColumnKind
    atoms: FloatArray
    step: float | None
    levels: int
    repeats: float
    scattered: float = 0.0

    @property
    def has_atoms(self) -> bool:
        """Whether some value has a probability of its own, rounding aside."""
        return self.kind in _ON_ATOMS


def column(values: FloatArray) -> Column:
    """Return what is in a column (n,) of one sample, whole rows repeated aside.

    >>> print(column(np.repeat([0.0, 1.0, 5.0], 9)).kind)
    discrete
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=999)
    >>> print(column(z).kind, column(np.round(z, 1)).kind, column(np.maximum(z, 0.0)).kind)
    continuous lattice mixed
    """
    seen = levels(values)
    count, size = seen.count, len(seen.value)
    repeats = float(count[count > 1].sum() / len(values))
    if size == 1:
        return Column(ColumnKind.CONSTANT, seen.value, None, 1, repeats)
    step = common_step(seen.value)
    if repeats == 0:
        return Column(ColumnKind.CONTINUOUS, seen.value[:0], step, size, repeats)
    if size <= FEW and repeats > 0.5 and (step is not None or (count > 1).all()):
        return Column(ColumnKind.DISCRETE, seen.value, step, size, repeats)
    plain = _unrounded(seen, step, repeats)
    return plain if step is None or repeats < _VISIBLE else _rounded(seen, step, repeats)


def columns(rows: FloatArray) -> tuple[Column, ...]:
    """Return what is in each column of rows (n, d).

    >>> import numpy as np
    >>> [column.kind.name for column in columns(np.array([[0.0, 0.3], [1.0, 0.7], [0.0, 0.1]]))]
    ['DISCRETE', 'CONTINUOUS']
    """
    return tuple(column(values) for values in rows.T)


def _rounded(seen: Levels, step: float, repeats: float) -> Column:
    place = np.round((seen.value - seen.value[0]) / step)
    near = np.zeros(len(place))
    for away in (1, 2):
        close = place[away:] - place[:-away] <= 2
        near[away:] = np.maximum(near[away:], np.where(close, seen.count[:-away], 0))
        near[:-away] = np.maximum(near[:-away], np.where(close, seen.count[away:], 0))
    peak = (seen.count > 2 * near) & _beyond_chance(seen.count, near + 1.0)
    kind = _kind(peak, ColumnKind.LATTICE)
    return Column(kind, seen.value[peak], step, len(place), repeats)


def _unrounded(seen: Levels, step: float | None, repeats: float) -> Column:
    mean = _others(seen)
    peak = _beyond_chance(seen.count, mean)
    rest = seen.count[~peak].astype(np.float64)
    pairs, chance = 0.5 * rest @ (rest - 1), 0.5 * rest @ mean[~peak]
    known = pairs <= 3 * chance + max(2.0, 0.005 * float(seen.count.sum()))
    scattered = 0.0 if known else float(rest[rest > 1].sum() / seen.count.sum())
    kind = _kind(peak, ColumnKind.CONTINUOUS)
    return Column(kind, seen.value[peak], step, len(seen.value), repeats, scattered)


def _kind(peak: NDArray[np.bool_], plain: ColumnKind) -> ColumnKind:
    """The kind of a column from which of its levels are atoms; `plain` where none is."""
    if peak.all():
        return ColumnKind.DISCRETE
    return ColumnKind.MIXED if peak.any() else plain


def _beyond_chance(count: NDArray[np.int64], mean: FloatArray) -> NDArray[np.bool_]:
    return np.asarray((count >= SEVERAL) & (special.pdtrc(count - 1, mean) < CHANCE))


def chance_pairs(seen: Levels, step: float | None) -> float:
    """Expected number of pairs of equal values, by their density and precision or step.

    Where a step is so coarse that the density changes from one level to the next, the rows on the
    levels beside say more than a window does: the larger number is taken.
    """
    others = [_others(seen, step)] + ([] if step is None else [_beside(seen, step)])
    return max(float(0.5 * seen.count @ each) for each in others)


def _beside(seen: Levels, step: float) -> FloatArray:
    """Mean number of rows (K,) one step below and above each level; at an end the one beside."""
    place = np.round((seen.value - seen.value[0]) / step)
    below = np.diff(place, prepend=-np.inf) == 1
    near = np.zeros((2, len(place)))
    near[0, 1:] = np.where(below[1:], seen.count[:-1], 0)
    near[1, :-1] = np.where(below[1:], seen.count[1:], 0)
    sides = np.full(len(place), 2.0)
    sides[[0, -1]] = 1.0
    return np.asarray(near.sum(axis=0) / sides)


def _others(seen: Levels, step: float | None = None) -> FloatArray:
    """Mean number of other rows on each level (K,), by the rows around it and the precision."""
    size = len(seen.value)
    at = np.arange(size)
    low, high = np.maximum(at - _WINDOW, 0), np.minimum(at + _WINDOW, size - 1)
    below = np.r_[0, np.cumsum(seen.count)]
    around = below[high + 1] - below[low] - seen.count
    near = 2 * NEAR * np.spacing(np.abs(seen.value))  # a level may hold values on either side
    spacing = np.maximum(np.maximum(precision(seen.value), near), step or 0.0)
    return np.asarray(around * spacing / np.maximum(seen.value[high] - seen.value[low], spacing))
