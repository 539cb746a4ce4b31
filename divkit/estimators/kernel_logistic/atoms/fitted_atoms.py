r"""Two samples as models see them: rows that meet in one pool, and rows that one sample alone has.

Models are fitted to the rows whose atoms both samples have, each weighing 1/(2n) or 1/(2m) as
among all rows, so that a logit is log p − log q with the shares of the cells in it. At the other
rows it is +∞ or −∞ (`kernel_logistic.atoms.unshared`). Rows that models do not cover are *open*:
rows on rare levels that share an indicator, and all rows that meet where these are fewer than
`LEAST` of either sample. Open rows can add at most their share of the divergence's range.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from divkit.divergences.base import FDivergence
from divkit.estimators.common.doubts import Doubt
from divkit.estimators.common.dual import Readout
from divkit.estimators.common.pooled import Pooled, by_radius
from divkit.estimators.common.ridge_path import Fit
from divkit.estimators.kernel_logistic.atoms.coordinates import Coordinates, coordinates
from divkit.estimators.kernel_logistic.atoms.designs import LevelDesigns
from divkit.estimators.kernel_logistic.atoms.unshared import UnsharedAtoms, unshared_atoms
from divkit.estimators.kernel_logistic.fitted import FittedModels
from divkit.results import z_of
from divkit.samples import Categories, Pair
from divkit.types import FloatArray

LEAST = 40
"""Rows of each sample that must meet for models to be fitted."""
Places = NDArray[np.intp]
LevelFitter = Callable[[Pooled, LevelDesigns], list[Fit]]


@dataclass(frozen=True, eq=False)
class ModelsWithAtoms(FittedModels):
    """All rows of both samples with their models, where columns have atoms.

    The pool has rows that meet by their radius, then the others; its z are of no meaning. `rows`
    are coordinates and indicators.

    Attributes
    ----------
    unshared : the rows that one sample alone has.
    open : shares of x and of y that models are not asked about.
    """

    unshared: UnsharedAtoms
    open: tuple[float, float]

    @property
    def continuous(self) -> bool:
        """Whether no column has atoms."""
        return False

    @property
    def separate(self) -> bool:
        """Whether all rows are on atoms that one sample alone has."""
        return bool(self.unshared.x.all())

    def infinite(self, divergence: FDivergence) -> bool:
        """Return whether the divergence is infinite by what one sample alone has."""
        on_x = self.unshared.x.any() and math.isinf(divergence.slope_at_infinity)
        return bool(on_x or (self.unshared.y.any() and math.isinf(divergence.at_zero)))

    def _room(self, divergence: FDivergence) -> float:
        """The most that open rows may add."""
        share = max(self.open)
        return share * (divergence.upper - divergence.at_one) if share else 0.0

    def doubt(self, divergence: FDivergence) -> Doubt | None:
        """Return a doubt where open rows may add without limit."""
        if math.isfinite(self._room(divergence)):
            return None
        return Doubt("some cells have too few rows to compare", False)

    def interval(
        self, divergence: FDivergence, readout: Readout, level: float
    ) -> tuple[float, float, tuple[float, float]]:
        """Return value, error and interval with what rows do not exclude and what is open."""
        value = divergence.upper if self.separate else readout.value
        down = self.unshared.loss(divergence, self.unshared.missing(level))
        once = 1 / len(self.unshared.y), 1 / len(self.unshared.x)
        room = self._room(divergence)
        error = math.hypot(readout.error, self.unshared.loss(divergence, once), 0.5 * room)
        half = z_of(level) * readout.error
        ends = value - math.hypot(half, down), min(value + half + room, divergence.upper)
        return value, error, ends

    def warnings(self) -> list[str]:
        """Return what a reader must know of the atoms."""
        lines = ["columns with atoms are taken as categories, the other columns given them"]
        for name, other, share in zip("xy", "yx", self.unshared.masses, strict=True):
            if share:
                lines.append(f"{share:.1%} of {name} is on atoms that {other} does not have")
        if max(self.open):
            part = f"{max(self.open):.1%} of rows"
            lines.append(f"{part} are on cells too small to compare: the interval is wide")
        return lines


def see(pair: Pair, atoms: Categories, fit: LevelFitter) -> ModelsWithAtoms:
    """Return two samples with atoms and their models."""
    apart = unshared_atoms(atoms)
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
    extended = [_extended(each, sign[rest]) for each in fits]
    return ModelsWithAtoms(whole, extended, _limit_rows(pair, atoms), modelled, apart, share)


def _pool(where: Coordinates, order: Places, sign: FloatArray, sizes: tuple[int, int]) -> Pooled:
    """Rows that meet, whitened and by their radius."""
    if not where.values.shape[1]:
        return _pooled(where.values, order, sign, sizes)
    weight = np.where(sign > 0, 0.5 / sizes[0], 0.5 / sizes[1])[order]
    z, ranked = by_radius(where.values, weight / weight.sum())
    return _pooled(z, order[ranked], sign, sizes)


def _pooled(z: FloatArray, place: Places, sign: FloatArray, sizes: tuple[int, int]) -> Pooled:
    """Rows of these places with the weights that they have among all."""
    own = sign[place]
    return Pooled(z, np.where(own > 0, 0.5 / sizes[0], 0.5 / sizes[1]), own, place)


def _by_row(blocks: tuple[FloatArray, ...], met: NDArray[np.bool_]) -> tuple[FloatArray, ...]:
    """Blocks with a row for each row of x and y, 0 where it does not meet."""
    wholes = []
    for block in blocks:
        whole = np.zeros((len(met), block.shape[1]))
        whole[met] = block
        wholes.append(whole)
    return tuple(wholes)


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
