"""Recipes for samples of several columns.

In the units of the rows and in their normal scores: normal mixtures, the best of a few starts and
the mean of them, mixtures of factor analysers, kernels, and kernels as wide as the way to near
neighbours. In the units of the rows Student's t, and in the plane steps on grids; of the scores
independence, and vines of pair copulas. Orders of mixtures are first tried without one fold, and
the best go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from divkit.density.auto.recipes import FREE, Candidates, Recipe, folds_of
from divkit.density.auto.scores import Scored, scores_in
from divkit.density.auto.space_factors import FactorNormals, scaling
from divkit.density.auto.space_mixtures import law_of, mean_log, mixtures_of, together, whitened
from divkit.density.auto.space_student import student
from divkit.density.auto.vines import CHOSEN, vine
from divkit.density.bandwidth import silverman
from divkit.density.base import DensityEstimator
from divkit.density.histogram_space import GridSteps, locate
from divkit.density.kde import KernelDensity
from divkit.density.nearest import NearestNeighbours
from divkit.distributions.base import Law
from divkit.distributions.families.multivariate import normal_law
from divkit.types import FloatArray

_ORDERS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 40)
_ROWS_A_COMPONENT = 3
_STARTS, _TRIED, _TRIAL, _PATIENCE = 4, 2, 5, 3
_ORDERED = 3000
"""Rows on which orders are tried, at most."""
_WIDTHS = (0.35, 0.6, 1.0)
_BINS = (4, 8, 16, 32)
_PLANE = 2
_ALIKE = 2.0
_SHARED = (0.5, _ALIKE, 1e6)
"""Rows' worth of the pooled covariance in a component's, in dimensions: few, some, all."""
_KEPT = {(0.5, False): 2, (_ALIKE, False): 1, (_ALIKE, True): 2, (1e6, False): 1}
"""Numbers of each kind, of covariances and of means of starts, that go on."""
_FACTORS, _FACTORED = (1, 2, 4), 2
"""Numbers of factors that are tried, and of such mixtures that go on."""
_ROWS_A_FACTOR = 4
_VINE = 3.0
"""Price of a vine, which chooses among many families for each pair."""
_KINDS = {_ALIKE: ", alike", 1e6: ", of one covariance"}


@dataclass(frozen=True)
class Normals:
    """A mixture of so many normal laws.

    Attributes
    ----------
    order : how many.
    shared : rows' worth of the pooled covariance, times the dimension.
    averaged : whether the mean of all starts is taken, and not the best.
    """

    order: int
    shared: float
    averaged: bool

    def __call__(self, rows: FloatArray) -> Sequence[Law]:
        """Fit to rows (n, d)."""
        frame, z = whitened(rows)
        kept = _STARTS if self.averaged else 1
        found = mixtures_of(z, self.order, self.shared * z.shape[1], _STARTS, kept)
        if not self.averaged:
            return [law_of(found[0][1], frame)]
        return [law_of(together([parts for _, parts in found]), frame)]

    @property
    def words(self) -> str:
        """The name that a stack gives it."""
        plain = "normal" if self.order == 1 else f"{self.order} normals"
        like = _KINDS.get(self.shared, "")
        return f"mean of {_STARTS} mixtures of {plain}{like}" if self.averaged else plain + like


_Mixture = TypeVar("_Mixture", Normals, FactorNormals)


@dataclass(frozen=True)
class OfEstimator:
    """The law of one estimator of divkit."""

    make: Callable[[FloatArray], DensityEstimator]

    def __call__(self, rows: FloatArray) -> Sequence[Law]:
        """Fit to rows (n, d)."""
        return [self.make(rows).fit(rows).as_law()]


@dataclass(frozen=True)
class KernelsOf:
    """Kernels of so many of Silverman's widths."""

    factor: float

    def __call__(self, rows: FloatArray) -> DensityEstimator:
        """Return the estimator for rows (n, d)."""
        n, dim = rows.shape
        return KernelDensity(self.factor * silverman(n, dim))


@dataclass(frozen=True)
class GridOf:
    """Steps on so many cells a side between ends (d, 2), each with half a row of its own."""

    bins: int
    ends: tuple[tuple[float, float], ...]

    def __call__(self, rows: FloatArray) -> Sequence[Law]:
        """Fit to rows (n, d)."""
        edges = tuple(np.linspace(low, high, self.bins + 1) for low, high in self.ends)
        shape = (self.bins,) * len(edges)
        counts = np.full(shape, 0.5)
        np.add.at(counts, tuple(locate(rows, edges).T), 1.0)
        places = np.argwhere(counts > 0)
        masses = counts.reshape(-1) / counts.sum()
        return [GridSteps(edges, places, masses, f"steps on {self.bins} cells a side")]


def independent(z: FloatArray) -> Sequence[Law]:
    """Return N(0, I), whatever the scores are: the columns are independent."""
    dim = z.shape[1]
    return [normal_law(np.zeros(dim), np.eye(dim))]


