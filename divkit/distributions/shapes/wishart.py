r"""Wishart and inverse Wishart laws on the positive definite matrices of order n.

    Wishart    p(x) = |x|^{(ν−n−1)/2} e^{−tr(V⁻¹x)/2} / (2^{νn/2} |V|^{ν/2} Γ_n(ν/2))
    inverse    p(x) = |Ψ|^{ν/2} |x|^{−(ν+n+1)/2} e^{−tr(Ψx⁻¹)/2} / (2^{νn/2} Γ_n(ν/2))

in the entries on and below the diagonal, Γ_n the multivariate gamma function (Anderson 2003,
sections 7.2 and 7.7). Points are matrices flattened by rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from divkit.arrays import floats
from divkit.distributions.base import Law, finite
from divkit.distributions.families.multivariate import Matrix, positive_definite
from divkit.distributions.shapes.manifolds import DefiniteCone
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")


@dataclass(frozen=True)
class DefiniteLaw(Law):
    """A law on the positive definite matrices by degrees of freedom and a scale (n, n)."""

    df: float
    scale: Matrix

    def __post_init__(self) -> None:
        _check(self)

    @property
    def order(self) -> int:
        """n."""
        return len(self.scale)

    @property
    def dim(self) -> int:
        """The number of entries n²."""
        return self.order**2

    @property
    def support(self) -> DefiniteCone:
        """The positive definite matrices."""
        return DefiniteCone(self.order)

    @cached_property
    def _factor(self) -> FloatArray:
        return np.linalg.cholesky(np.array(self.scale))


@dataclass(frozen=True)
class Wishart(DefiniteLaw):
    """The law of Σ z zᵀ over ν independent z ~ N(0, V), and its continuation in ν.

    Parameters
    ----------
    df : degrees of freedom ν > n − 1.
    scale : V (n, n), symmetric positive definite; the mean is νV.

    Raises
    ------
    ValueError
        If df is not above n − 1, or scale is not symmetric positive definite.

    See Also
    --------
    divkit.InverseWishart : of the inverse.
    divkit.Gamma : of matrices of one entry.

    Examples
    --------
    >>> round(float(Wishart(3, [[1, 0], [0, 1]]).log_prob([[1.0, 0.0, 0.0, 1.0]])[0]), 6)
    -3.531024
    """

    def _log_prob(self, x: Tensor) -> Tensor:
        n, nu = self.order, self.df
        matrix = x.reshape(-1, n, n)
        trace = torch.cholesky_solve(matrix, x.new_tensor(self._factor)).diagonal(dim1=1, dim2=2)
        logs = 0.5 * (nu - n - 1) * _log_det(matrix) - 0.5 * trace.sum(dim=1)
        return logs - nu * float(np.log(np.diag(self._factor)).sum()) - log_constant(nu, n)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        root = self._factor @ bartlett(self.df, self.order, n, rng)
        return np.asarray(root @ root.transpose(0, 2, 1)).reshape(n, self.dim)

    @property
    def mean(self) -> FloatArray:
        """νV, flattened."""
        return self.df * np.array(self.scale).reshape(-1)

    @property
    def covariance(self) -> FloatArray:
        """ν(V_ik V_jl + V_il V_jk) of the entries ij and kl."""
        v = np.array(self.scale)
        pairs = np.einsum("ik,jl->ijkl", v, v) + np.einsum("il,jk->ijkl", v, v)
        return np.asarray(self.df * pairs.reshape(self.dim, self.dim))


@dataclass(frozen=True)
class InverseWishart(DefiniteLaw):
    """The law of X⁻¹, X ~ Wishart(ν, Ψ⁻¹).

    Parameters
    ----------
    df : degrees of freedom ν > n − 1.
    scale : Ψ (n, n), symmetric positive definite; the mean is Ψ/(ν − n − 1) where ν > n + 1.

    Raises
    ------
    ValueError
        If df is not above n − 1, or scale is not symmetric positive definite.

    See Also
    --------
    divkit.Wishart : the law of the inverse.

    Examples
    --------
    >>> law = InverseWishart(4.0, [[1.0, 0.0], [0.0, 1.0]])
    >>> law.log_prob([[1.0, 0.0, 0.0, 1.0]])
    array([-4.22417143])
    """

    def _log_prob(self, x: Tensor) -> Tensor:
        n, nu = self.order, self.df
        matrix = x.reshape(-1, n, n)
        inner = torch.linalg.solve_triangular(
            torch.linalg.cholesky(matrix), x.new_tensor(self._factor), upper=False
        )
        logs: Tensor = -0.5 * (nu + n + 1) * _log_det(matrix) - 0.5 * (inner * inner).sum(
            dim=(1, 2)
        )
        return logs + nu * float(np.log(np.diag(self._factor)).sum()) - log_constant(nu, n)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """X⁻¹ = L A⁻ᵀ A⁻¹ Lᵀ with Ψ = LLᵀ, and A Aᵀ of Wishart's law for the unit matrix."""
        lower = bartlett(self.df, self.order, n, rng)
        root = np.linalg.solve(lower, np.broadcast_to(self._factor.T, lower.shape))
        return np.asarray(root.transpose(0, 2, 1) @ root).reshape(n, self.dim)

    @property
    def mean(self) -> FloatArray:
        """Ψ/(ν − n − 1), flattened, where ν > n + 1; NaN elsewhere."""
        rest = self.df - self.order - 1
        flat = np.array(self.scale).reshape(-1)
        return flat / rest if rest > 0 else np.full(self.dim, math.nan)


def _check(law: Any) -> None:
    """Replace a law's parameters by checked ones."""
    size = len(np.atleast_2d(floats(law.scale, "scale")))
    object.__setattr__(law, "scale", positive_definite("scale", law.scale, size))
    object.__setattr__(law, "df", finite("df", law.df))
    if law.df <= size - 1:
        raise ValueError(f"df must be above {size - 1}, the order less one; got {law.df!r}.")


def log_constant(nu: float, n: int) -> float:
    """(νn/2) log 2 + log Γ_n(ν/2)."""
    return 0.5 * nu * n * math.log(2) + float(special.multigammaln(0.5 * nu, n))


def _log_det(matrix: Tensor) -> Tensor:
    root: Tensor = torch.linalg.cholesky(matrix)
    return 2 * root.diagonal(dim1=1, dim2=2).log().sum(dim=1)


def bartlett(nu: float, order: int, n: int, rng: np.random.Generator) -> FloatArray:
    """Lower triangles A (n, order, order) with A Aᵀ ~ Wishart(ν, 1) (Bartlett 1933)."""
    lower = np.tril(rng.standard_normal((n, order, order)), -1)
    each = np.arange(order)
    lower[:, each, each] = np.sqrt(rng.chisquare(nu - each, (n, order)))
    return lower
