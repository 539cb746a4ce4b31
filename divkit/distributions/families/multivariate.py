r"""The normal and Student's t laws in R^d.

With Σ = LLᵀ, z = L⁻¹(x − loc) and s = |z|²:

    normal:     log p = −s/2 − log det L − (d/2) log 2π,
    Student-t:  log p = log Γ((ν+d)/2) − log Γ(ν/2) − (d/2) log νπ − log det L
                        − ((ν+d)/2) log(1 + s/ν).

`radial_tail` is the tail of the density of u = |x| as u → ∞, in the algebra of
`divkit.distributions.tails`. Spheres carry u^{d−1}, so −log of it is (ν+1) log u for Student-t,
and u²/(2λ) − (d−1) log u for the normal with λ the largest eigenvalue of Σ. Then ∫ p |log q|
converges iff q's leading growth has a finite mean under p's radial tail, in any dimension; so KL
of a Student-t to a normal is infinite iff ν ≤ 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import torch

from divkit.arrays import floats
from divkit.distributions.base import Feature, Law, positive
from divkit.distributions.families.normal import Normal
from divkit.distributions.tails import LOG, Tail, make, power
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")

Vector: TypeAlias = tuple[float, ...]
Matrix: TypeAlias = tuple[tuple[float, ...], ...]
_SYMMETRY = 1e-12
_FAR = 1e100


@dataclass(frozen=True)
class MultivariateNormal(Law):
    """N(loc, covariance) on R^d.

    Parameters
    ----------
    loc : mean, d finite floats.
    cov : covariance (d, d), symmetric positive definite.

    Raises
    ------
    ValueError
        If shapes do not fit, an entry is not finite, or cov is not symmetric positive definite;
        the smallest eigenvalue is named.

    See Also
    --------
    divkit.Normal : on the line.
    divkit.SingularNormal : of a covariance that is not of full rank.
    divkit.MultivariateStudentT : of heavier tails.

    Examples
    --------
    >>> float(MultivariateNormal([0, 0], [[1, 0], [0, 1]]).log_prob([[0.0, 0.0]])[0])
    -1.8378770664093453
    """

    loc: Vector
    cov: Matrix

    def __post_init__(self) -> None:
        object.__setattr__(self, "loc", vector("loc", self.loc))
        object.__setattr__(self, "cov", positive_definite("cov", self.cov, len(self.loc)))

    @property
    def dim(self) -> int:
        """Length of loc."""
        return len(self.loc)

    @cached_property
    def cholesky(self) -> Tensor:
        """The lower triangular L (d, d) with LLᵀ = cov."""
        return _cholesky(self.cov)

    @cached_property
    def log_normalizer(self) -> float:
        """Log det L + (d/2) log 2π."""
        return _half_log_det(self.cholesky) + 0.5 * self.dim * math.log(2 * math.pi)

    def _log_prob(self, x: Tensor) -> Tensor:
        z = whitened(x, self.loc, self.cholesky)
        return -0.5 * (z * z).sum(dim=0) - self.log_normalizer

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.mean + _correlated(self.cholesky, n, rng)

    def radial_tail(self) -> Tail:
        """The tail of the density of |x|: u²/(2λ) − (d−1) log u, λ the largest eigenvalue.

        λ is rounded: compare growths by it (as `cross_entropy_is_finite` does), not coefficients.
        """
        widest = Fraction(float(np.linalg.eigvalsh(np.array(self.cov))[-1]))
        return make({power(2): 1 / (2 * widest), LOG: Fraction(1 - self.dim)})

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the mean, with the standard deviations."""
        return (Feature(self.loc, _scales(self.cov)),)

    @property
    def mean(self) -> FloatArray:
        """loc as an array (d,)."""
        return np.array(self.loc)

    @property
    def covariance(self) -> FloatArray:
        """cov as an array (d, d)."""
        return np.array(self.cov)


