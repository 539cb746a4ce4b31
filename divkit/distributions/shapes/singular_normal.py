r"""Normal laws on a flat of R^d: covariances that have no inverse.

Where Σ has rank r, r of its coordinates J, the pivots, say where on the flat a point is:
x = μ + B (x_J − μ_J) with Σ = B Σ_JJ Bᵀ. The law of x_J is N(μ_J, Σ_JJ), which has a density, and
a divergence of two laws on one flat is that of their pivots. Rank, pivots and B come from the
floats as exact fractions, so that whether two flats are one is decided and not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import flint
import numpy as np

from divkit.arrays import floats
from divkit.distributions.base import Law
from divkit.distributions.families.multivariate import Matrix, Vector, normal_law, vector
from divkit.distributions.shapes.manifolds import AffineSubspace
from divkit.types import FloatArray, Tensor


@dataclass(frozen=True)
class SingularNormal(Law):
    """N(loc, cov) for a covariance of rank r, 0 < r < d: a density on a flat of dimension r.

    Parameters
    ----------
    loc : mean, d finite floats.
    cov : covariance (d, d), symmetric and positive semidefinite as the floats that it holds.

    Raises
    ------
    ValueError
        If shapes do not fit, or cov is not symmetric, or is not positive semidefinite of rank
        0 < r < d to the last bit: one that rounding has given full rank lives on no flat.

    See Also
    --------
    divkit.MultivariateNormal : of full rank.

    Examples
    --------
    >>> SingularNormal([0, 0], [[1, 2], [2, 4]]).pivots.dim
    1
    """

    loc: Vector
    cov: Matrix

    def __post_init__(self) -> None:
        object.__setattr__(self, "loc", vector("loc", self.loc))
        array = floats(self.cov, "cov")
        size = len(self.loc)
        if array.shape != (size, size) or not np.isfinite(array).all():
            raise ValueError(f"cov must be a finite matrix ({size}, {size}); got {self.cov!r}.")
        if (array != array.T).any():
            raise ValueError("cov must be symmetric; pass (cov + cov.T) / 2.")
        object.__setattr__(self, "cov", tuple(map(tuple, array.tolist())))
        _ = self.pivots  # raises where the rank does not fit

    @property
    def dim(self) -> int:
        """d."""
        return len(self.loc)

    @cached_property
    def support(self) -> AffineSubspace:
        """The flat, in reduced form."""
        reduced, rank = _rational(self.cov).rref()
        if not 0 < rank < self.dim:
            raise ValueError(
                f"cov must have a rank between 0 and {self.dim}, exclusive; as floats it has "
                f"{rank}. One that was rounded has full rank: round its entries until they are "
                "exact, or drop coordinates. Of full rank, pass MultivariateNormal."
            )
        rows = [[_fraction(reduced[i, j]) for j in range(self.dim)] for i in range(rank)]
        pivots = tuple(next(j for j, x in enumerate(row) if x) for row in rows)
        loc = [Fraction(x) for x in self.loc]
        offset = tuple(
            loc[j] - sum(row[j] * loc[k] for row, k in zip(rows, pivots, strict=True))
            for j in range(self.dim)
        )
        return AffineSubspace(tuple(zip(*rows, strict=True)), offset, pivots)

    @cached_property
    def pivots(self) -> Law:
        """The law of the pivot coordinates, a normal law on R^r."""
        kept = list(self.support.pivots)
        inner = np.array(self.cov)[np.ix_(kept, kept)]
        return normal_law(np.array(self.loc)[kept], inner)

    def _log_prob(self, x: Tensor) -> Tensor:
        logs: Tensor = self.pivots.log_prob(x[:, list(self.support.pivots)])
        return logs - self.support.log_stretch

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        flat = self.support
        moved = self.pivots.sample(n, rng).numpy() @ np.array(flat.directions).T
        return np.asarray(np.array(flat.origin) + moved)

    @property
    def mean(self) -> FloatArray:
        """loc as an array (d,)."""
        return np.array(self.loc)

    @property
    def covariance(self) -> FloatArray:
        """cov as an array (d, d)."""
        return np.array(self.cov)


def _rational(matrix: Matrix) -> Any:
    rows = [[Fraction(x) for x in row] for row in matrix]
    return flint.fmpq_mat([[flint.fmpq(x.numerator, x.denominator) for x in row] for row in rows])


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))
