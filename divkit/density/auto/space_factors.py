r"""Mixtures of factor analysers: normal laws whose covariances have few directions of their own.

The covariance of a component is ΛΛᵀ + Ψ with Λ (d, r) and Ψ diagonal, d(r + 1) numbers where a
free one has d(d + 1)/2 (Ghahramani, Hinton 1996, eqs. 4 to 8). For a given Ψ the best Λ is of the
r largest eigenvalues of Ψ^{−½}SΨ^{−½}, and for a given Λ the best Ψ is the diagonal of S − ΛΛᵀ
(Jöreskog 1967, eqs. 17 to 20); S is the component's scatter, a row's worth of it the pooled one.
Columns are scaled and not turned, since factors are of the columns as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from divkit.density.auto.space_mixtures import Components, law_of, mixtures_of
from divkit.density.kernel_space import Whitening
from divkit.distributions.base import Law
from divkit.types import FloatArray

_STEPS = 6
_LEAST = 5e-3
"""A column's own variance is this share of its whole one at least: none collapses."""
_SHARED = 1.0
"""Rows' worth of the pooled covariance."""


@dataclass(frozen=True)
class FactorNormals:
    """A mixture of normal laws of so many factors each.

    Attributes
    ----------
    order : number of components.
    factors : r, the directions that a component has beside its columns'.
    """

    order: int
    factors: int

    def __call__(self, rows: FloatArray, starts: int = 4) -> Sequence[Law]:
        """Fit to rows (n, d)."""
        frame = scaling(rows)
        return [law_of(self.fitted(frame.of(rows), starts), frame)]

    def fitted(self, z: FloatArray, starts: int) -> Components:
        """Return the components of scaled rows (n, d) from the best of several starts."""
        return mixtures_of(z, self.order, _SHARED, starts, 1, self.shape)[0][1]

    def shape(self, scatter: FloatArray) -> FloatArray:
        """Return covariances of so many factors."""
        return factored(scatter, self.factors, _STEPS)

    @property
    def words(self) -> str:
        """The name that a stack gives it."""
        plain = "normal" if self.order == 1 else f"{self.order} normals"
        return f"{plain} of {self.factors} factor{'s' * (self.factors > 1)}"


def scaling(rows: FloatArray) -> Whitening:
    """Return the frame in which each column of rows (n, d) has mean 0 and variance 1."""
    return Whitening(rows.mean(axis=0), np.diag(rows.std(axis=0)))


def factored(scatter: FloatArray, factors: int, steps: int) -> FloatArray:
    """Return ΛΛᵀ + Ψ of the largest likelihood for scatters (…, d, d), nearly.

    Parameters
    ----------
    scatter : symmetric and positive definite.
    factors : r, columns of Λ.
    steps : alternations between Λ and Ψ, from Ψ = (1 − r/2d)/diag S⁻¹ (Jöreskog 1967, eq. 26).

    Examples
    --------
    >>> load = np.array([[0.9], [0.8], [0.7], [0.6]])
    >>> matrix = load @ load.T + np.diag(1 - load[:, 0] ** 2)
    >>> float(abs(factored(matrix, 1, 200) - matrix).max()) < 1e-6
    True
    """
    whole = np.diagonal(scatter, axis1=-2, axis2=-1)
    inverse = np.diagonal(np.linalg.inv(scatter), axis1=-2, axis2=-1)
    own = (1 - 0.5 * factors / scatter.shape[-1]) / inverse
    for _ in range(steps):
        own = np.maximum(own, _LEAST * whole)
        unit = np.sqrt(own)
        values, vectors = np.linalg.eigh(scatter / (unit[..., :, None] * unit[..., None, :]))
        length = np.sqrt(np.maximum(values[..., -factors:] - 1, 0.0))
        load = unit[..., None] * vectors[..., -factors:] * length[..., None, :]
        own = whole - (load**2).sum(axis=-1)
    own = np.maximum(own, _LEAST * whole)
    return np.asarray(load @ np.swapaxes(load, -1, -2) + own[..., None] * np.eye(own.shape[-1]))
