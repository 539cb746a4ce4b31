r"""Laws of an angle.

    von Mises        p(x) = e^{κ cos(x − μ)} / (2π I₀(κ))
    wrapped Cauchy   p(x) = (1 − ρ²) / (2π (1 + ρ² − 2ρ cos(x − μ)))

(Mardia, Jupp 2000, sections 3.5.4 and 3.5.7). With cos t = 1 − 2 sin²(t/2) nothing cancels where κ
is large or ρ near 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.base import Law, finite
from divkit.distributions.shapes.manifolds import PERIOD, Circle
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")


class CircleLaw(Law):
    """A law of an angle mod 2π."""

    @property
    def dim(self) -> int:
        """Always 1."""
        return 1

    @property
    def support(self) -> Circle:
        """The circle."""
        return Circle()


@dataclass(frozen=True)
class VonMises(CircleLaw):
    """The von Mises law on the circle: angles mod 2π around loc, the more so the larger kappa.

    Parameters
    ----------
    loc : mean direction μ in radians.
    kappa : concentration κ ≥ 0; 0 is uniform.

    Raises
    ------
    ValueError
        If kappa is negative or infinite, or loc is not finite.

    See Also
    --------
    divkit.WrappedCauchy : of heavier tails.
    divkit.VonMisesFisher : on spheres.

    Examples
    --------
    >>> round(float(VonMises(0, 2).log_prob([[0.0]])[0]), 6)
    -0.661871
    """

    loc: float = 0.0
    kappa: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "loc", finite("loc", self.loc))
        object.__setattr__(self, "kappa", at_least_zero("kappa", self.kappa))

    def _log_prob(self, x: Tensor) -> Tensor:
        normaliser = math.log(PERIOD) + math.log(special.i0e(self.kappa))
        return -2 * self.kappa * (0.5 * (x[:, 0] - self.loc)).sin() ** 2 - normaliser

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return _wrapped(self.loc + rng.vonmises(0.0, self.kappa, n))


@dataclass(frozen=True)
class WrappedCauchy(CircleLaw):
    """The wrapped Cauchy law on the circle: Cauchy(loc, −log rho) mod 2π.

    Parameters
    ----------
    loc : mean direction μ in radians.
    rho : the length ρ of the mean of e^{ix}, in [0, 1); 0 is uniform.

    Raises
    ------
    ValueError
        If rho is not in [0, 1), or loc is not finite.

    See Also
    --------
    divkit.VonMises : of lighter tails.
    divkit.Cauchy : before it is wrapped.

    Examples
    --------
    >>> round(float(WrappedCauchy(0, 0.5).log_prob([[0.0]])[0]), 6)
    -0.739265
    """

    loc: float = 0.0
    rho: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "loc", finite("loc", self.loc))
        object.__setattr__(self, "rho", at_least_zero("rho", self.rho))
        if self.rho >= 1:
            raise ValueError(f"rho must be in [0, 1); got {self.rho!r}.")

    def _log_prob(self, x: Tensor) -> Tensor:
        near = (1 - self.rho) ** 2
        far = 4 * self.rho * (0.5 * (x[:, 0] - self.loc)).sin() ** 2
        return math.log((1 - self.rho) * (1 + self.rho) / PERIOD) - torch.log(near + far)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        half = 0.5 * math.pi * (2 * rng.random(n) - 1)
        return _wrapped(self.loc + 2 * np.arctan((1 - self.rho) / (1 + self.rho) * np.tan(half)))


def at_least_zero(name: str, value: float) -> float:
    """Return a finite float that is not negative, else raise a ValueError."""
    number = finite(name, value)
    if number < 0:
        raise ValueError(f"{name} must be in [0, inf); got {value!r}.")
    return number


def _wrapped(angles: FloatArray) -> FloatArray:
    return np.asarray(angles - PERIOD * np.round(angles / PERIOD))
