r"""The law of the Cholesky factor of a Wishart matrix, whose digits no nearly singular matrix has.

X = LLᵀ with log p(X) = (ν−n−1)/2 log|X| − ½ tr(PX) + const, P = RᵀR and R lower triangular, is in
the coordinates y = (l_ij for i > j, log l_ii), by rows,

    log p(y) = ν Σ log r_ii − ½ |RL|² + Σ (ν − i + 1) log l_ii + n log 2 − const,   i from 1,

since dX = 2ⁿ Π l_ii^{n−i+2} dy (Muirhead 1982, theorem 2.1.9). RL is Bartlett's factor of the unit
matrix, so that L = R⁻¹A. Of an inverse Wishart matrix it is the factor of its inverse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.distributions.base import Feature, Law
from divkit.distributions.callable.law import features_of
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.multivariate import Matrix
from divkit.distributions.families.positive import Gamma
from divkit.distributions.maps.scalar import Affine
from divkit.distributions.shapes.wishart import InverseWishart, Wishart, bartlett, log_constant
from divkit.types import FloatArray, Tensor

_PILOT = 2000


@dataclass(frozen=True)
class WishartFactor(Law):
    """The law of the module; `root` is R."""

    df: float
    root: Matrix

    @property
    def order(self) -> int:
        """n."""
        return len(self.root)

    @property
    def dim(self) -> int:
        """The number of entries on and below the diagonal."""
        return self.order * (self.order + 1) // 2

    @property
    def _places(self) -> tuple[Tensor, Tensor]:
        rows, columns = torch.tril_indices(self.order, self.order)
        return rows, columns

    def _log_prob(self, y: Tensor) -> Tensor:
        n, nu = self.order, self.df
        rows, columns = self._places
        on = rows == columns
        factor = y.new_zeros(len(y), n, n)
        factor[:, rows, columns] = torch.where(on, torch.where(on, y, 0.0).exp(), y)
        root = y.new_tensor(self.root)
        square = ((root @ factor) ** 2).sum(dim=(1, 2))
        powers = nu - torch.arange(n).to(y)
        logs = y[:, on] @ powers + nu * root.diagonal().log().sum() + n * math.log(2)
        value = logs - 0.5 * square - log_constant(nu, n)
        return torch.where(value.isnan(), -math.inf, value)  # e^y beyond the floats

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        lower = np.linalg.solve(np.array(self.root), bartlett(self.df, self.order, n, rng))
        rows, columns = (part.numpy() for part in self._places)
        entries = lower[:, rows, columns]
        on = rows == columns
        entries[:, on] = np.log(entries[:, on])
        return np.asarray(entries)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """At deciles of draws."""
        return features_of(self.sample(_PILOT, 0).numpy())


def factor_of(law: Wishart) -> Law:
    """The factor's law; of order 1, that of the number itself."""
    if law.order == 1:
        return transformed(Gamma(0.5 * law.df, 0.5), Affine(0.0, law.scale[0][0]))
    root = np.linalg.inv(np.linalg.cholesky(np.array(law.scale)))
    return WishartFactor(law.df, tuple(map(tuple, np.tril(root).tolist())))


def factor_of_inverse(law: InverseWishart) -> Law:
    """The law of the inverse's factor; of order 1, that of the inverse."""
    if law.order == 1:
        return Gamma(0.5 * law.df, 0.5 * law.scale[0][0])
    turned = np.linalg.cholesky(np.array(law.scale)[::-1, ::-1])  # JΨJ = CCᵀ, so Ψ = (JCJ)(JCJ)ᵀ
    return WishartFactor(law.df, tuple(map(tuple, turned[::-1, ::-1].T.tolist())))
