"""The normal law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import special

from divkit.distributions.base import Feature, Law1D, finite, positive
from divkit.distributions.families.numerics import floats, off_support, quiet
from divkit.distributions.tails import Tail, make, power
from divkit.types import FloatArray, Tensor

_LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class Normal(Law1D):
    """N(loc, scale²): log p = −z²/2 − log scale − ½ log 2π, z = (x − loc)/scale.

    Parameters
    ----------
    loc : mean, a finite float.
    scale : standard deviation (not the variance), positive.

    Raises
    ------
    ValueError
        If loc is not finite, or scale not positive.

    >>> float(Normal(0, 1).log_prob(0.0)[0])
    -0.9189385332046727
    """

    loc: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "loc", finite("loc", self.loc))
        object.__setattr__(self, "scale", positive("scale", self.scale))

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        z = ((anchor - self.loc) + offset) / self.scale
        return off_support(~z.isnan(), -0.5 * z * z - (math.log(self.scale) + _LOG_ROOT_TWO_PI))

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.normal(self.loc, self.scale, n)

    @quiet
    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return floats(special.ndtr((floats(x) - self.loc) / self.scale))

    @quiet
    def sf(self, x: Any) -> FloatArray:
        """P(X > x)."""
        return floats(special.ndtr((self.loc - floats(x)) / self.scale))

    @quiet
    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        return floats(self.loc + self.scale * special.ndtri(floats(u)))

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the mode, with the standard deviation."""
        return (Feature((self.loc,), (self.scale,)),)

    @property
    def reach(self) -> tuple[float, float]:
        """40 standard deviations: e^{−800} underflows."""
        return (self.loc - 40 * self.scale, self.loc + 40 * self.scale)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """x²/(2 scale²) ∓ loc·x/scale² at ±∞."""
        precision, loc = 1 / Fraction(self.scale) ** 2, Fraction(self.loc)
        left = make({power(2): precision / 2, power(1): loc * precision})
        right = make({power(2): precision / 2, power(1): -loc * precision})
        return (left, right)

    @property
    def mean(self) -> FloatArray:
        """(loc,)."""
        return np.array([self.loc])

    @property
    def covariance(self) -> FloatArray:
        """((scale²,),)."""
        return np.array([[self.scale**2]])
