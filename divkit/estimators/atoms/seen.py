r"""Two samples as models see them: rows that meet in one pool, and rows that one sample alone has.

Models are fitted to the rows whose atoms both samples have, each weighing 1/(2n) or 1/(2m) as
among all rows, so that a logit is log p − log q with the shares of the cells in it. At the other
rows it is +∞ or −∞ (`divkit.estimators.atoms.alone`). What models are not asked about is *open*:
rows on rare levels that share an indicator, and all rows that meet where these are fewer than
`LEAST` of either sample. Open rows can add at most their share of the divergence's range.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from divkit.divergences.base import FDivergence
from divkit.estimators.atoms.alone import Alone, alone
from divkit.estimators.atoms.coordinates import Coordinates, coordinates
from divkit.estimators.atoms.designs import LevelDesigns
from divkit.estimators.dual import Reading
from divkit.estimators.kernel_logistic.path import Fit
from divkit.estimators.pooled import Pooled, scatter
from divkit.results import z_of
from divkit.samples import Categories, Pair
from divkit.types import FloatArray

LEAST = 40
"""Rows of each sample that must meet for models to be fitted."""
Places = NDArray[np.intp]
Fitter = Callable[[Pooled, LevelDesigns], list[Fit]]


@dataclass(frozen=True, eq=False)
class Seen:
    """All rows of both samples with their models.

    Attributes
    ----------
    pool : rows that meet by their radius, then the others; its z are of no meaning.
    fits : models with a logit for each row of the pool.
    alone : the rows that one sample alone has.
    open : shares of x and of y that models are not asked about.
    modelled : whether models were fitted.
    rows : coordinates and indicators, as a pair of continuous columns, for limits from below.
    """

    pool: Pooled
    fits: list[Fit]
    alone: Alone
    open: tuple[float, float]
    modelled: bool
    rows: Pair

    def infinite(self, row: FDivergence) -> bool:
        """Whether the divergence is infinite by what one sample alone has."""
        on_x = self.alone.x.any() and math.isinf(row.slope_at_infinity)
        return bool(on_x or (self.alone.y.any() and math.isinf(row.at_zero)))

    def room(self, row: FDivergence) -> float:
        """What open rows may add."""
        share = max(self.open)
        return share * (row.upper - row.at_one) if share else 0.0

    def widened(
        self, row: FDivergence, read: Reading, level: float
    ) -> tuple[float, float, tuple[float, float]]:
        """The value, its error and interval, with what rows do not exclude and what is open."""
        value = row.upper if self.alone.x.all() else read.value
        half = z_of(level) * read.error
        down = self.alone.loss(row, self.alone.missing(level))
        once = 1 / len(self.alone.y), 1 / len(self.alone.x)
        room = self.room(row)
        error = math.hypot(read.error, self.alone.loss(row, once), 0.5 * room)
        return value, error, (value - math.hypot(half, down), min(value + half + room, row.upper))

    def notes(self) -> list[str]:
        """What a result should tell."""
        told = ["columns with atoms are taken as categories, the other columns given them"]
        for name, other, share in zip("xy", "yx", self.alone.masses, strict=True):
            if share:
                told.append(f"{share:.1%} of {name} is on atoms that {other} does not have")
        if max(self.open):
            part = f"{max(self.open):.1%} of rows"
            told.append(f"{part} are on cells too small to compare: the interval is wide")
        return told


def see(pair: Pair, atoms: Categories, fit: Fitter) -> Seen:
    """Return two samples with atoms as models see them."""
    apart = alone(atoms)
    met = ~np.concatenate([apart.x, apart.y])
    n, m = len(pair.x), len(pair.y)
    sign = np.concatenate([np.ones(n), -np.ones(m)])
    counts = int((met & (sign > 0)).sum()), int((met & (sign < 0)).sum())
    inner = Categories(atoms.columns, atoms.x[~apart.x], atoms.y[~apart.y])
    where = coordinates(pair.x[~apart.x], pair.y[~apart.y], inner) if met.any() else None
    modelled = where is not None and min(counts) >= LEAST
    order = np.flatnonzero(met)
    if where is not None and modelled:
        pool = _pool(where, order, sign, (n, m))
        fits = fit(pool, LevelDesigns(_by_row(where.levels, met)))
        unclear = order[where.lumped]
    else:
        pool = _pooled(np.empty((len(order), 0)), order, sign, (n, m))
        fits = [_constant(pool, counts)]
        unclear = order
    share = (float((unclear < n).sum()) / n, float((unclear >= n).sum()) / m)
    rest = np.flatnonzero(~met)
    whole = _pooled(np.zeros((n + m, 1)), np.concatenate([pool.place, rest]), sign, (n, m))
    return Seen(
        whole,
        [_extended(each, sign[rest]) for each in fits],
        apart,
        share,
        modelled,
        _limit_rows(pair, atoms),
    )


def _pool(where: Coordinates, order: Places, sign: FloatArray, sizes: tuple[int, int]) -> Pooled:
    """Rows that meet, whitened and by their radius."""
    z = where.values
    if z.shape[1]:
        weight = np.where(sign > 0, 0.5 / sizes[0], 0.5 / sizes[1])[order]
        centre, root = scatter(z, weight / weight.sum())
        z = linalg.solve_triangular(root, (z - centre).T, lower=True).T
    by_radius = np.argsort(np.einsum("ij,ij->i", z, z), kind="stable")
    return _pooled(np.ascontiguousarray(z[by_radius]), order[by_radius], sign, sizes)


def _pooled(z: FloatArray, place: Places, sign: FloatArray, sizes: tuple[int, int]) -> Pooled:
    """Rows of these places with the weights that they have among all."""
    own = sign[place]
    return Pooled(z, np.where(own > 0, 0.5 / sizes[0], 0.5 / sizes[1]), own, place)


def _by_row(blocks: tuple[FloatArray, ...], met: NDArray[np.bool_]) -> tuple[FloatArray, ...]:
    """Blocks with a row for each row of x and y, 0 where it does not meet."""
    made = []
    for block in blocks:
        whole = np.zeros((len(met), block.shape[1]))
        whole[met] = block
        made.append(whole)
    return tuple(made)


def _constant(pool: Pooled, counts: tuple[int, int]) -> Fit:
    """One logit for all rows that meet: log of their shares of x and of y."""
    x, y = (float(pool.weight[pool.sign == side].sum()) for side in (1, -1))
    logit = np.full(len(pool.z), math.log(x / y) if len(pool.z) else 0.0)
    spread = np.full(len(pool.z), sum(1 / max(count, 1) for count in counts))
    return Fit("shares of rows that meet", 0.0, logit, logit, spread, 1.0, np.zeros(1))


def _extended(fit: Fit, alone_sign: FloatArray) -> Fit:
    """The model with infinite logits at the rows that one sample alone has."""
    beyond = np.where(alone_sign > 0, np.inf, -np.inf)
    return replace(
        fit,
        logit=np.concatenate([fit.logit, beyond]),
        left_out=np.concatenate([fit.left_out, beyond]),
        variance=np.concatenate([fit.variance, np.zeros(len(beyond))]),
    )


def _limit_rows(pair: Pair, atoms: Categories) -> Pair:
    """Coordinates and indicators as columns of numbers, made without a look at who is of which."""
    where = coordinates(pair.x, pair.y, atoms)
    rows = np.column_stack([where.values, *(block[:, 1:] for block in where.levels)])
    return Pair(rows[: len(pair.x)], rows[len(pair.x) :])
