r"""The LKJ law on correlation matrices of order n: p(R) ∝ |R|^{η−1}.

Row k of the Cholesky factor, k = 1 … n − 1, is (√b_k · u_k, √(1 − b_k)), u_k uniform on the sphere
of R^k and b_k ~ Beta(k/2, η + (n−1−k)/2), all independent (Lewandowski, Kurowicka, Joe 2009,
section 3.2, the onion). The u_k have one law whatever η, so that divergences are those of the
independent 1 − b_k.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.distributions.base import Law, positive
from divkit.distributions.compose.product import product
from divkit.distributions.counts.checks import whole
from divkit.distributions.families.bounded import Beta
from divkit.distributions.shapes.manifolds import Correlations
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")


@dataclass(frozen=True)
class CorrelationLaw(Law):
    """A law on correlation matrices of an order n, or on their factors, by a power eta."""

    order: int
    eta: float

    def __post_init__(self) -> None:
        _check(self)

    @property
    def dim(self) -> int:
        """The number of entries n²."""
        return self.order**2


@dataclass(frozen=True)
class LKJ(CorrelationLaw):
    """The LKJ law on correlation matrices, flattened by rows.

    Parameters
    ----------
    order : n ≥ 2.
    eta : η > 0; 1 is uniform, larger is nearer to the unit matrix.

    Raises
    ------
    ValueError
        If order is no int of at least 2, or eta is not positive.

    See Also
    --------
    divkit.LKJCholesky : its factor, flattened likewise.
    divkit.InverseWishart : a law on covariance matrices.

    Examples
    --------
    >>> law = LKJ(2, eta=1.0)
    >>> law.dim, law.log_prob([[1.0, 0.3, 0.3, 1.0]])
    (4, array([-0.69314718]))
    """

    @property
    def support(self) -> Correlations:
        """The correlation matrices."""
        return Correlations(self.order)

    @cached_property
    def shrinkages(self) -> Law:
        """The law of 1 − b_k, k = 1 … n − 1."""
        return _shrinkages(self.order, self.eta)

    def _log_prob(self, x: Tensor) -> Tensor:
        root = torch.linalg.cholesky(x.reshape(-1, self.order, self.order))
        logs: Tensor = root.diagonal(dim1=1, dim2=2).log().sum(dim=1)
        return 2 * (self.eta - 1) * logs - _log_normaliser(self.order, self.eta)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        root = _factors(self.shrinkages, self.order, n, rng)
        return np.asarray(root @ root.transpose(0, 2, 1)).reshape(n, self.dim)

    @property
    def mean(self) -> FloatArray:
        """The unit matrix, flattened."""
        return np.eye(self.order).reshape(-1)


@dataclass(frozen=True)
class LKJCholesky(CorrelationLaw):
    """The law of the Cholesky factor of an `LKJ` correlation matrix, flattened by rows.

    Its density is in the entries below the diagonal, as PyTorch has it.

    Parameters
    ----------
    order : n ≥ 2.
    eta : η > 0.

    Raises
    ------
    ValueError
        If order is no int of at least 2, or eta is not positive.

    See Also
    --------
    divkit.LKJ : the law of the matrix itself.

    Examples
    --------
    >>> law = LKJCholesky(2, eta=1.0)
    >>> law.log_prob([[1.0, 0.0, 0.6, 0.8]])
    array([-0.69314718])
    """

    @property
    def support(self) -> Correlations:
        """The Cholesky factors of correlation matrices."""
        return Correlations(self.order, factors=True)

    @cached_property
    def shrinkages(self) -> Law:
        """The law of 1 − b_k, k = 1 … n − 1."""
        return _shrinkages(self.order, self.eta)

    def _log_prob(self, x: Tensor) -> Tensor:
        """|R|^{η−1} times |∂R/∂L| = Π_k l_kk^{n−1−k}, k from 0 (each row has unit length)."""
        diagonal = x.reshape(-1, self.order, self.order).diagonal(dim1=1, dim2=2)[:, 1:].log()
        powers = torch.arange(self.order - 2, -1, -1).to(diagonal) + 2 * (self.eta - 1)
        return diagonal @ powers - _log_normaliser(self.order, self.eta)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return _factors(self.shrinkages, self.order, n, rng).reshape(n, self.dim)


def _check(law: CorrelationLaw) -> None:
    object.__setattr__(law, "order", whole("order", law.order, 2))
    object.__setattr__(law, "eta", positive("eta", law.eta))


def _shrinkages(order: int, eta: float) -> Law:
    return product(Beta(eta + 0.5 * (order - 1 - k), 0.5 * k) for k in range(1, order))


def _log_normaliser(order: int, eta: float) -> float:
    """log Π_k π^{k/2} Γ(η + (n−1−k)/2) / Γ(η + (n−1)/2)."""
    k = np.arange(1, order)
    gammas = special.gammaln(eta + 0.5 * (order - 1 - k)) - special.gammaln(
        eta + 0.5 * (order - 1)
    )
    return float((0.5 * k * math.log(math.pi) + gammas).sum())


def _factors(shrinkages: Law, order: int, n: int, rng: np.random.Generator) -> FloatArray:
    root = np.tril(rng.standard_normal((n, order, order)), -1)
    root[:, 0, 0] = 1.0
    rest = shrinkages.sample(n, rng).numpy()
    for k in range(1, order):
        row = root[:, k, :k]
        row *= np.sqrt(1 - rest[:, k - 1 : k]) / np.linalg.norm(row, axis=1, keepdims=True)
        root[:, k, k] = np.sqrt(rest[:, k - 1])
    return root
