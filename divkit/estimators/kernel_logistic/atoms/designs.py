r"""Features of kernel logistic regression where columns have atoms.

Beside [1, z, z zᵀ] of the continuous coordinates z stand indicators e of the levels, e z, and
products of indicators of two columns. A design without kernels has e z zᵀ as well: spreads that
differ from level to level are quadratic in each. Kernels are Gaussian in (z, t e/√2): t is the
distance between two levels of a column, so that rows of one cell see each other most, and other
cells the less the narrower the kernel. Without continuous coordinates the indicators of all cells
are one design, which fits a table of counts whole, and sums over columns and pairs of columns
another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from divkit.estimators.common.design import (
    LINEAR,
    SQUARE,
    Base,
    Design,
    kernel_designs,
    polynomial,
    products,
    squares,
    unit_block,
)
from divkit.estimators.common.pooled import Pooled, rank_gaussian
from divkit.types import FloatArray

MOST = 150
"""Features beside the kernels beyond which products of indicators are left out."""
APART = (0.75, 1.5)
"""Distances of two levels, in medians of the distance between rows."""


@dataclass(frozen=True, eq=False)
class LevelDesigns:
    """Designs for a pool whose rows have levels.

    Attributes
    ----------
    levels : a block of indicators for each column with atoms (N, K), in the order of x, then y.
    """

    levels: tuple[FloatArray, ...]

    def __call__(
        self, pool: Pooled, centres: int, widths: Sequence[float], rng: np.random.Generator
    ) -> Iterator[Design]:
        """Yield the designs."""
        blocks = [block[pool.place] for block in self.levels]
        chosen = np.sort(rng.choice(len(pool.z), min(centres, len(pool.z)), replace=False))
        base = _levels(blocks, pool)
        if not pool.dim:
            yield from _tables(blocks, base)
            if len(blocks) > 1:
                yield from _kernels("levels", np.hstack(blocks), base, chosen, (0.5, 1.0), 1.0)
            return
        flat = rank_gaussian(pool)
        for name, z, apart in (("whitened", pool.z, APART[1]), ("rank-Gaussian", flat, APART[0])):
            median = float(np.median(pdist(z[chosen]))) or 1.0
            joint = np.hstack([z, *(apart * median / np.sqrt(2) * b for b in blocks)])
            whole = _beside(_joined(polynomial(z, pool.weight), base), z, blocks, pool)
            yield from _kernels(f"{name} rows and levels", joint, whole, chosen, widths, None)
            by_level = [products(block[:, 1:], squares(z)) for block in blocks]
            yield Design(*_with(whole, by_level, pool), f"{name} squares by level")


def _levels(blocks: list[FloatArray], pool: Pooled) -> Base:
    """[1, e] without the commonest level of each column."""
    own = [block[:, 1:] for block in blocks]
    features = np.hstack([np.ones((len(pool.z), 1)), *(unit_block(e, pool.weight) for e in own)])
    return features, np.r_[0.0, np.full(features.shape[1] - 1, LINEAR)]


def _tables(blocks: list[FloatArray], base: Base) -> Iterator[Design]:
    """A table of counts: its cells, or its margins of one and two columns."""
    yield Design(*base, "levels of each column")
    if len(blocks) < 2:
        return
    pairs = np.hstack([products(a[:, 1:], b[:, 1:]) for a, b in combinations(blocks, 2)])
    if pairs.shape[1] <= 2 * MOST:
        both = np.hstack([base[0], pairs])
        yield Design(both, np.r_[base[1], np.full(pairs.shape[1], SQUARE)], "pairs of columns")
    pattern = np.unique(np.hstack(blocks), axis=0, return_inverse=True)[1].reshape(-1)
    if len(blocks) > 2 and pattern.max() < 2 * MOST:
        cells = (pattern[:, None] == np.arange(pattern.max() + 1)).astype(np.float64)
        both = np.hstack([base[0], cells])
        yield Design(both, np.r_[base[1], np.full(cells.shape[1], SQUARE)], "cells")


def _kernels(
    name: str,
    u: FloatArray,
    base: Base,
    chosen: NDArray[np.intp],
    widths: Sequence[float],
    scale: float | None,
) -> Iterator[Design]:
    """The base and kernels of u at the distinct rows chosen, at each width."""
    marks = np.unique(u[chosen], axis=0)
    if len(marks) < 2:
        yield Design(*base, name)
        return
    unit = float(np.median(pdist(marks))) if scale is None else scale
    yield from kernel_designs(name, u, base, marks, unit, widths)


def _joined(polynomials: Base, base: Base) -> Base:
    """[1, z, z zᵀ, e]."""
    return (
        np.hstack([polynomials[0], base[0][:, 1:]]),
        np.concatenate([polynomials[1], base[1][1:]]),
    )


def _beside(base: Base, z: FloatArray, blocks: list[FloatArray], pool: Pooled) -> Base:
    """The base, e z, and products of two columns' indicators, as far as there is room."""
    beside = [products(block[:, 1:], z) for block in blocks]
    beside += [products(a[:, 1:], b[:, 1:]) for a, b in combinations(blocks, 2)]
    return _with(base, beside, pool)


def _with(base: Base, beside: Iterable[FloatArray], pool: Pooled) -> Base:
    """The base and blocks beside it, as far as there is room."""
    features, penalty = base
    for each in beside:
        if features.shape[1] + each.shape[1] <= min(MOST, len(pool.z) // 4):
            features = np.hstack([features, unit_block(each, pool.weight)])
            penalty = np.concatenate([penalty, np.full(each.shape[1], SQUARE)])
    return features, penalty
