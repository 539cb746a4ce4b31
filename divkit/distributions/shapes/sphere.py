r"""The von Mises–Fisher law on the unit sphere of R^d.

    p(x) = e^{κ ⟨μ, x⟩} / ((2π)^{d/2} I_{d/2−1}(κ) κ^{1−d/2})

(Mardia, Jupp 2000, section 9.3.2). I_ν(κ) κ^{−ν} is 2^{−ν} ₀F₁(ν + 1; κ²/4) / Γ(ν + 1), in balls,
so that no κ and no d under- or overflows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.base import Law
from divkit.distributions.families.multivariate import Vector, vector
from divkit.distributions.shapes.circle import at_least_zero
from divkit.distributions.shapes.manifolds import Sphere
from divkit.types import Ball, FloatArray, Tensor

_BITS = 160


@dataclass(frozen=True)
class VonMisesFisher(Law):
    """The von Mises–Fisher law: unit vectors around a direction.

    Parameters
    ----------
    mu : direction, d ≥ 2 finite floats that are not all 0; only its direction counts.
    kappa : concentration κ ≥ 0; 0 is uniform on the sphere.

    Raises
    ------
    ValueError
        If mu has fewer than 2 entries, or is 0, or kappa is negative.

    See Also
    --------
    divkit.VonMises : on the circle, by angles.

    Examples
    --------
    >>> round(float(VonMisesFisher([0, 0, 1], 2).log_prob([[0.0, 0.0, 1.0]])[0]), 6)
    -1.126244
    """

    mu: Vector
    kappa: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "mu", vector("mu", self.mu))
        object.__setattr__(self, "kappa", at_least_zero("kappa", self.kappa))
        if len(self.mu) < 2 or not any(self.mu):
            raise ValueError(f"mu must be a direction in R^d, d ≥ 2; got {self.mu!r}.")

    @property
    def dim(self) -> int:
        """Number of coordinates d of a unit vector."""
        return len(self.mu)

    @property
    def support(self) -> Sphere:
        """The unit sphere."""
        return Sphere(len(self.mu))

    @cached_property
    def direction(self) -> FloatArray:
        """mu / |mu|."""
        scaled = np.array(self.mu) / np.abs(self.mu).max()
        return np.asarray(scaled / np.linalg.norm(scaled))

    @cached_property
    def _height(self) -> float:
        """log p at the direction itself: κ less the log normaliser."""
        with own_precision(_BITS):
            return float(arb(self.kappa) - log_normaliser(arb(self.kappa) ** 2, self.dim))

    def _log_prob(self, x: Tensor) -> Tensor:
        gap = x - x.new_tensor(self.direction)
        return self._height - 0.5 * self.kappa * (gap * gap).sum(dim=1)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        from scipy import stats  # takes longer to import than all of divkit

        if self.kappa == 0:
            draws = rng.standard_normal((n, self.dim))
            return np.asarray(draws / np.linalg.norm(draws, axis=1, keepdims=True))
        law = stats.vonmises_fisher(self.direction, self.kappa)
        return np.asarray(law.rvs(n, random_state=rng)).reshape(n, self.dim)

    @cached_property
    def _length(self) -> float:
        """|E x| = A_d(κ)."""
        with own_precision(_BITS):
            return float(arb(self.kappa) * mean_over_parameter(arb(self.kappa) ** 2, self.dim))

    @property
    def mean(self) -> FloatArray:
        """A_d(κ)·direction."""
        return np.asarray(self._length * self.direction)

    @property
    def covariance(self) -> FloatArray:
        """(A/κ)·1 + (1 − A² − dA/κ)·μμᵀ."""
        d, along = self.dim, np.multiply.outer(self.direction, self.direction)
        with own_precision(_BITS):
            across = float(mean_over_parameter(arb(self.kappa) ** 2, d))
        return np.asarray(across * np.eye(d) + (1 - self._length**2 - d * across) * along)


def log_normaliser(square: Any, dim: int) -> Ball:
    """log ∫ e^{⟨θ, x⟩} over the unit sphere of R^dim, as a function of ⟨θ, θ⟩, real or complex."""
    half = arb(dim) / 2
    return (2 * arb.pi() ** half * (square / 4).hypgeom_0f1(half, regularized=True)).log()


def mean_over_parameter(square: Ball, dim: int) -> Ball:
    """A_d(κ)/κ = ½ ₀F̃₁(d/2 + 1; κ²/4) / ₀F̃₁(d/2; κ²/4), so that E x is it times θ."""
    half = arb(dim) / 2
    above = (square / 4).hypgeom_0f1(half + 1, regularized=True)
    return above / (square / 4).hypgeom_0f1(half, regularized=True) / 2
