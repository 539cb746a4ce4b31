r"""Rows of laws with atoms as numbers: coordinates that are continuous, and levels as indicators.

A mixed column gives the value with atoms moved to the middle of the rest, so that they are out of
the way, and says which atom it was by indicators; a discrete one gives indicators alone. An atom
of fewer than `RARE` rows has no indicator of its own; its part is left open, and
`lumped` rows are how many that are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from divkit.samples import Categories, standard
from divkit.samples.categories import RARE
from divkit.types import FloatArray

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Coordinates:
    """N rows of x, then of y.

    Attributes
    ----------
    values : standardised continuous coordinates (N, d), no one a linear function of others.
    levels : one block for each column with atoms (N, K), 1 where the row has the level; the
        commonest level first.
    lumped : which rows are on an atom that shares its indicator with others (N,).
    """

    values: FloatArray
    levels: tuple[FloatArray, ...]
    lumped: NDArray[np.bool_]


def coordinates(x: FloatArray, y: FloatArray, atoms: Categories) -> Coordinates:
    """Return the coordinates of rows x (n, d) and y (m, d) with the atoms given."""
    rows, places = np.concatenate([x, y]), np.concatenate([atoms.x, atoms.y])
    values, blocks, lumped = [], [], np.zeros(len(rows), dtype=bool)
    for k, each in enumerate(atoms.columns):
        on_atom = places[:, k] >= 0
        if not on_atom.all():
            middle = np.median(rows[~on_atom, k])
            values.append(np.where(on_atom, middle, rows[:, k]))
        if len(each.atoms):
            block, together = _indicators(places[:, k])
            blocks += [block] if block.shape[1] > 1 else []
            lumped |= together
    stacked = np.column_stack(values) if values else np.empty((len(rows), 0))
    return Coordinates(_independent(stacked), tuple(blocks), lumped)


def _indicators(place: NDArray[np.int64]) -> tuple[FloatArray, NDArray[np.bool_]]:
    """(N, K) indicators, the commonest level first, rare levels as one; and who is in that one."""
    _, of_row, count = np.unique(place, return_inverse=True, return_counts=True)
    of_row, rare = of_row.reshape(-1), count < RARE
    group = np.where(rare, len(count), np.arange(len(count)))[of_row]
    _, group, sizes = np.unique(group, return_inverse=True, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    block = (group.reshape(-1)[:, None] == order[None]).astype(np.float64)
    return block, rare[of_row] & (int(rare.sum()) > 1)


def _independent(values: FloatArray) -> FloatArray:
    """Standardised columns without those that are linear functions of others."""
    if not values.shape[1]:
        return values
    unit = standard(values)(values)
    centred = unit - unit.mean(axis=0)
    _, upper, order = linalg.qr(centred, mode="economic", pivoting=True)
    size = np.abs(np.diag(upper))
    kept = np.sort(order[: len(size)][size > _ROUNDING * max(float(size.max()), 1e-300)])
    return np.asarray(unit[:, kept])
