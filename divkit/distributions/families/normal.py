"""The normal law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from divkit.distributions.families.location_scale import Standardised
from divkit.distributions.families.numerics import off_support
from divkit.distributions.tails import Tail, make, power
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")

_LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class Normal(Standardised):
    """N(loc, scale²): log p = −z²/2 − log scale − ½ log 2π, z = (x − loc)/scale.

    Parameters
    ----------
    loc : mean, a finite float.
    scale : standard deviation (not the variance), positive.

    Raises
    ------
    ValueError
        If loc is not finite, or scale not positive.

    See Also
    --------
    divkit.MultivariateNormal : on R^d.
    divkit.mixture : several of them.
    divkit.NormalBatch : thousands at once.

    Examples
    --------
    >>> float(Normal(0, 1).log_prob(0.0)[0])
    -0.9189385332046727
    """

    loc: float = 0.0
    scale: float = 1.0

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        z = ((anchor - self.loc) + offset) / self.scale
        return off_support(~z.isnan(), -0.5 * z * z - (math.log(self.scale) + _LOG_ROOT_TWO_PI))

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.normal(self.loc, self.scale, n)

    def _standard_cdf(self, z: FloatArray) -> Any:
        return special.ndtr(z)

    def _standard_ppf(self, u: FloatArray) -> Any:
        return special.ndtri(u)

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
    def covariance(self) -> FloatArray:
        """((scale²,),)."""
        return np.array([[self.scale**2]])
