r"""Samples with atoms in some columns, cell by cell.

A cell is a set of rows with the same atoms in the same columns; the other columns have a density
there, so that the law is a table of cells times densities given the cell. A cell of few rows, or
one whose own fit says less of its rows than rows of all cells do,
takes the density that `pools` finds by all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from divkit.density.auto.pools import (
    OWN,
    Beside,
    CellDensity,
    Fit,
    Indices,
    PooledCells,
    least_gain,
    pool_of,
)
from divkit.distributions.base import Law
from divkit.distributions.compose.mixed import MixedLaw, Stratum
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.strata import Place, fixed, free
from divkit.samples import levels
from divkit.types import FloatArray

_MOST_CELLS = 4096


@dataclass(frozen=True, eq=False)
class FilledCell:
    """A place, its rows' numbers, and the fit of their free columns; None of a point.

    `pool` is what the fit is by where it is not by the cell's rows alone.
    """

    place: Place
    rows: Indices
    part: CellDensity | None
    pool: PooledCells | None = None


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
    of_row = of_row.reshape(-1)
    pooled = _pooled(rows, codes, of_row, fit, names)
    found = [
        _cell(
            rows, _place(code, atoms), np.flatnonzero(of_row == k), fit, partial(pooled, k), names
        )
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


def _coded(x: FloatArray, atoms: FloatArray) -> Indices:
    """The number of each row's atom, −1 where it is on none."""
    if not len(atoms):
        return np.full(len(x), -1)
    seen = levels(x)
    value = seen.value[seen.of_row]
    at = np.searchsorted(atoms, value).clip(0, len(atoms) - 1)
    return np.where(atoms[at] == value, at, -1)


def _place(code: Indices, atoms: Sequence[FloatArray]) -> Place:
    return tuple(None if at < 0 else float(atoms[k][at]) for k, at in enumerate(code.tolist()))


def _pooled(
    rows: FloatArray, codes: Indices, of_row: Indices, fit: Fit, names: Sequence[str]
) -> Callable[[int], tuple[PooledCells, int]]:
    """Of each cell the pool of those with the same free columns, and its number there."""

    @cache
    def of(axes: tuple[int, ...]) -> tuple[PooledCells, Indices]:
        free_here: NDArray[np.bool_] = np.asarray(codes < 0)
        held: NDArray[np.bool_] = np.asarray(free_here[:, axes].all(axis=1))
        everyone = fit(rows[held[of_row]][:, axes])
        of_axes = np.isin(np.arange(codes.shape[1]), axes)
        alike: NDArray[np.bool_] = np.asarray((free_here == of_axes).all(axis=1))
        number = np.cumsum(alike) - 1
        own = np.flatnonzero(alike[of_row])
        first = np.unique(of_row[own], return_index=True)[1]
        fixed_at = [k for k in range(codes.shape[1]) if k not in axes]
        beside = Beside(
            rows[own[first]][:, fixed_at],
            [names[k] for k in fixed_at],
            number[of_row[own]],
            rows[own][:, axes],
        )
        return pool_of(beside, everyone, fit), number

    def pooled(cell: int) -> tuple[PooledCells, int]:
        pool, number = of(tuple(np.flatnonzero(codes[cell] < 0).tolist()))
        return pool, int(number[cell])

    return pooled


def _cell(
    rows: FloatArray,
    place: Place,
    own: Indices,
    fit: Fit,
    pooled: Callable[[], tuple[PooledCells, int]],
    names: Sequence[str],
) -> FilledCell:
    axes = free(place)
    if not axes:
        return FilledCell(place, own, None)
    mine = rows[own][:, axes]
    part = None
    if len(mine) == len(rows) or (len(mine) >= OWN and bool((np.ptp(mine, axis=0) > 0).all())):
        part = fit(mine)
        if not fixed(place):
            return FilledCell(place, own, part)
    try:
        pool, number = pooled()
    except ValueError as error:
        raise ValueError(
            f"the cell {words_of(place, names)} of X has {len(mine)} rows, too few for a density: "
            f"{error} Drop these rows, or the columns that set them apart."
        ) from None
    shared = pool.at(number)
    if part is not None:
        theirs = float(np.mean(np.asarray(shared.as_law().log_prob(mine))))
        if part.left_out_[0] > theirs + least_gain(len(mine)):
            return FilledCell(place, own, part)
    return FilledCell(place, own, shared, pool)
