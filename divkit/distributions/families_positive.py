r"""Laws on a half-line: exponential, gamma, log-normal, Pareto.

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
from scipy import special

from divkit.distributions.base import Feature, Law1D, finite, positive
from divkit.distributions.families_numerics import (
    UNDERFLOW,
    floats,
    log1p_ratio,
    log_excess,
    log_gamma_peak,
    log_minus,
    off_support,
    quiet,
)
from divkit.distributions.support import Boxes, interval
from divkit.distributions.tails import LOG, LOG_SQUARED, Tail, make, power
from divkit.types import FloatArray, Tensor

_LARGEST = 700.0  # e^700 is a float
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
            distance = torch.where(inside, (anchor - self._mode) + offset, 1.0 - self._mode)
            excess = (self.shape - 1) * log_excess(safe, distance, self._mode)
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


@dataclass(frozen=True)
class LogNormal(Law1D):
    """The law of e^N, N ~ N(mu, sigma²): log p = −z²/2 − log(x sigma √2π), z = (log x − mu)/sigma.

    Parameters
    ----------
    mu, sigma : mean (finite) and standard deviation (positive) of the logarithm.

    Raises
    ------
    ValueError
        If mu is not finite, or sigma not positive.

    >>> float(LogNormal(0, 1).log_prob(1.0)[0])
    -0.9189385332046727
    """

    mu: float = 0.0
    sigma: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "mu", finite("mu", self.mu))
        object.__setattr__(self, "sigma", positive("sigma", self.sigma))
        if abs(self.mu) > _LARGEST:
            raise ValueError(
                f"mu must be in [-700, 700], for e^mu to be a float; got {self.mu!r}."
            )

    @property
    def support(self) -> Boxes:
        """x ≥ 0; the density vanishes at 0."""
        return _HALF_LINE

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        x = anchor + offset
        inside = (x > 0) & x.isfinite()
        centred = self._centred_log(anchor, offset, torch.where(inside, x, 1.0))
        z = centred / self.sigma
        constant = math.log(self.sigma) + 0.5 * math.log(2 * math.pi) + self.mu
        return off_support(inside, -0.5 * z * z - centred - constant)

    @property
    def _median(self) -> float:
        return math.exp(self.mu)

    @property
    def _slip(self) -> float:
        """How much log _median exceeds mu, by rounding."""
        return log_minus(self._median, self.mu)

    def _centred_log(self, anchor: float, offset: Tensor, x: Tensor) -> Tensor:
        """log x − mu, from x − median where that is small."""
        distance = (anchor - self._median) + offset
        near = distance.abs() < 0.5 * self._median
        close = torch.log1p(torch.where(near, distance, 0.0) / self._median)
        return torch.where(near, close + self._slip, torch.log(x) - self.mu)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.lognormal(self.mu, self.sigma, n)

    def _standardised(self, x: Any) -> FloatArray:
        point = np.maximum(floats(x), 0.0)
        share = (point - self._median) / self._median
        near = np.abs(share) < 0.5
        close = np.log1p(np.where(near, share, 0.0)) + self._slip
        far = special.xlogy(1.0, point) - self.mu
        return floats(np.where(near, close, far) / self.sigma)

    @quiet
    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return floats(special.ndtr(self._standardised(x)))

    @quiet
    def sf(self, x: Any) -> FloatArray:
        """P(X > x), to full relative accuracy in the upper tail."""
        return floats(special.ndtr(-self._standardised(x)))

    @quiet
    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        return floats(self._median * np.exp(self.sigma * special.ndtri(floats(u)) - self._slip))

    @property
    def features(self) -> tuple[Feature, ...]:
        """The median with the width there; where sigma is large, quantiles on a log scale too."""
        steps = range(-4, 5) if self.sigma > 0.5 else (0,)
        logs = (self.mu + step * self.sigma for step in steps)
        centers = [math.exp(log) for log in logs if abs(log) < 700]
        return tuple(Feature((c,), (c * self.sigma,)) for c in centers if c * self.sigma > 0)

    @property
    def reach(self) -> tuple[float, float]:
        """40 standard deviations of the logarithm."""
        low, high = self.mu - 40 * self.sigma, self.mu + 40 * self.sigma
        return (_exp(low), _exp(high))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """(log x)²/(2 sigma²) + (1 − mu/sigma²) log x at both ends."""
        precision, mu = 1 / Fraction(self.sigma) ** 2, Fraction(self.mu)
        linear = 1 - mu * precision
        return (
            make({LOG_SQUARED: precision / 2, LOG: -linear}, "endpoint"),
            make({LOG_SQUARED: precision / 2, LOG: linear}),
        )

    @property
    def mean(self) -> FloatArray:
        """(e^{mu + sigma²/2},)."""
        return floats([_exp(self.mu + 0.5 * self.sigma**2)])

    @property
    def covariance(self) -> FloatArray:
        """(((e^{sigma²} − 1) e^{2 mu + sigma²},),)."""
        spread = self.sigma**2
        grown = math.log(-math.expm1(-spread)) + spread  # log(e^{sigma²} − 1)
        return floats([[_exp(grown + 2 * self.mu + spread)]])


@dataclass(frozen=True)
class Pareto(Law1D):
    """The Pareto law on x ≥ scale: log p = log(alpha/scale) − (alpha+1) log(x/scale).

    Parameters
    ----------
    alpha : tail index, positive; the mean exists where alpha > 1.
    scale : lower end, positive.

    Raises
    ------
    ValueError
        If alpha or scale is not positive and finite.

    >>> float(Pareto(1, 1).log_prob(1.0)[0])
    0.0
    """

    alpha: float
    scale: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", positive("alpha", self.alpha))
        object.__setattr__(self, "scale", positive("scale", self.scale))

    @property
    def support(self) -> Boxes:
        """x ≥ scale."""
        return interval(self.scale, math.inf)

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        distance = (anchor - self.scale) + offset
        inside = (distance >= 0) & distance.isfinite()
        log_ratio = log1p_ratio(torch.where(inside, distance, 0.0), self.scale)
        constant = math.log(self.alpha) - math.log(self.scale)
        return off_support(inside, constant - (self.alpha + 1) * log_ratio)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.scale * np.exp(rng.standard_exponential(n) / self.alpha)

    def _log_ratio(self, x: Any) -> FloatArray:
        point = np.maximum(floats(x), self.scale)
        near = np.minimum(point, 2 * self.scale)
        beyond = np.log(point) - math.log(self.scale)
        return floats(np.where(point > near, beyond, np.log1p((near - self.scale) / self.scale)))

    @quiet
    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return floats(-np.expm1(-self.alpha * self._log_ratio(x)))

    @quiet
    def sf(self, x: Any) -> FloatArray:
        """P(X > x), to full relative accuracy."""
        return floats(np.exp(-self.alpha * self._log_ratio(x)))

    @quiet
    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        return floats(self.scale * np.exp(-special.xlog1py(1.0, -floats(u)) / self.alpha))

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the end, with the length over which the density falls e-fold there."""
        return (Feature((self.scale,), (self.scale / (self.alpha + 1),)),)

    @property
    def reach(self) -> tuple[float, float]:
        """From the end to ∞."""
        return (self.scale, math.inf)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Bounded at the end, (alpha+1) log x at ∞."""
        return (make({}, "endpoint"), make({LOG: Fraction(self.alpha) + 1}))

    @property
    def mean(self) -> FloatArray:
        """(scale alpha/(alpha−1),) where alpha > 1, else (inf,)."""
        return np.array(
            [self.scale * self.alpha / (self.alpha - 1) if self.alpha > 1 else math.inf]
        )

    @property
    def covariance(self) -> FloatArray:
        """((scale² alpha/((alpha−1)²(alpha−2)),),), inf where alpha ≤ 2, NaN where alpha ≤ 1."""
        a = self.alpha
        if a > 2:
            return np.array([[self.scale**2 * a / ((a - 1) ** 2 * (a - 2))]])
        return np.array([[math.inf if a > 1 else math.nan]])


def _exp(log: float) -> float:
    """e^log, inf where that overflows."""
    return math.exp(log) if log < 709 else math.inf
