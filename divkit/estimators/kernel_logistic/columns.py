r"""Features of single columns and of pairs of columns: what kernels of all columns cannot learn.

The log ratio of two products of laws on the line is a sum of functions of one column each, that of
a curve in a plane, the rest idle, a function of two. A kernel of all d columns needs rows that
grow exponentially with d to learn either; a sum of low-dimensional functions is learnt at their
own rate (Stone 1985; functional analysis of variance: Wahba 1990, chapter 10). With g the columns
made normal by rank, which no divergence sees, the logit is

    f(z) = base(z) + Σ_j φ(g_j)·a_j + Σ_{(i,j) chosen} φ(g_i)ᵀ B_ij φ(g_j),

φ Nyström's features of a Gaussian kernel on the line, so that φ ⊗ φ are those of the kernel in the
plane. Three bases are offered: [1, z]; with the squares z zᵀ; and with squares of g and Student
scores of z, which hold the log ratio of a t copula to a Gaussian one. The first is offered along
independent axes, too (`kernel_logistic.axes`), for columns that were mixed. Pairs are chosen where
left-out residuals show an interaction (`kernel_logistic.interactions`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from scipy import special

from divkit.estimators.common.design import (
    LINEAR,
    Base,
    Design,
    nystrom,
    polynomial,
    products,
    student_scores,
)
from divkit.estimators.common.pooled import Pooled, normal_columns
from divkit.estimators.kernel_logistic.axes import independent_columns
from divkit.estimators.kernel_logistic.designs import PLANE
from divkit.types import FloatArray

ColumnPairs: TypeAlias = tuple[tuple[int, int], ...]
"""Columns (i, j), i < j, that act together."""

WIDTH, NARROW = 0.7, 0.35
"""Widths of kernels on a column made normal; the narrow one is offered for pairs only."""
_KNOTS = {WIDTH: 10, NARROW: 16}
_REFUTED = (
    "axes found as independent act together: they are not the laws' own, and what other ones "
    "would show is not known"
)
_FEW, _MOST = 0.25, 1024
"""Products of pairs may be at most this share of the rows, and so many."""


@dataclass(frozen=True)
class ByColumns:
    """A design made of functions of single columns and of pairs, for any pool.

    Attributes
    ----------
    squares : which squares stand beside: none, those of the whitened rows, or those of the
        columns made normal with Student scores.
    pairs : columns that act together.
    width : of the kernels of pairs.
    mixed : whether columns are those of `kernel_logistic.axes`, not the rows' own.
    """

    squares: Literal["none", "rows", "ranks"] = "none"
    pairs: ColumnPairs = ()
    width: float = WIDTH
    mixed: bool = False

    def __call__(self, pool: Pooled) -> Design:
        """The features of a pool's rows."""
        g = normal_columns(self.of(pool))
        base, penalty = self._base(pool, g)
        blocks = [base, *(on_column(column, WIDTH) for column in g.T)]
        if self.pairs:
            of = [on_column(column, self.width) for column in g.T]
            blocks += [products(of[i], of[j]) for i, j in self.pairs]
        features = np.hstack(blocks)
        rest = np.ones(features.shape[1] - len(penalty))
        against = _REFUTED if self.mixed and self.pairs else ""
        return Design(features, np.concatenate([penalty, rest]), str(self), against, again=self)

    def of(self, pool: Pooled) -> Pooled:
        """The pool with the columns that are meant as its own."""
        return replace(pool, own=independent_columns(pool)) if self.mixed else pool

    def __str__(self) -> str:
        """In words."""
        pairs = ", ".join(f"{i}×{j}" for i, j in self.pairs)
        beside = f" and pairs {pairs} with kernels of width {self.width:g}" if pairs else ""
        kind = "independent axis" if self.mixed else "column"
        return f"{_SQUARES[self.squares].words}functions of each {kind}{beside}"

    def _base(self, pool: Pooled, g: FloatArray) -> Base:
        return _SQUARES[self.squares].base(pool, g)


@dataclass(frozen=True)
class SquaresBase:
    """The base of a choice of squares, from a pool and its normal columns, and its words."""

    words: str
    base: Callable[[Pooled, FloatArray], Base]


def _linear(pool: Pooled, g: FloatArray) -> Base:
    base, penalty = polynomial(pool.z, pool.weight)
    kept = 1 + pool.dim
    return base[:, :kept], penalty[:kept]


def _of_ranks(pool: Pooled, g: FloatArray) -> Base:
    base, penalty = polynomial(g, pool.weight)
    scores = student_scores(pool)
    return np.hstack([base, scores]), np.append(penalty, [LINEAR] * scores.shape[1])


_SQUARES: Mapping[str, SquaresBase] = {
    "none": SquaresBase("", _linear),
    "rows": SquaresBase(
        "squares of whitened rows, ", lambda pool, g: polynomial(pool.z, pool.weight)
    ),
    "ranks": SquaresBase("squares of rank-normal columns, Student scores, ", _of_ranks),
}


def alone(pool: Pooled) -> Iterator[ByColumns]:
    """The designs without pairs; none in the plane or on the line, where kernels reach."""
    if pool.dim > PLANE:
        yield from (ByColumns("none"), ByColumns("rows"), ByColumns("ranks"))
        yield ByColumns("none", mixed=True)


def together(pool: Pooled, alone: ByColumns, pairs: ColumnPairs) -> Iterator[ByColumns]:
    """The same with pairs, at each width whose products are few for the rows."""
    for width in (WIDTH, NARROW):
        if 0 < len(pairs) <= most_pairs(pool, width):
            yield replace(alone, pairs=pairs, width=width)


def most_pairs(pool: Pooled, width: float = WIDTH) -> int:
    """Return how many pairs the rows allow at kernels of this width."""
    return int(min(_FEW * len(pool.z), _MOST) / _KNOTS[width] ** 2)


def on_column(column: FloatArray, width: float) -> FloatArray:
    """Features (N, rank) of a normal column (N,), knots at quantiles of equal distance."""
    count = _KNOTS[width]
    knots = special.ndtri((np.arange(count) + 0.5) / count)
    return nystrom(column[:, None], knots[:, None], width)
