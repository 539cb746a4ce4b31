"""Distribution and quantile functions of torch's families that SciPy does not have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from divkit.distributions.callable.law import Curves, Sampler
from divkit.types import FloatArray


@dataclass(frozen=True)
class Kumaraswamy:
    """1 − (1 − x^a)^b on [0, 1]."""

    a: float
    b: float

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return np.asarray(-np.expm1(self.b * self._log_rest(x)))

    def sf(self, x: Any) -> FloatArray:
        """P(X > x)."""
        return np.asarray(np.exp(self.b * self._log_rest(x)))

    def _log_rest(self, x: Any) -> FloatArray:
        """log(1 − x^a)."""
        point = np.clip(np.asarray(x, dtype=np.float64), 0.0, 1.0)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(-np.expm1(self.a * np.log(point))))

    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        with np.errstate(divide="ignore"):
            log_rest = np.log1p(-np.asarray(u, dtype=np.float64)) / self.b
            return np.asarray(np.exp(np.log(-np.expm1(log_rest)) / self.a))


@dataclass(frozen=True)
class ContinuousBernoulli:
    """(e^{tx} − 1)/(e^t − 1) on [0, 1], t the logit; x where t = 0."""

    logit: float

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return self._share(np.clip(np.asarray(x, dtype=np.float64), 0.0, 1.0), self.logit)

    def sf(self, x: Any) -> FloatArray:
        """P(X > x): 1 − X has the opposite logit."""
        return self._share(1.0 - np.clip(np.asarray(x, dtype=np.float64), 0.0, 1.0), -self.logit)

    def _share(self, x: FloatArray, t: float) -> FloatArray:
        if t == 0:
            return x
        if t < 0:
            return np.asarray(np.expm1(t * x) / np.expm1(t))
        return np.asarray(np.exp(t * (x - 1)) * np.expm1(-t * x) / np.expm1(-t))

    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        level, t = np.asarray(u, dtype=np.float64), self.logit
        if t == 0:
            return level
        if t < 0:
            return np.asarray(np.log1p(level * np.expm1(t)) / t)
        return np.asarray(1.0 + np.log(level + (1.0 - level) * np.exp(-t)) / t)


def by_quantiles(curves: Curves) -> Sampler:
    """Draws from quantiles of uniform numbers."""
    return lambda n, rng: curves.ppf(rng.random(n))