def in_space(rows: FloatArray) -> Candidates:
    """Return the recipes for rows (n, d), d ≥ 2."""
    scores = scores_in(rows)
    student_t = Recipe(("Student's t",), student, (1.0,), everywhere=True)
    recipes = [*_mixtures(rows), student_t, _NEAR, *_kernels(rows), *_grids(rows)]
    try:
        z = scores.of(rows)[1]
    except ValueError as error:  # a margin refuses the rows: none of the scores is tried
        return Candidates(tuple(recipes), dropped=(("fits of normal scores", str(error)),))
    alone = Recipe(("independent columns",), independent)
    few = f", trees and families by {CHOSEN} rows" if len(rows) > CHOSEN else ""
    of_pairs = Recipe((f"vine of pair copulas{few}",), vine, (_VINE,))
    on_scores = [alone, *_mixtures(z), _NEAR, of_pairs]
    recipes += [
        Recipe(tuple(_of_scores(name) for name in r.names), Scored(scores, r.fit), r.prices)
        for r in on_scores
    ]
    return Candidates(tuple(recipes))


def _of_scores(name: str) -> str:
    return name if name.startswith("independent") else f"{name}, of normal scores"


def _mixtures(rows: FloatArray) -> Iterable[Recipe]:
    found: list[Normals | FactorNormals] = [*_promising(rows), *_promising_factors(rows)]
    for each in found:
        price = min(float(each.order - 1), FREE)
        yield Recipe((each.words,), each, (price,), everywhere=True)


def _kernels(rows: FloatArray) -> Iterable[Recipe]:
    for width in _WIDTHS[:2] if rows.shape[1] <= _PLANE else _WIDTHS[1:]:
        name = f"kernels, {width:g} of Silverman's"
        yield Recipe((name,), OfEstimator(KernelsOf(width)), (FREE,))


def _near(rows: FloatArray) -> DensityEstimator:
    return NearestNeighbours(k=min(8, len(rows) - 1), factor=1.0)


_NEAR = Recipe(("kernels as wide as near neighbours are far",), OfEstimator(_near), (FREE,))


def _grids(rows: FloatArray) -> Iterable[Recipe]:
    if rows.shape[1] > _PLANE:
        return
    gap = np.ptp(rows, axis=0) / len(rows)
    low, high = rows.min(axis=0) - gap, rows.max(axis=0) + gap
    ends = tuple(zip(low.tolist(), high.tolist(), strict=True))
    for bins in _BINS:
        if bins ** rows.shape[1] <= len(rows):
            yield Recipe((f"steps on {bins} cells a side",), GridOf(bins, ends), (FREE,))


def _promising(rows: FloatArray) -> list[Normals]:
    """The best mixtures of each kind by the likelihood of one fold, and the plainest."""
    n, dim = rows.shape
    some = _some(rows)
    fold = folds_of(len(some), _TRIAL)[0]
    frame, z = whitened(np.delete(some, fold, axis=0))
    held = frame.of(some[fold])
    scores: dict[Normals, float] = {}
    for order in _ORDERS:
        if order * max(_ROWS_A_COMPONENT * dim, 8) > n or _falls(scores, order):
            break
        for shared in _SHARED:
            found = mixtures_of(z, order, shared * dim, _TRIED)
            scores[Normals(order, shared, False)] = mean_log(found[0][1], held)
            if shared == _ALIKE:
                mean = together([parts for _, parts in found])
                scores[Normals(order, shared, True)] = mean_log(mean, held)
    kept = [Normals(1, _SHARED[0], False)]
    for (shared, averaged), count in _KEPT.items():
        kind = [e for e in scores if (e.shared, e.averaged) == (shared, averaged)]
        kept += sorted(kind, key=lambda each: -scores[each])[:count]
    return kept


def _promising_factors(rows: FloatArray) -> list[FactorNormals]:
    """The best mixtures of factor analysers by the likelihood of one fold."""
    n, dim = rows.shape
    ranks = [rank for rank in _FACTORS if 2 * rank < dim - 1]
    if not ranks:
        return []
    some = _some(rows)
    fold = folds_of(len(some), _TRIAL)[0]
    left = np.delete(some, fold, axis=0)
    frame = scaling(left)
    z, held = frame.of(left), frame.of(some[fold])
    scores: dict[FactorNormals, float] = {}
    for rank in ranks:
        own: dict[FactorNormals, float] = {}
        for order in (1, *_ORDERS):
            if order * (rank + 2) * _ROWS_A_FACTOR > n or _falls(own, order):
                break
            each = FactorNormals(order, rank)
            own[each] = mean_log(each.fitted(z, _TRIED), held)
        scores |= own
    return sorted(scores, key=lambda each: -scores[each])[:_FACTORED]


def _some(rows: FloatArray) -> FloatArray:
    """Rows to try orders on."""
    places = np.random.default_rng(1).permutation(len(rows))[:_ORDERED]
    return np.asarray(rows[np.sort(places)])


def _falls(scores: Mapping[_Mixture, float], order: int) -> bool:
    """Whether the best order so far is `_PATIENCE` behind."""
    if not scores:
        return False
    best = max(scores, key=lambda each: scores[each]).order
    orders = (1, *_ORDERS)
    return orders.index(order) > orders.index(best) + _PATIENCE