@dataclass(frozen=True)
class MultivariateStudentT(Law):
    """Student's t on R^d: loc + L z √(df/w), z standard normal, w ~ χ²(df), LLᵀ = shape.

    Parameters
    ----------
    df : degrees of freedom ν > 0.
    loc : centre, d finite floats.
    shape : scale matrix Σ (d, d), symmetric positive definite; the covariance is Σ·ν/(ν−2).

    Raises
    ------
    ValueError
        If df is not positive, shapes do not fit, or `shape` is not symmetric positive definite.

    See Also
    --------
    divkit.MultivariateNormal : its limit in df.
    divkit.StudentT : on the line.

    Examples
    --------
    >>> law = MultivariateStudentT(3.0, (0.0, 0.0), ((1.0, 0.0), (0.0, 1.0)))
    >>> law.log_prob([[0.0, 0.0], [1.0, 2.0]])
    array([-1.83787707, -4.2899502 ])
    """

    df: float
    loc: Vector
    shape: Matrix

    def __post_init__(self) -> None:
        object.__setattr__(self, "df", positive("df", self.df))
        object.__setattr__(self, "loc", vector("loc", self.loc))
        object.__setattr__(self, "shape", positive_definite("shape", self.shape, len(self.loc)))

    @property
    def dim(self) -> int:
        """Length of loc."""
        return len(self.loc)

    @cached_property
    def cholesky(self) -> Tensor:
        """The lower triangular L (d, d) with LLᵀ = shape."""
        return _cholesky(self.shape)

    @cached_property
    def log_normalizer(self) -> float:
        """Log det L + (d/2) log 2π + log[Γ(ν/2)(ν/2)^{d/2}/Γ((ν+d)/2)]."""
        gammas = log_gamma_ratio(0.5 * self.df, self.dim)
        return _half_log_det(self.cholesky) + 0.5 * self.dim * math.log(2 * math.pi) - gammas

    def _log_prob(self, x: Tensor) -> Tensor:
        growth = _log_one_plus_square(whitened(x, self.loc, self.cholesky) / math.sqrt(self.df))
        return -0.5 * (self.df + self.dim) * growth - self.log_normalizer

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        spread = np.sqrt(self.df / rng.chisquare(self.df, (n, 1)))
        return np.array(self.loc) + _correlated(self.cholesky, n, rng) * spread

    def radial_tail(self) -> Tail:
        """The tail of the density of |x|, (ν+1) log u in any dimension."""
        return make({LOG: Fraction(self.df) + 1})

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the centre, with the roots of shape's diagonal."""
        return (Feature(self.loc, _scales(self.shape)),)

    @property
    def mean(self) -> FloatArray:
        """loc where df > 1, else NaN."""
        return np.array(self.loc) if self.df > 1 else np.full(self.dim, math.nan)

    @property
    def covariance(self) -> FloatArray:
        """shape·df/(df − 2) where df > 2; inf on the diagonal and NaN off it where it diverges."""
        if self.df > 2:
            return np.array(self.shape) * (self.df / (self.df - 2))
        missing = np.full((self.dim, self.dim), math.nan)
        if self.df > 1:
            np.fill_diagonal(missing, math.inf)
        return missing


def normal_law(mean: FloatArray, cov: FloatArray) -> Law:
    """Return N(mean, cov), a `Normal` in one dimension."""
    if mean.size == 1:
        return Normal(float(mean.reshape(())), math.sqrt(float(cov.reshape(()))))
    return MultivariateNormal(tuple(mean.tolist()), tuple(map(tuple, cov.tolist())))


def vector(name: str, values: Any) -> Vector:
    """Return finite floats (d,), d ≥ 1, as a tuple.

    Raises
    ------
    ValueError
        If `values` is not a vector, or an entry is not finite.
    """
    array = floats(values, name)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must be a vector (d,), d ≥ 1; got shape {array.shape}.")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; got {array.tolist()}.")
    return tuple(array.tolist())


