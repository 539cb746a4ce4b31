r"""Probabilistic PCA: the latent-variable model in which every term of the ELBO is closed form.

    x = Wz + b + σε,   p(x) = N(b, WWᵀ + σ²I),   p(z|x) = N(M⁻¹Wᵀ(x − b), σ²M⁻¹),   M = WᵀW + σ²I

(Tipping, Bishop 1999, equations 5 to 8). For a Gaussian q(z) = N(m, S),

    ELBO = −½[d log 2πσ² + (|x − b − Wm|² + tr(WSWᵀ))/σ²] − KL(q ‖ N(0, I)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law, positive
from divkit.distributions.families.multivariate import MultivariateNormal, normal_law
from divkit.distributions.families.normal import Normal
from divkit.types import FloatArray


@dataclass(frozen=True, eq=False)
class ProbabilisticPCA:
    """x = Wz + b + σε with z ~ N(0, I).

    Parameters
    ----------
    loadings : W (d, k).
    noise : the variance σ².
    shift : b (d,); 0 where None.

    Raises
    ------
    ValueError
        If the noise is not positive, or shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> ProbabilisticPCA(np.array([[1.0], [1.0]]), noise=0.5).law
    MultivariateNormal(loc=(0.0, 0.0), cov=((1.5, 1.0), (1.0, 1.5)))
    """

    loadings: FloatArray
    noise: float
    shift: FloatArray | None = None

    def __post_init__(self) -> None:
        w = np.asarray(self.loadings, dtype=np.float64)
        if w.ndim != 2:
            raise ValueError(f"loadings must be (d, k); got shape {w.shape}.")
        b = np.zeros(len(w)) if self.shift is None else np.asarray(self.shift, dtype=np.float64)
        if b.shape != (len(w),):
            raise ValueError(f"shift must be ({len(w)},); got shape {b.shape}.")
        object.__setattr__(self, "loadings", w)
        object.__setattr__(self, "shift", b)
        object.__setattr__(self, "noise", positive("noise", self.noise))

    @cached_property
    def law(self) -> Law:
        """p(x) = N(b, WWᵀ + σ²I)."""
        covariance = self.loadings @ self.loadings.T + self.noise * np.eye(len(self.loadings))
        return normal_law(self._b, covariance)

    @property
    def _b(self) -> FloatArray:
        return np.asarray(self.shift)

    def posterior(self, x: FloatArray) -> Law:
        """p(z|x) for one point x (d,)."""
        w = self.loadings
        m = w.T @ w + self.noise * np.eye(w.shape[1])
        mean = np.asarray(np.linalg.solve(m, w.T @ (x - self._b)), dtype=np.float64)
        spread = np.asarray(self.noise * np.linalg.inv(m), dtype=np.float64)
        return normal_law(mean, 0.5 * (spread + spread.T))

    def elbo(self, x: FloatArray, q: Any) -> float:
        """The ELBO of one point for a normal law q of z, in nats.

        Raises
        ------
        TypeError
            If q is not a normal law.
        """
        law = as_law(q)
        if not isinstance(law, Normal | MultivariateNormal):
            raise TypeError(f"q must be a normal law; got {q!r}.")
        mean, spread, w = law.mean, law.covariance, self.loadings
        away = x - self._b - w @ mean
        misfit = (away @ away + np.trace(w @ spread @ w.T)) / self.noise
        likelihood = -0.5 * (len(w) * math.log(2 * math.pi * self.noise) + misfit)
        prior = 0.5 * (mean @ mean + np.trace(spread) - len(mean))
        return float(likelihood - (prior - 0.5 * np.linalg.slogdet(spread)[1]))
