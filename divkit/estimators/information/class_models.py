r"""The models of a label's logit: rows that weigh alike, designs × ridges.

Beside the kernels and the functions of single columns of `divkit.estimators.kernel_logistic` stand
[1, z] and [1, z, z zᵀ], as a shift in one of twenty columns takes twenty-one parameters. Of many
rows only the designs that are best on a part of them are fitted to all.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from divkit.estimators.common.design import Design, polynomial
from divkit.estimators.common.pooled import Pooled, by_radius, of_each
from divkit.estimators.common.ridge_path import Fit
from divkit.estimators.kernel_logistic.models import RIDGES, WIDTHS, Menu, fitted
from divkit.samples import standard
from divkit.types import FloatArray

MENU = Menu(None, WIDTHS, RIDGES)


def pool_of(z: FloatArray, first: NDArray[np.bool_]) -> Pooled:
    """Whitened rows of z (n, d) by their distance from the centre, each of weight 1/n.

    Raises
    ------
    ValueError
        If a column is a linear function of others.
    """
    weight = np.full(len(z), 1 / len(z))
    z, order = by_radius(standard(z)(z), weight)
    return Pooled(z, weight, np.where(first[order], 1.0, -1.0), order)


def fits_of(pool: Pooled, rng: np.random.Generator) -> list[Fit]:
    """Every model; of more than `PILOT` rows, those of the best `FINALISTS` designs."""
    seed = int(rng.integers(2**32))
    return fitted(MENU, pool, lambda rows: _fixed(rows, seed), part=_part, path=MENU.best)


def _fixed(pool: Pooled, seed: int) -> Iterator[Design]:
    """The designs that every pool has."""
    base, penalty = polynomial(pool.z, pool.weight)
    linear = 1 + pool.dim
    yield Design(base[:, :linear], penalty[:linear], "[1, z]")
    yield Design(base, penalty, "[1, z, z zᵀ]")
    yield from MENU.kernels(pool, np.random.default_rng(seed))


def _part(pool: Pooled, step: int) -> Pooled:
    """Every step-th row of each side, all of the same weight."""
    kept = of_each(pool.sign, step)
    weight = np.full(len(kept), 1 / len(kept))
    return Pooled(pool.z[kept], weight, pool.sign[kept], pool.place[kept])
