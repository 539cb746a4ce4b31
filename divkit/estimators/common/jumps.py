r"""Products of square waves of columns: log ratios that jump where several columns cross at once.

A checkerboard, or two laws that differ by the sign of a product of columns, differ by the product
of functions of single columns that jump between −1 and 1, and by nothing that smooth functions or
fewer columns show. With u the columns' ranks in (0, 1) and s_k(u) = (−1)^⌊ku⌋, of k equal cells,

    φ = Π_{j ∈ J} s_{k_j}(u_j)

is ±1, so that the score of a fit in its direction (`divkit.estimators.misfit`) has a variance that
does not depend on φ but for its mean. It is taken in the direction of φ less its mean: every fit
has a constant, whose score at left-out logits is what leaving a row out does, more in the smaller
sample, with next to no variance where the laws are alike. All sets J are tried up to `_MOST`
products, more cells the fewer the columns; p-values are multiplied by the number of products
(Bonferroni). In products that speak the cuts between cells are moved to where the score is
largest, one after the other: ranks place a cut only within n^{−½} of the rows, and each row on
its wrong side has the wrong sign.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from divkit.estimators.common.design import LINEAR, Design
from divkit.estimators.common.doubts import Doubt
from divkit.estimators.common.pooled import Pooled, normal_columns
from divkit.estimators.common.ridge_path import (
    Fit,
    losses,
    score_residual,
    spread_of_mean,
)
from divkit.types import FloatArray

LEVEL = 1e-4
"""Of the tests of all products together."""
_MOST, _CELLS, _ALL = 4096, 32, 12
_SWEEPS = 3

Cells: TypeAlias = tuple[int, ...]
"""Numbers of cells, one for each column; 1 for a column that has no part."""


@dataclass(frozen=True)
class Jumps:
    """A product of square waves: for each column that has a part its cuts, in the pool's own.

    Attributes
    ----------
    cuts : columns with their cuts, increasing.
    """

    cuts: tuple[tuple[int, tuple[float, ...]], ...]

    def __call__(self, pool: Pooled) -> FloatArray:
        """±1 at each row of a pool (N,)."""
        own = _own(pool)
        waves = [_wave(own[:, column], np.array(cuts)) for column, cuts in self.cuts]
        return np.asarray(np.prod(waves, axis=0))

    @property
    def count(self) -> int:
        """Number of cuts."""
        return sum(len(cuts) for _, cuts in self.cuts)

    def __str__(self) -> str:
        """In words."""
        return "×".join(str(column) for column, _ in self.cuts)


def with_jumps(design: Design, pool: Pooled, found: Sequence[Jumps]) -> Design:
    """Return the design with products of square waves beside its features."""
    beside = np.column_stack([each(pool) for each in found])

    def again(other: Pooled) -> Design:
        if design.again is None:
            raise ValueError(f"{design.label} cannot be made of other rows.")
        return with_jumps(design.again(other), other, found)

    words = ", ".join(map(str, found))
    return Design(
        np.hstack([design.features, beside]),
        np.concatenate([design.penalty, np.full(len(found), LINEAR)]),
        f"{design.label}, and jumps in columns {words}",
        design.against,
        again=None if design.again is None else again,
    )


def strongest(pool: Pooled, left_out: FloatArray) -> tuple[Cells, float]:
    """Return the product of largest score at left-out logits (N,), and standard errors of it."""
    first, second = _menu(pool.dim)
    scores = np.abs(_scores(pool, left_out, first, second))
    i, j = np.unravel_index(int(scores.argmax()), scores.shape)
    cells = tuple(max(pair) for pair in zip(first[i], second[j], strict=True))
    return cells, float(scores[i, j])


def threshold(pool: Pooled) -> float:
    """Standard errors beyond which a product of so many speaks, at `LEVEL`."""
    first, second = _menu(pool.dim)
    return float(-special.ndtri(0.5 * LEVEL / (len(first) * len(second))))


def placed(pool: Pooled, left_out: FloatArray, cells: Cells) -> Jumps:
    """The product of so many cells, its cuts where the score is largest."""
    own, residual = _own(pool), pool.weight * score_residual(pool, left_out)
    share = special.ndtr(normal_columns(pool))
    columns = [j for j, count in enumerate(cells) if count > 1]
    cuts = {
        j: np.array([_edge(own[:, j], share[:, j], k / cells[j]) for k in range(1, cells[j])])
        for j in columns
    }
    for _, j in product(range(_SWEEPS), columns):
        others = [_wave(own[:, i], cuts[i]) for i in columns if i != j]
        cuts[j] = _moved(own[:, j], np.prod([residual, *others], axis=0), cuts[j])
    return Jumps(tuple((j, tuple(cuts[j].tolist())) for j in columns))


def jumps_unseen(pool: Pooled, fits: Iterable[Fit]) -> Doubt | None:
    """Return the doubt where every fit leaves a product that speaks and is worth an error."""
    least = min((_left(pool, fit) for fit in fits), key=lambda left: left[1])
    cells, strength, worth = least
    if strength <= threshold(pool) or worth < 1.0:
        return None
    names = "×".join(str(j) for j, count in enumerate(cells) if count > 1)
    return Doubt(
        f"the laws differ by jumps in columns {names} that the fitted ratios do not show "
        f"({strength:.1f} standard errors of a score)",
        False,
    )


def _left(pool: Pooled, fit: Fit) -> tuple[Cells, float, float]:
    """The strongest product, its strength, and the loss it is worth in errors of the loss."""
    cells, strength = strongest(pool, fit.left_out)
    error = spread_of_mean(pool.weight, losses(pool, fit.left_out))
    gain = 0.5 * strength**2 / len(pool.z)
    return cells, strength, gain / error if error > 0 else 0.0


def _own(pool: Pooled) -> FloatArray:
    return pool.z if pool.own is None else pool.own


def _wave(column: FloatArray, cuts: FloatArray) -> FloatArray:
    """1 below the first cut, −1 up to the second, …"""
    return np.asarray(1.0 - 2.0 * (np.searchsorted(cuts, column, side="left") % 2))


def _edge(column: FloatArray, share: FloatArray, at: float) -> float:
    """The largest value of the column whose rank is at most so much; the least one otherwise."""
    below = column[share <= at]
    return float(below.max() if below.size else column.min())


def _moved(column: FloatArray, force: FloatArray, cuts: FloatArray) -> FloatArray:
    """Each cut, between its neighbours, where |Σ force · wave| is largest; sides stay."""
    order = np.argsort(column, kind="stable")
    values, ends = column[order], np.flatnonzero(np.diff(column[order]) > 0)
    total = np.cumsum(force[order])
    sense = float(np.sign(force @ _wave(column, cuts)))
    moved = cuts.copy()
    for k in range(len(cuts)):
        low = moved[k - 1] if k else -math.inf
        high = moved[k + 1] if k + 1 < len(cuts) else math.inf
        between = ends[(values[ends] > low) & (values[ends] < high)]
        if between.size:
            best = between[int((sense * (-1.0) ** k * total[between]).argmax())]
            moved[k] = 0.5 * values[best] + 0.5 * values[best + 1]
    return moved


def _menu(dim: int) -> tuple[list[Cells], list[Cells]]:
    """Two lists of products: what one of the first and one of the second make is tried.

    Of up to `_ALL` columns the halves of all products; of more, one column and up to two others.
    """
    if dim > _ALL:
        singles = [_cells(dim, (j,)) for j in range(dim)]
        both = [_cells(dim, pair) for pair in combinations(range(dim), 2)]
        return [_cells(dim, ()), *singles], both
    most = min(_CELLS, int(_MOST ** (1 / dim) + 1e-9))
    half = (dim + 1) // 2
    first = [(*cells, *(1,) * (dim - half)) for cells in product(range(1, most + 1), repeat=half)]
    rest = product(range(1, most + 1), repeat=dim - half)
    return first, [(*(1,) * half, *cells) for cells in rest]


def _cells(dim: int, columns: Sequence[int]) -> Cells:
    return tuple(2 if j in columns else 1 for j in range(dim))


def _scores(
    pool: Pooled, left_out: FloatArray, first: list[Cells], second: list[Cells]
) -> FloatArray:
    """The scores of all products of one of the first and one of the second, in standard errors.

    Each product is taken less its mean c: (φ − c)² = 1 + c² − 2cφ. One that is the same at every
    row, as of few labels, is no direction.
    """
    share = special.ndtr(normal_columns(pool))
    a, b = (_waves(share, part) for part in (first, second))

    def sums(weight: FloatArray, side: NDArray[np.bool_]) -> FloatArray:
        """Σ weight · φ over rows, of each product."""
        return np.asarray((a[side] * weight[:, None]).T @ b[side])

    centre = sums(pool.weight, np.ones(len(share), dtype=bool))
    residual = score_residual(pool, left_out)
    score = np.zeros((len(first), len(second)))
    variance = score.copy()
    for side in (pool.sign > 0, pool.sign < 0):
        r = residual[side]
        mean = sums(r, side) / len(r) - centre * r.mean()
        square = (1 + centre**2) * np.mean(r**2) - 2 * centre * sums(r**2, side) / len(r)
        score, variance = score + mean, variance + (square - mean**2) / len(r)
    least = pool.weight[pool.weight > 0].min()
    varies = (1 - np.abs(centre) > least) & (variance > 0)  # some row is apart; beyond rounding
    spread = np.sqrt(variance, out=np.ones_like(score), where=varies)
    return np.where(varies, score / spread, 0.0)


def _waves(share: FloatArray, part: list[Cells]) -> FloatArray:
    """The products of a list at each row (N, K)."""
    counts = sorted({count for cells in part for count in cells})
    table = {k: 1.0 - 2.0 * (np.floor(k * share) % 2) for k in counts}
    columns = [
        np.prod([table[count][:, j] for j, count in enumerate(cells) if count > 1], axis=0)
        if max(cells) > 1
        else np.ones(len(share))
        for cells in part
    ]
    return np.column_stack(columns)
