r"""Laws on a half-line: exponential, gamma.

Each is formed from the distance to its end, so that no digit of a point next to the end is lost.
The gamma law with shape ≥ 2 is written around its mode m = A/rate, A = shape − 1,

    log p = log p(m) + A [log(x/m) − (x − m)/m],

because the terms of the textbook form grow like shape·log(shape) and cancel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Feature, Law1D, positive
from divkit.distributions.families.numerics import (
    UNDERFLOW,
    floats,
    log_excess,
    log_gamma_peak,
    off_support,
    quiet,
    split,
)
from divkit.distributions.support import Boxes, interval
from divkit.distributions.tails import LOG, Tail, make, power
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")

_HALF_LINE = interval(0.0, math.inf)


@dataclass(frozen=True)
class Exponential(Law1D):
    """The exponential law on x ≥ 0: log p = log rate − rate x.

    Parameters
    ----------
    rate : positive; the mean is 1/rate.

    Raises
    ------
    ValueError
        If rate is not positive and finite.

    See Also
    --------
    divkit.Gamma : which it is at shape 1.
    divkit.Geometric : its whole part.

    Examples
    --------
    >>> float(Exponential(1).log_prob(2.0)[0])
    -2.0
    """

    rate: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", positive("rate", self.rate))

    @property
    def support(self) -> Boxes:
        """x ≥ 0."""
        return _HALF_LINE

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        x = anchor + offset
        return off_support(x >= 0, math.log(self.rate) - self.rate * x)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.standard_exponential(n) / self.rate

    @quiet
    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return floats(-np.expm1(-self.rate * np.maximum(floats(x), 0.0)))

    @quiet
    def sf(self, x: Any) -> FloatArray:
        """P(X > x), to full relative accuracy."""
        return floats(np.exp(-self.rate * np.maximum(floats(x), 0.0)))

    @quiet
    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        return floats(-special.xlog1py(1.0, -floats(u)) / self.rate)

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the end, with the mean."""
        return (Feature((0.0,), (1 / self.rate,)),)

    @property
    def reach(self) -> tuple[float, float]:
        """750 means."""
        return (0.0, UNDERFLOW / self.rate)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Bounded at 0, rate·x at ∞."""
        return (make({}, "endpoint"), make({power(1): Fraction(self.rate)}))

    @property
    def mean(self) -> FloatArray:
        """(1/rate,)."""
        return np.array([1 / self.rate])

    @property
    def covariance(self) -> FloatArray:
        """((1/rate²,),)."""
        return np.array([[1 / self.rate**2]])


@dataclass(frozen=True)
class Gamma(Law1D):
    """The gamma law on x ≥ 0: log p = (shape−1) log x − rate x + shape log rate − log Γ(shape).

    At x = 0 the density is 0, rate or ∞, as shape is above, at or below 1.

    Parameters
    ----------
    shape : positive.
    rate : positive (not the scale, which is 1/rate); the mean is shape/rate.

    Raises
    ------
    ValueError
        If shape or rate is not positive and finite.

    See Also
    --------
    divkit.Exponential : its case of shape 1.
    divkit.Wishart : the same on matrices.

    Examples
    --------
    >>> float(Gamma(2, 1).log_prob(1.0)[0])
    -1.0
    """

    shape: float
    rate: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", positive("shape", self.shape))
        object.__setattr__(self, "rate", positive("rate", self.rate))

    @property
    def support(self) -> Boxes:
        """x ≥ 0."""
        return _HALF_LINE

    @property
    def _mode(self) -> float:
        return max(self.shape - 1, 0.0) / self.rate

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        x = anchor + offset
        inside = (x > 0) & x.isfinite()
        safe = torch.where(inside, x, 1.0)
        if self.shape >= 2:
            mode, missed = split((Fraction(self.shape) - 1) / Fraction(self.rate))
            distance = ((anchor - mode) + offset) - missed
            distance = torch.where(inside, distance, 1.0 - mode)
            excess = (self.shape - 1) * log_excess(safe, distance, mode)
            value = excess + log_gamma_peak(self.shape) + math.log(self.rate)
        else:
            value = (self.shape - 1) * torch.log(safe) - self.rate * safe + self._constant
        at_zero = torch.where(x == 0, x.new_tensor(self._at_zero), -math.inf)
        return torch.where(inside, value, at_zero)

    @property
    def _at_zero(self) -> float:
        return math.log(self.rate) if self.shape == 1 else math.copysign(math.inf, 1 - self.shape)

    @property
    def _constant(self) -> float:
        return self.shape * math.log(self.rate) - math.lgamma(self.shape)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.standard_gamma(self.shape, n) / self.rate

    @quiet
    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return floats(special.gammainc(self.shape, self.rate * np.maximum(floats(x), 0.0)))

    @quiet
    def sf(self, x: Any) -> FloatArray:
        """P(X > x), to full relative accuracy in the upper tail."""
        return floats(special.gammaincc(self.shape, self.rate * np.maximum(floats(x), 0.0)))

    @quiet
    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        return floats(special.gammaincinv(self.shape, floats(u)) / self.rate)

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the mode (the end, where shape ≤ 1), with the standard deviation."""
        return (Feature((self._mode,), (math.sqrt(self.shape) / self.rate,)),)

    @property
    def reach(self) -> tuple[float, float]:
        """Where A [x/m − 1 − log(x/m)] < 750, by its quadratic and its linear bound."""
        a = max(self.shape - 1, 0.0)
        low = max(a - math.sqrt(2 * a * UNDERFLOW), 0.0)
        return (low / self.rate, (a + math.sqrt(2 * a * UNDERFLOW) + UNDERFLOW) / self.rate)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """(shape−1) log(1/x) at 0, rate·x − (shape−1) log x at ∞."""
        a, rate = Fraction(self.shape) - 1, Fraction(self.rate)
        return (make({LOG: a}, "endpoint"), make({power(1): rate, LOG: -a}))

    @property
    def mean(self) -> FloatArray:
        """(shape/rate,)."""
        return np.array([self.shape / self.rate])

    @property
    def covariance(self) -> FloatArray:
        """((shape/rate²,),)."""
        return np.array([[self.shape / self.rate**2]])
