r"""The matrix normal law: vec X ~ N(vec M, U ⊗ V), X of shape (m, n), by rows.

    log p(X) = −½ tr[V⁻¹ (X − M)ᵀ U⁻¹ (X − M)] − ½ mn log 2π − ½ n log|U| − ½ m log|V|

(Gupta, Nagar 2000, section 2.2). U and V are kept, so that the entries of U ⊗ V are not rounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.arrays import floats
from divkit.distributions.base import Feature, Law
from divkit.distributions.families.multivariate import Matrix, positive_definite
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")


@dataclass(frozen=True)
class MatrixNormal(Law):
    """The matrix normal law; points are matrices (m, n) flattened by rows.

    Parameters
    ----------
    loc : M (m, n), finite floats.
    row_cov : U (m, m), the covariance among rows, symmetric positive definite.
    col_cov : V (n, n), the covariance among columns.

    Raises
    ------
    ValueError
        If shapes do not fit, an entry is not finite, or a covariance is not positive definite.

    See Also
    --------
    divkit.MultivariateNormal : of any covariance.
    divkit.Wishart : the law of its squares.

    Examples
    --------
    >>> law = MatrixNormal([[0, 0]], [[1]], [[1, 0], [0, 1]])
    >>> round(float(law.log_prob([[0.0, 0.0]])[0]), 6)
    -1.837877
    """

    loc: Matrix
    row_cov: Matrix
    col_cov: Matrix

    def __post_init__(self) -> None:
        array = floats(self.loc, "loc")
        if array.ndim != 2 or array.size == 0 or not np.isfinite(array).all():
            raise ValueError(f"loc must be a finite matrix (m, n); got {self.loc!r}.")
        object.__setattr__(self, "loc", tuple(map(tuple, array.tolist())))
        for name, size in zip(("row_cov", "col_cov"), array.shape, strict=True):
            checked = positive_definite(name, getattr(self, name), size)
            object.__setattr__(self, name, checked)

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return len(self.loc), len(self.loc[0])

    @property
    def dim(self) -> int:
        """The number of entries m·n."""
        return len(self.loc) * len(self.loc[0])

    @cached_property
    def _roots(self) -> tuple[FloatArray, FloatArray]:
        return np.linalg.cholesky(np.array(self.row_cov)), np.linalg.cholesky(
            np.array(self.col_cov)
        )

    def _log_prob(self, x: Tensor) -> Tensor:
        m, n = self.shape
        rows, columns = (torch.from_numpy(root).to(x) for root in self._roots)
        finite = x.isfinite().all(dim=1)
        gap = torch.where(finite[:, None], x, 0.0).reshape(-1, m, n) - x.new_tensor(self.loc)
        half = torch.linalg.solve_triangular(rows, gap, upper=False)
        z = torch.linalg.solve_triangular(columns, half.mT, upper=False)
        square = (z * z).sum(dim=(1, 2))
        finite = finite & square.isfinite()
        logs = n * rows.diagonal().log().sum() + m * columns.diagonal().log().sum()
        value = (
            -0.5 * torch.where(finite, square, 0.0) - logs - 0.5 * m * n * math.log(2 * math.pi)
        )
        return torch.where(finite, value, -math.inf)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.of_uniforms(rng.random((n, self.dim)))

    def of_uniforms(self, u: FloatArray) -> FloatArray:
        """Points (n, mn) from uniform numbers (n, mn), by normal quantiles."""
        rows, columns = self._roots
        noise = special.ndtri(u).reshape(len(u), *self.shape)
        return np.asarray(np.array(self.loc) + rows @ noise @ columns.T).reshape(u.shape)

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the mean, with the standard deviations."""
        scales = np.sqrt(np.diag(self.covariance))
        return (Feature(tuple(self.mean.tolist()), tuple(scales.tolist())),)

    @property
    def mean(self) -> FloatArray:
        """M, flattened."""
        return np.array(self.loc).reshape(-1)

    @property
    def covariance(self) -> FloatArray:
        """U ⊗ V, its entries rounded once."""
        return np.kron(np.array(self.row_cov), np.array(self.col_cov))
