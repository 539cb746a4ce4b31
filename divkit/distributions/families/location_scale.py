r"""Location–scale families, and those with exponential tails: Laplace, logistic, Gumbel.

X = loc + scale·Z, so log p(x) = log g(z) − log scale with z = (x − loc)/scale and a standard
density g. z is formed from an anchor and an offset.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Feature, Law1D, finite, positive
from divkit.distributions.exponents import exp_of
from divkit.distributions.families.numerics import UNDERFLOW, floats, off_support, quiet
from divkit.distributions.tails import Tail, exponential, make, power
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")


class LocationScale(Law1D):
    """The base of laws of loc + scale·Z: a leaf has both as fields and writes its log density."""

    loc: float
    scale: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "loc", finite("loc", self.loc))
        object.__setattr__(self, "scale", positive("scale", self.scale))

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the mode, with the scale."""
        return (Feature((self.loc,), (self.scale,)),)

    @property
    def mean(self) -> FloatArray:
        """(loc,)."""
        return np.array([self.loc])


class Standardised(LocationScale):
    """The base of those whose leaf writes the distribution function of Z."""

    @abstractmethod
    def _standard_cdf(self, z: FloatArray) -> Any:
        """P(Z ≤ z)."""

    def _standard_sf(self, z: FloatArray) -> Any:
        """P(Z > z); that of a symmetric law unless a leaf says otherwise."""
        return self._standard_cdf(-z)

    @abstractmethod
    def _standard_ppf(self, u: FloatArray) -> Any:
        """The quantile function of Z."""

    @quiet
    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return floats(self._standard_cdf((floats(x) - self.loc) / self.scale))

    @quiet
    def sf(self, x: Any) -> FloatArray:
        """P(X > x), to full relative accuracy in the upper tail."""
        return floats(self._standard_sf((floats(x) - self.loc) / self.scale))

    @quiet
    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        return floats(self.loc + self.scale * self._standard_ppf(floats(u)))


class ExponentialTails(Standardised):
    """The base of those with a standard density g, symmetric unless a leaf says otherwise."""

    @abstractmethod
    def _log_standard(self, z: Tensor) -> Tensor:
        """log g(z) at finite z."""

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        z = ((anchor - self.loc) + offset) / self.scale
        inside = z.isfinite()
        value = self._log_standard(torch.where(inside, z, 0.0)) - math.log(self.scale)
        return off_support(inside, value)

    @property
    def reach(self) -> tuple[float, float]:
        """750 scales either side."""
        return (self.loc - UNDERFLOW * self.scale, self.loc + UNDERFLOW * self.scale)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """|x|/scale at both ends."""
        tail = make({power(1): 1 / Fraction(self.scale)})
        return (tail, tail)


@dataclass(frozen=True)
class Laplace(ExponentialTails):
    """The Laplace law: log p = −|z| − log(2 scale), z = (x − loc)/scale.

    Parameters
    ----------
    loc : median and mean, a finite float.
    scale : mean absolute deviation, positive; the standard deviation is √2 scale.

    Raises
    ------
    ValueError
        If loc is not finite, or scale not positive.

    See Also
    --------
    divkit.Normal : of lighter tails.
    divkit.StudentT : of heavier ones.

    Examples
    --------
    >>> float(Laplace(0, 1).log_prob(0.0)[0])
    -0.6931471805599453
    """

    loc: float = 0.0
    scale: float = 1.0

    def _log_standard(self, z: Tensor) -> Tensor:
        return -z.abs() - math.log(2.0)

    def _standard_cdf(self, z: FloatArray) -> Any:
        half = 0.5 * np.exp(-np.abs(z))
        return np.where(z < 0, half, 1.0 - half)

    def _standard_ppf(self, u: FloatArray) -> Any:
        size = special.xlogy(1.0, 2.0 * np.minimum(u, 1.0 - u))
        return np.where(u < 0.5, size, -size)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.laplace(self.loc, self.scale, n)

    @property
    def kinks(self) -> tuple[float, ...]:
        """The mode."""
        return (self.loc,)

    @property
    def covariance(self) -> FloatArray:
        """((2 scale²,),)."""
        return np.array([[2 * self.scale**2]])


@dataclass(frozen=True)
class Logistic(ExponentialTails):
    """The logistic law: log p = −|z| − 2 log(1 + e^{−|z|}) − log scale, z = (x − loc)/scale.

    Parameters
    ----------
    loc : median and mean, a finite float.
    scale : positive; the standard deviation is π scale/√3.

    Raises
    ------
    ValueError
        If loc is not finite, or scale not positive.

    See Also
    --------
    divkit.Normal : of lighter tails.
    divkit.gan_value : whose best critic is a logistic function of a log ratio.

    Examples
    --------
    >>> float(Logistic(0, 1).log_prob(0.0)[0])
    -1.3862943611198906
    """

    loc: float = 0.0
    scale: float = 1.0

    def _log_standard(self, z: Tensor) -> Tensor:
        size = z.abs()
        return -size - 2.0 * torch.log1p(torch.exp(-size))

    def _standard_cdf(self, z: FloatArray) -> Any:
        return special.expit(z)

    def _standard_ppf(self, u: FloatArray) -> Any:
        return special.logit(u)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.logistic(self.loc, self.scale, n)

    @property
    def covariance(self) -> FloatArray:
        """((π² scale²/3,),)."""
        return np.array([[(math.pi * self.scale) ** 2 / 3]])


@dataclass(frozen=True)
class Gumbel(ExponentialTails):
    """The Gumbel law of maxima: log p = −z − e^{−z} − log scale, z = (x − loc)/scale.

    Parameters
    ----------
    loc : mode, a finite float; the mean is loc + γ scale, γ = 0.5772… Euler's constant.
    scale : positive; the standard deviation is π scale/√6.

    Raises
    ------
    ValueError
        If loc is not finite, or scale not positive.

    See Also
    --------
    divkit.relaxed_one_hot : shares made of its noise.

    Examples
    --------
    >>> float(Gumbel(0, 1).log_prob(0.0)[0])
    -1.0
    """

    loc: float = 0.0
    scale: float = 1.0

    def _log_standard(self, z: Tensor) -> Tensor:
        return -z - torch.exp(-z)

    def _standard_cdf(self, z: FloatArray) -> Any:
        return np.exp(-np.exp(-z))

    def _standard_sf(self, z: FloatArray) -> Any:
        return -np.expm1(-np.exp(-z))

    def _standard_ppf(self, u: FloatArray) -> Any:
        return -special.xlogy(1.0, -special.xlogy(1.0, u))

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.gumbel(self.loc, self.scale, n)

    @property
    def reach(self) -> tuple[float, float]:
        """7 scales below (e^7 > 750) and 750 above."""
        return (self.loc - 7 * self.scale, self.loc + UNDERFLOW * self.scale)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """e^{loc/scale} e^{|x|/scale} − |x|/scale at −∞, x/scale at ∞."""
        rate, loc = 1 / Fraction(self.scale), Fraction(self.loc)
        left = make({exponential(rate): exp_of(loc * rate), power(1): -rate})
        return (left, make({power(1): rate}))

    @property
    def mean(self) -> FloatArray:
        """(loc + γ scale,)."""
        return np.array([self.loc + float(np.euler_gamma) * self.scale])

    @property
    def covariance(self) -> FloatArray:
        """((π² scale²/6,),)."""
        return np.array([[(math.pi * self.scale) ** 2 / 6]])
