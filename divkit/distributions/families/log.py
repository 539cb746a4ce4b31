r"""Laws on a half-line that are simple in log x: log-normal, Pareto.

log x − mu is formed from the distance to the median, log(x/scale) from the distance to the end, so
that no digit of a point next to either is lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Feature, Law1D, finite, positive
from divkit.distributions.families.numerics import (
    floats,
    log1p_ratio,
    log_minus,
    off_support,
    quiet,
)
from divkit.distributions.support import Boxes, interval
from divkit.distributions.tails import LOG, LOG_SQUARED, Tail, make
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")

_LARGEST = 700.0  # e^700 is a float


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

    See Also
    --------
    divkit.Normal : of the logarithm.
    divkit.transformed : the image of any law under a map.

    Examples
    --------
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
        return interval(0.0, math.inf)

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
        """The excess of log _median over mu, by rounding."""
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

    See Also
    --------
    divkit.Exponential : of the logarithm.
    divkit.Zipf : of whole numbers.

    Examples
    --------
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
