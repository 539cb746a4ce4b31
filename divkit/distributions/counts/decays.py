r"""Laws of counts that fall like exponentials: Planck's, Boltzmann's, the discrete Laplace law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from flint import arb

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.base import positive
from divkit.distributions.counts.checks import whole
from divkit.distributions.counts.gammas import Sized
from divkit.distributions.counts.law import CountLaw
from divkit.distributions.counts.ratio import Between, Ratio, ratio
from divkit.distributions.counts.rational import RationalLaw
from divkit.distributions.finite.log_weights import UNIT
from divkit.types import Ball, FloatArray


@dataclass(frozen=True)
class Planck(RationalLaw):
    """P(k) = (1 − e^{−rate}) e^{−rate k}, k = 0, 1, …: geometric, by the rate of its exponential.

    Raises
    ------
    ValueError
        If rate is not positive and finite.

    See Also
    --------
    divkit.Geometric : by its probability.
    divkit.Boltzmann : cut off.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(Planck(1.0).log_prob([0, 1, 2])).round(6)
    array([0.632121, 0.232544, 0.085548])
    """

    rate: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", positive("rate", self.rate))

    @cached_property
    def ratio(self) -> Ratio:
        """e^{−rate}."""
        return ratio(-Fraction(self.rate), ())

    def log_first(self) -> Ball:
        """log(1 − e^{−rate})."""
        return (-(-arb(self.rate)).expm1()).log()

    @property
    def ends(self) -> tuple[float, float]:
        """From 0."""
        return 0, math.inf

    @property
    def center(self) -> tuple[float, float]:
        """0, and the scale of the exponential."""
        return 0.0, max(1.0, 1 / self.rate)

    @property
    def mean(self) -> FloatArray:
        """1/(e^rate − 1)."""
        return np.array([-math.exp(-self.rate) / math.expm1(-self.rate)])

    @property
    def covariance(self) -> FloatArray:
        """e^{−rate}/(1 − e^{−rate})²."""
        return np.array([[math.exp(-self.rate) / math.expm1(-self.rate) ** 2]])


@dataclass(frozen=True)
class Boltzmann(RationalLaw):
    """P(k) ∝ e^{−rate k}, k = 0 … count − 1: Planck's law cut off.

    Raises
    ------
    ValueError
        If rate is not positive and finite, or count not whole and at least 1.

    See Also
    --------
    divkit.Planck : without an end.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(Boltzmann(0.5, 3).log_prob([0, 1, 2])).round(6)
    array([0.50648 , 0.307196, 0.186324])
    """

    rate: float
    count: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", positive("rate", self.rate))
        object.__setattr__(self, "count", whole("count", self.count, 1))

    @cached_property
    def ratio(self) -> Ratio:
        """e^{−rate}."""
        return ratio(-Fraction(self.rate), ())

    def log_first(self) -> Ball:
        """log (1 − e^{−rate})/(1 − e^{−rate count})."""
        rate = arb(self.rate)
        return ((-rate).expm1() / (-rate * self.count).expm1()).log()

    @property
    def ends(self) -> tuple[float, float]:
        """From 0 to count − 1."""
        return 0, self.count - 1

    @property
    def center(self) -> tuple[float, float]:
        """0, and the scale of the exponential."""
        return 0.0, max(1.0, min(1 / self.rate, float(self.count)))


@dataclass(frozen=True)
class DiscreteLaplace(CountLaw):
    """P(k) = tanh(rate/2) e^{−rate |k|} on all whole numbers (Inusah, Kozubowski 2006).

    Raises
    ------
    ValueError
        If rate is not positive and finite.

    See Also
    --------
    divkit.Laplace : with a density.
    divkit.Geometric : one of its sides.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(DiscreteLaplace(1.0).log_prob([-1, 0, 1])).round(6)
    array([0.170003, 0.462117, 0.170003])
    """

    rate: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", positive("rate", self.rate))

    @property
    def ends(self) -> tuple[float, float]:
        """All whole numbers."""
        return -math.inf, math.inf

    @property
    def center(self) -> tuple[float, float]:
        """0, and the scale of the exponential."""
        return 0.0, max(1.0, 1 / self.rate)

    @cached_property
    def fall(self) -> Ratio:
        """The ratio on both sides."""
        return ratio(-Fraction(self.rate), ())

    def asymptote(self, side: int) -> Ratio:
        """e^{−rate} on both sides."""
        return self.fall

    def between(self, side: int) -> Between | None:
        """e^{−rate} for v ≥ 0."""
        return Between(self.fall, self.fall, 0)

    @cached_property
    def log_zero(self) -> float:
        """log P(0)."""
        with own_precision(96):
            return float((arb(self.rate) / 2).tanh().log())

    def _log_pmf(self, k: FloatArray) -> Sized:
        fall = self.rate * np.abs(k)
        value = self.log_zero - fall
        return Sized(value, UNIT * (abs(self.log_zero) + 2 * fall + np.abs(value)))

    def cdf(self, x: object) -> FloatArray:
        """1 − e^{−rate (k + 1)}/(1 + e^{−rate}) for k ≥ 0, e^{rate k}/(1 + e^{−rate}) below."""
        k = np.floor(np.asarray(x, dtype=np.float64))
        return np.where(k >= 0, 1 - self._upper(k), self._upper(-k - 1))

    def sf(self, x: object) -> FloatArray:
        """The same from above."""
        k = np.floor(np.asarray(x, dtype=np.float64))
        return np.where(k >= 0, self._upper(k), 1 - self._upper(-k - 1))

    def _upper(self, k: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            return np.asarray(np.exp(-self.rate * (k + 1)) / (1 + math.exp(-self.rate)))

    @property
    def mean(self) -> FloatArray:
        """0."""
        return np.zeros(1)

    @property
    def covariance(self) -> FloatArray:
        """½/sinh²(rate/2)."""
        half = self.rate / 2
        return np.array([[0.5 / math.sinh(half) ** 2 if half < 300 else 2 * math.exp(-self.rate)]])