def positive_definite(name: str, values: Any, dim: int) -> Matrix:
    """Return a symmetric positive definite matrix (dim, dim) as nested tuples.

    Asymmetry up to 1e-12 of √(c_ii c_jj) counts as rounding and is averaged away.

    Raises
    ------
    ValueError
        If the shape is not (dim, dim), an entry is not finite, or the matrix is not symmetric
        positive definite.
    """
    array = floats(values, name)
    if array.shape != (dim, dim):
        raise ValueError(f"{name} must have shape ({dim}, {dim}); got {array.shape}.")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; got {array.tolist()}.")
    widths = np.sqrt(np.abs(np.diag(array)))
    gap = np.abs(array - array.T)
    if (gap > _SYMMETRY * np.multiply.outer(widths, widths)).any():
        i, j = np.unravel_index(gap.argmax(), gap.shape)
        raise ValueError(
            f"{name} must be symmetric; entry ({i}, {j}) is {array[i, j]} and ({j}, {i}) is "
            f"{array[j, i]}."
        )
    symmetric = np.tril(array) + np.tril(array, -1).T if gap.max() == 0 else (array + array.T) / 2
    least = float(np.linalg.eigvalsh(symmetric)[0])
    if (np.diag(symmetric) <= 0).any() or not _is_definite(symmetric, widths):
        raise ValueError(
            f"{name} must be positive definite; its smallest eigenvalue is {least!r}. "
            f"Drop linearly dependent coordinates."
        )
    return tuple(map(tuple, symmetric.tolist()))


def _is_definite(matrix: FloatArray, widths: FloatArray) -> bool:
    """Whether the correlation matrix is, beyond rounding: scales of the axes do not matter."""
    correlation = matrix / np.multiply.outer(widths, widths)
    return bool(np.linalg.eigvalsh(correlation)[0] > len(matrix) * np.finfo(float).eps)


def log_gamma_ratio(a: float, d: int) -> float:
    """Return log[Γ(a + d/2)/Γ(a)] − (d/2) log a without the cancellation of large a.

    Whole steps are Σ log(1 + k/a); an odd d starts with a half step, whose series for large a is
    −1/(8a) + 1/(192a³) − 1/(640a⁵) + 17/(14336a⁷) − 31/(18432a⁹).
    """
    start = 0.5 * (d % 2)
    steps = math.fsum(math.log1p((start + k) / a) for k in range(d // 2))
    return steps + (_half_step(a) if d % 2 else 0.0)


def _half_step(a: float) -> float:
    if a < 20:
        return float(special.gammaln(a + 0.5) - special.gammaln(a)) - 0.5 * math.log(a)
    b = 1 / a**2
    return (-1 / 8 + b * (1 / 192 + b * (-1 / 640 + b * (17 / 14336 - b * 31 / 18432)))) / a


def _cholesky(matrix: Matrix) -> Tensor:
    factor: Tensor = torch.linalg.cholesky(torch.tensor(matrix, dtype=torch.float64))
    return factor


def _half_log_det(cholesky: Tensor) -> float:
    return float(cholesky.diagonal().log().sum())


def _scales(matrix: Matrix) -> Vector:
    return tuple(math.sqrt(row[i]) for i, row in enumerate(matrix))


def _correlated(cholesky: Tensor, n: int, rng: np.random.Generator) -> FloatArray:
    return np.asarray(rng.standard_normal((n, len(cholesky))) @ cholesky.numpy().T)


def whitened(x: Tensor, loc: Vector, cholesky: Tensor) -> Tensor:
    """L⁻¹(x − loc) at points (n, d), as (d, n); inf where a coordinate of it is, or overflows."""
    centred = (x - torch.tensor(loc, dtype=torch.float64).to(x)).T
    z: Tensor = torch.linalg.solve_triangular(cholesky.to(x), centred, upper=False)
    return torch.where(z.isfinite().all(dim=0), z, torch.full_like(z, math.inf))


def _log_one_plus_square(z: Tensor) -> Tensor:
    """log(1 + |z|²) for columns of z (d, n); 2 log |z|, the same float, where |z|² overflows."""
    largest = z.detach().abs().amax(dim=0)
    far = largest > _FAR
    near = torch.log1p((torch.where(far, torch.zeros_like(z), z) ** 2).sum(dim=0))
    scaled = far & largest.isfinite()
    unit = torch.where(scaled, largest, torch.ones_like(largest))
    direction = torch.where(scaled, z, torch.ones_like(z)) / unit
    return torch.where(far, 2 * (largest.log() + direction.norm(dim=0).log()), near)
