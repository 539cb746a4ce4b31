r"""Samples with atoms in some columns, cell by cell.

A cell is a set of rows with the same atoms in the same columns; the other columns have a density
there, so that the law is a table of cells times densities given the cell. A cell of few rows, or
one whose own fit says less of its rows than that of all rows with a density in these columns,
takes the latter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np

from divkit.density.auto.recipes import StackMember
from divkit.distributions.base import Law
from divkit.distributions.compose.mixed import MixedLaw, Stratum
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.strata import Place, fixed, free
from divkit.samples import levels
from divkit.types import FloatArray

OWN = 40
"""Rows from which a cell may have a density of its own."""
_MOST_CELLS = 4096


class CellDensity(Protocol):
    """A fitted density of some rows: its members, and mean log density at rows left out."""

    left_out_: tuple[float, float]
    members_: tuple[StackMember, ...]

    def as_law(self) -> Law:
        """The law."""
        ...


Fit = Callable[[FloatArray], CellDensity]


@dataclass(frozen=True, eq=False)
class FilledCell:
    """A place, its rows' numbers, and the fit of their free columns; None of a point.

    `shared` says that the fit is that of all rows with a density in these columns.
    """

    place: Place
    rows: np.ndarray[tuple[int], np.dtype[np.intp]]
    part: CellDensity | None
    shared: bool


def cells_of(
    rows: FloatArray, atoms: Sequence[FloatArray], fit: Fit, names: Sequence[str]
) -> list[FilledCell]:
    """Return the cells of rows (n, d), the largest first.

    Parameters
    ----------
    rows : the sample.
    atoms : of each column the values that have a probability of their own.
    fit : a density of rows with none.
    names : of the columns.

    Raises
    ------
    ValueError
        If there are more than 4096 cells, or a cell's free columns have too few rows for a fit.
    """
    coded = np.stack([_coded(*pair) for pair in zip(rows.T, atoms, strict=True)], axis=1)
    codes, of_row = np.unique(coded, axis=0, return_inverse=True)
    if len(codes) > _MOST_CELLS:
        raise ValueError(
            f"X has {len(codes)} cells, rows with the same atoms in the same columns, of "
            f"{len(rows)} rows: too many for a table. Drop columns, or fit them apart."
        )
    pooled = _pooled(rows, coded, fit)
    found = [
        _cell(rows, code, np.flatnonzero(of_row.reshape(-1) == k), atoms, fit, pooled, names)
        for k, code in enumerate(codes)
    ]
    return sorted(found, key=lambda cell: -len(cell.rows))


def law_of_cells(cells: Sequence[FilledCell]) -> Law:
    """Return the table of the cells, with their densities."""
    counts = np.array([len(cell.rows) for cell in cells], dtype=np.float64)
    shares = (counts / counts.sum()).tolist()
    if all(cell.part is None for cell in cells):
        points = tuple(tuple(v for v in cell.place if v is not None) for cell in cells)
        return FiniteLaw(points, tuple(shares))
    strata = [Stratum(c.place, None if c.part is None else c.part.as_law()) for c in cells]
    return MixedLaw(tuple(shares), tuple(strata))


def words_of(place: Place, names: Sequence[str]) -> str:
    """Return a place as it prints.

    >>> words_of((0.0, None), ("flag", "size"))
    'at flag = 0'
    """
    fixed_at = [f"{name} = {v:.6g}" for name, v in zip(names, place, strict=True) if v is not None]
    return "at " + ", ".join(fixed_at) if fixed_at else "off the atoms"


def _coded(x: FloatArray, atoms: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """The number of each row's atom, −1 where it is on none."""
    if not len(atoms):
        return np.full(len(x), -1)
    seen = levels(x)
    value = seen.value[seen.of_row]
    at = np.searchsorted(atoms, value).clip(0, len(atoms) - 1)
    return np.where(atoms[at] == value, at, -1)


def _pooled(
    rows: FloatArray, coded: np.ndarray[tuple[int, int], np.dtype[np.intp]], fit: Fit
) -> Callable[[tuple[int, ...]], CellDensity]:
    """The fit of all rows with a density in some columns."""

    @cache
    def of(axes: tuple[int, ...]) -> CellDensity:
        return fit(rows[(coded[:, list(axes)] < 0).all(axis=1)][:, list(axes)])

    return of


def _cell(
    rows: FloatArray,
    code: np.ndarray[tuple[int], np.dtype[np.intp]],
    own: np.ndarray[tuple[int], np.dtype[np.intp]],
    atoms: Sequence[FloatArray],
    fit: Fit,
    pooled: Callable[[tuple[int, ...]], CellDensity],
    names: Sequence[str],
) -> FilledCell:
    place: Place = tuple(
        None if at < 0 else float(atoms[k][at]) for k, at in enumerate(code.tolist())
    )
    axes = free(place)
    if not axes:
        return FilledCell(place, own, None, shared=False)
    mine = rows[own][:, list(axes)]
    if len(mine) == len(rows) or (len(mine) >= OWN and bool((np.ptp(mine, axis=0) > 0).all())):
        part = fit(mine)
        if not fixed(place):
            return FilledCell(place, own, part, shared=False)
        everyone = pooled(axes)
        theirs = float(np.mean(np.asarray(everyone.as_law().log_prob(mine))))
        if part.left_out_[0] >= theirs:
            return FilledCell(place, own, part, shared=False)
        return FilledCell(place, own, everyone, shared=True)
    try:
        return FilledCell(place, own, pooled(axes), shared=True)
    except ValueError as error:
        raise ValueError(
            f"the cell {words_of(place, names)} of X has {len(mine)} rows, too few for a density: "
            f"{error} Drop these rows, or the columns that set them apart."
        ) from None
