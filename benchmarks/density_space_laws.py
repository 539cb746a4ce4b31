"""Laws in the plane and in 5 and 10 dimensions for density estimates.

Each has `sample(n, rng)`, (n, d), and `log_prob(x)`, (n,), as tensors; `of_dimension` takes any
d. Laws by a copula are the copula's quantiles through the margins' inverses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import stats

from divkit.distributions import (
    Beta,
    Exponential,
    Gamma,
    Laplace,
    Law1D,
    LogNormal,
    MultivariateNormal,
    MultivariateStudentT,
    Normal,
    banana,
    checkerboard,
    funnel,
    grid,
    mixture,
    moons,
    product,
    ring,
    spiral,
)
from divkit.types import FloatArray, Tensor

PLANE: dict[str, Any] = {
    "ring": ring(),
    "grid": grid(),
    "moons": moons(),
    "banana": banana(),
    "checkerboard": checkerboard(),
    "funnel": funnel(),
    "spiral": spiral(),
    "anisotropic": mixture(
        [0.5, 0.3, 0.2],
        [
            MultivariateNormal([0.0, 0.0], [[1.0, 0.97], [0.97, 1.0]]),
            MultivariateNormal([2.0, -2.0], [[0.5, -0.45], [-0.45, 0.5]]),
            MultivariateNormal([-3.0, 2.0], [[0.01, 0.0], [0.0, 2.0]]),
        ],
    ),
}


@dataclass(frozen=True)
class WithCopula:
    """Margins tied by a Gaussian copula of correlations `matrix`, or by Clayton's of θ."""

    margins: tuple[Law1D, ...]
    matrix: FloatArray | None = None
    theta: float = 2.0

    def sample(self, n: int, rng: np.random.Generator) -> Tensor:
        """Draw n points (n, d)."""
        dim = len(self.margins)
        if self.matrix is not None:
            u = stats.norm.cdf(rng.multivariate_normal(np.zeros(dim), self.matrix, n))
        else:
            frailty = rng.gamma(1 / self.theta, size=(n, 1))
            u = (1 + rng.exponential(size=(n, dim)) / frailty) ** (-1 / self.theta)
        columns = [law.ppf(u[:, k]) for k, law in enumerate(self.margins)]
        return torch.from_numpy(np.stack(columns, axis=1))

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log density at points (n, d), (n,)."""
        pairs = list(zip(self.margins, np.asarray(x).T, strict=True))
        alone = sum(np.asarray(law.log_prob(c[:, None])) for law, c in pairs)
        u = np.stack([law.cdf(c) for law, c in pairs], axis=1)
        with np.errstate(all="ignore"):
            return torch.from_numpy(alone + np.where(alone > -np.inf, self._tie(u), 0.0))

    def _tie(self, u: FloatArray) -> FloatArray:
        dim, t = u.shape[1], self.theta
        if self.matrix is not None:
            z = stats.norm.ppf(u)
            joint = stats.multivariate_normal(np.zeros(dim), self.matrix).logpdf(z)
            return np.asarray(joint - stats.norm.logpdf(z).sum(axis=1))
        total = (u**-t).sum(axis=1) - dim + 1
        rising = np.log1p(t * np.arange(dim)).sum()
        return np.asarray(rising - (1 + t) * np.log(u).sum(axis=1) - (dim + 1 / t) * np.log(total))


def _covariance(dim: int, rng: np.random.Generator, spread: float) -> FloatArray:
    turn = np.linalg.qr(rng.normal(size=(dim, dim)))[0]
    scales = spread ** np.linspace(-1, 1, dim)
    return np.asarray((turn * scales) @ turn.T)


def _normals(dim: int, count: int, apart: float, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    means = apart * rng.normal(size=(count, dim))
    weights = np.arange(1.0, count + 1) / (count * (count + 1) / 2)
    parts = [MultivariateNormal(m, _covariance(dim, rng, 4.0)) for m in means]
    return mixture(weights.tolist(), parts, normalize=True)


def _factors(dim: int, count: int, rank: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    parts = []
    for mean in 1.5 * rng.normal(size=(count, dim)):
        load, own = rng.normal(size=(dim, rank)), rng.uniform(0.2, 1.0, dim)
        parts.append(MultivariateNormal(mean, load @ load.T + np.diag(own)))
    return mixture([1.0] * count, parts, normalize=True)


def of_dimension(dim: int) -> dict[str, Any]:
    """Nine laws on R^d."""
    steps = np.abs(np.subtract.outer(np.arange(dim), np.arange(dim)))
    margins = (Exponential(1.0), Gamma(3.0, 1.0), LogNormal(0.0, 0.5), Beta(2.0, 1.0), Laplace())
    cycle = tuple(margins[k % 5] for k in range(dim))
    return {
        "normal": MultivariateNormal(np.zeros(dim), 0.8**steps),
        "three_normals": _normals(dim, 3, 2.0, 1),
        "six_normals": _normals(dim, 6, 3.0, 2),
        "factors": _factors(dim, 3, 2, 3),
        "student": MultivariateStudentT(4.0, np.zeros(dim), 0.6**steps),
        "product": product(cycle),
        "gaussian_copula": WithCopula(cycle, 0.7**steps),
        "clayton_copula": WithCopula((Normal(),) * dim),
        "banana": banana(dim),
    }


LAWS: dict[str, dict[str, Any]] = {
    "plane": PLANE,
    "five": of_dimension(5),
    "ten": of_dimension(10),
}
