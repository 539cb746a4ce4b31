r"""The grain of a column: values that rounding sets apart, and those that it puts together.

0.1 + 0.2 is the atom 0.3, though the floats differ. A value v rounded to a step h stands for a
quantity in [v − h/2, v + h/2], over which it is spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from divkit.samples import Column, ColumnKind, levels
from divkit.samples.levels import NEAR, on_step
from divkit.types import FloatArray

_APART = 64 * NEAR
"""Units in the last place that levels are apart at least where some hold values that differ."""


@dataclass(frozen=True, eq=False)
class Grain:
    """The atoms of a column, ascending, and the step and a level of its other values.

    Attributes
    ----------
    atoms : values that have a probability of their own (K,).
    step : that other values are rounded to; None where they are not.
    origin : one of the levels.
    """

    atoms: FloatArray
    step: float | None
    origin: float

    def snapped(self, x: FloatArray) -> FloatArray:
        """Return values (n,), those within `NEAR` units in the last place of an atom on it."""
        if not len(self.atoms):
            return x
        above = np.searchsorted(self.atoms, x).clip(0, len(self.atoms) - 1)
        below = (above - 1).clip(0)
        nearer = np.abs(x - self.atoms[below]) < np.abs(x - self.atoms[above])
        atom = np.where(nearer, self.atoms[below], self.atoms[above])
        return np.where(np.abs(x - atom) <= NEAR * np.spacing(np.abs(x)), atom, x)

    def spread(self, x: FloatArray, source: np.random.Generator) -> FloatArray:
        """Return values (n,), those off the atoms spread over their steps if all are on one."""
        free = ~np.isin(x, self.atoms)
        if self.step is None or not on_step(x[free], self.origin, self.step):
            return x
        return np.where(free, x + self.step * (source.random(len(x)) - 0.5), x)


def spread_rows(
    grains: Sequence[Grain], rows: FloatArray, facts: Sequence[Column], labels: Sequence[str]
) -> tuple[FloatArray, list[str]]:
    """Return rows (n, d), rounded columns spread evenly over their steps, and notes on them."""
    source, notes = np.random.default_rng(0), []
    out = [each.spread(x, source) for each, x in zip(grains, rows.T, strict=True)]
    for each, x, spread, label in zip(facts, rows.T, out, labels, strict=True):
        if each.step is not None and bool((spread != x).any()):
            notes.append(
                f"{label} is rounded to steps of {each.step:.6g} with {each.levels} levels: "
                "rows are spread over their steps, and the density is that of the quantity "
                "before rounding, not of the levels; of counts in such steps fit the column "
                f"divided by {each.step:.6g}"
            )
        if each.scattered:
            notes.append(
                f"{each.scattered:.0%} of the rows of {label} repeat a value in no pattern: "
                "the density is smooth there, and their law may not be"
            )
    return np.stack(out, axis=1), notes


def grain(x: FloatArray, facts: Column, label: str) -> Grain:
    """Return the grain of a column (n,) of a kind.

    Raises
    ------
    ValueError
        If atoms are no more than units in the last place apart: an offset has taken the digits.
    """
    rounded = facts.kind in (ColumnKind.LATTICE, ColumnKind.MIXED)
    found = Grain(facts.atoms, facts.step if rounded else None, float(x[0]))
    if not facts.has_atoms or bool((found.snapped(x) == x).all()):
        return found
    value = levels(x).value
    unit = float(np.spacing(np.abs(x).max()))
    if len(value) == 1 or float(np.diff(value).min()) < _APART * unit:
        raise ValueError(
            f"{label} has values about {value[0]:.6g} that differ by a few units in the last "
            f"place ({unit:.3g}), as where an offset has taken their digits. Take the offset off "
            "before they are stored."
        )
    return found
