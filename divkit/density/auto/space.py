"""Recipes for samples of several columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from divkit.density.auto.recipes import FREE, Candidates, Recipe
from divkit.density.bandwidth import silverman
from divkit.density.base import DensityEstimator
from divkit.density.gaussian_mixture import GaussianMixture
from divkit.density.kde import KernelDensity
from divkit.density.nearest import NearestNeighbours
from divkit.distributions.base import Law
from divkit.types import FloatArray

_MOST = 8
_WIDTHS = (0.35, 0.6, 1.0)


@dataclass(frozen=True)
class OfEstimator:
    """The law of one estimator of divkit."""

    make: Callable[[FloatArray], DensityEstimator]

    def __call__(self, rows: FloatArray) -> Sequence[Law]:
        """Fit to rows (n, d)."""
        return [self.make(rows).fit(rows).as_law()]


def in_space(rows: FloatArray) -> Candidates:
    """Return the recipes for rows (n, d), d ≥ 2."""
    n, dim = rows.shape
    free = (dim + 1) * (dim + 2) / 2  # parameters of one component
    most = max(1, min(_MOST, int(n / (3 * free))))
    recipes = [
        Recipe(
            (f"{k} normals" if k > 1 else "normal",), OfEstimator(NormalsOf(k)), (float(k - 1),)
        )
        for k in range(1, most + 1)
    ]
    recipes += [
        Recipe((f"kernels, {width:g} of Silverman's",), OfEstimator(KernelsOf(width)), (FREE,))
        for width in _WIDTHS
    ]
    recipes.append(
        Recipe(("kernels as wide as their neighbours are far",), OfEstimator(_near), (FREE,))
    )
    return Candidates(tuple(recipes))


@dataclass(frozen=True)
class NormalsOf:
    """A normal mixture of so many components."""

    components: int

    def __call__(self, rows: FloatArray) -> DensityEstimator:
        """Return the estimator for rows (n, d)."""
        return GaussianMixture(components=self.components)


@dataclass(frozen=True)
class KernelsOf:
    """Kernels of so many of Silverman's widths."""

    factor: float

    def __call__(self, rows: FloatArray) -> DensityEstimator:
        """Return the estimator for rows (n, d)."""
        n, dim = rows.shape
        return KernelDensity(self.factor * silverman(n, dim))


def _near(rows: FloatArray) -> DensityEstimator:
    return NearestNeighbours()
