r"""Laws from scikit-learn: mixtures, KernelDensity, the normal laws of PCA and factor analysis.

A class derived from one of them is its parent, unless it has a density or a sampler of its own:
then it is read by its methods.

A Gaussian kernel is a mixture of normals; on the line a tophat one is a mixture of uniforms, an
exponential one of Laplace laws. The other kernels keep scikit-learn's density. All kernels are
radial, K(|x − c|/h), so that a draw is a centre plus h R times a uniform direction, where R has
density ∝ K(r) r^{d−1}: R² ~ Beta(d/2, 2) for 1 − r², R ~ Beta(d, 2) for 1 − r. On the line the
distribution function is the mean of the kernels' own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from sklearn.base import OutlierMixin
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.utils.validation import check_is_fitted

from divkit.distributions.adapt.radial import MOST_AXES, PROFILES, RadialSum
from divkit.distributions.adapt.reading import known_as, overridden
from divkit.distributions.base import Law
from divkit.distributions.callable.law import CallableLaw, CallableLaw1D, features_of, on_numpy
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.location_scale import Laplace
from divkit.distributions.families.multivariate import normal_law
from divkit.distributions.families.normal import Normal
from divkit.distributions.quantile import invert
from divkit.distributions.support import Boxes, Unknown, interval, union
from divkit.types import FloatArray

Radius: TypeAlias = Callable[[int, int, np.random.Generator], FloatArray]
"""(n, d, generator) -> n radii with density ∝ K(r) r^{d−1}."""


def convert(obj: Any) -> Law | None:
    """Return the law that a fitted scikit-learn density is, None if it is not known.

    Raises
    ------
    TypeError
        If its scores are no log density.
    """
    if isinstance(obj, OutlierMixin):
        raise TypeError(
            f"{obj!r} scores outliers: its score_samples is no log density. Pass a density, such "
            "as sklearn.neighbors.KernelDensity."
        )
    kind = known_as(obj, _KINDS)
    if kind is None or overridden(obj, kind, _DENSITY):
        return None
    check_is_fitted(obj)
    return _KINDS[kind](obj)


_DENSITY = (
    "score_samples",
    "sample",
    "_estimate_log_prob",
    "_estimate_log_weights",
    "_estimate_weighted_log_prob",
    "get_covariance",
)


def _latent_normal(obj: Any) -> Law:
    """PCA (Tipping, Bishop 1999) and factor analysis: a normal law of low rank and noise."""
    cov = np.asarray(obj.get_covariance(), dtype=np.float64)
    return normal_law(np.asarray(obj.mean_, dtype=np.float64), 0.5 * (cov + cov.T))


def _gaussian_mixture(obj: Any) -> Law:
    means = np.asarray(obj.means_, dtype=np.float64)
    covs = _COVARIANCES[obj.covariance_type](np.asarray(obj.covariances_, float), *means.shape)
    components = [normal_law(m, c) for m, c in zip(means, covs, strict=True)]
    return mixture(obj.weights_.tolist(), components, normalize=True)


_COVARIANCES: dict[str, Callable[[FloatArray, int, int], Any]] = {
    "full": lambda c, k, d: c,
    "tied": lambda c, k, d: np.broadcast_to(c, (k, d, d)),
    "diag": lambda c, k, d: np.stack([np.diag(row) for row in c]),
    "spherical": lambda c, k, d: np.stack([v * np.eye(d) for v in c]),
}


def _kernel_density(obj: Any) -> Law:
    if obj.metric != "euclidean":
        raise ValueError(f"metric must be 'euclidean' for a density; got {obj.metric!r}.")
    centers, weights = _data(obj)
    if centers.shape[1] == 1 and obj.kernel in _ON_THE_LINE:
        member = _ON_THE_LINE[obj.kernel]
        parts = [member(c, float(obj.bandwidth_)) for c in centers[:, 0].tolist()]
        return mixture(weights.tolist(), parts, normalize=True)
    if obj.kernel == "gaussian":
        cov = obj.bandwidth_**2 * np.eye(centers.shape[1])
        return mixture(weights.tolist(), [normal_law(c, cov) for c in centers], normalize=True)
    return _radial(obj, centers, weights)


def _tophat(center: float, bandwidth: float) -> Law:
    return Uniform(center - bandwidth, center + bandwidth)


_ON_THE_LINE: dict[str, Callable[[float, float], Law]] = {
    "gaussian": Normal,
    "exponential": Laplace,
    "tophat": _tophat,
}


def _data(obj: Any) -> tuple[FloatArray, FloatArray]:
    centers = np.asarray(obj.tree_.data, dtype=np.float64)
    given = obj.tree_.sample_weight
    weights = np.ones(len(centers)) if given is None else np.asarray(given, dtype=np.float64)
    return centers, weights / weights.sum()


def _radial(obj: Any, centers: FloatArray, weights: FloatArray) -> Law:
    n_centers, d = centers.shape
    h, radius = float(obj.bandwidth_), _RADII[obj.kernel]

    def draw(n: int, rng: np.random.Generator) -> FloatArray:
        chosen = centers[rng.choice(n_centers, size=n, p=weights)]
        direction = rng.normal(size=(n, d))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        return chosen + h * radius(n, d, rng)[:, None] * direction

    score = _score(obj, centers, weights)
    label = f"sklearn.{obj!r} fitted to {n_centers} points"
    marks = features_of(centers)
    if d > 1:
        return CallableLaw(label, on_numpy(score), d, Unknown(d), draw, marks)
    ends = [(c - h, c + h) for c in centers[:, 0].tolist()]
    domain = union(interval(low, high) for low, high in ends)
    breaks = {
        x
        for c, (low, high) in zip(centers[:, 0].tolist(), ends, strict=True)
        for x in (low, c, high)
    }
    if not isinstance(domain, Boxes):
        raise TypeError(f"{label}: its support is no union of intervals.")
    curves = _Curves(centers[:, 0], weights, h, _CDFS[obj.kernel])
    return CallableLaw1D(
        label, on_numpy(score), domain, marks, tuple(sorted(breaks)), draw, curves
    )


def _score(obj: Any, centers: FloatArray, weights: FloatArray) -> Callable[[FloatArray], Any]:
    """The log density at points (n, d): by cells, or scikit-learn's own by a tree."""
    d, h = centers.shape[1], float(obj.bandwidth_)
    excess = math.log(_kernel_mass(obj.kernel, d))
    if 1 < d <= MOST_AXES and obj.kernel in PROFILES:
        middle = np.zeros((1, d))
        one = KernelDensity(kernel=obj.kernel, bandwidth=1.0).fit(middle)
        height = float(one.score_samples(middle)[0]) - d * math.log(h) - excess
        return RadialSum(centers, weights, h, PROFILES[obj.kernel], height)

    def score(x: FloatArray) -> Any:
        return obj.score_samples(x.reshape(-1, d)) - excess

    return score


@dataclass(frozen=True)
class _Curves:
    """Distribution and quantile functions of Σ w K((x − c)/h)."""

    centers: FloatArray
    weights: FloatArray
    bandwidth: float
    kernel_cdf: Callable[[FloatArray], FloatArray]

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return self._mean(x, 1.0)

    def sf(self, x: Any) -> FloatArray:
        """P(X > x)."""
        return self._mean(x, -1.0)

    def _mean(self, x: Any, side: float) -> FloatArray:
        z = (np.asarray(x, dtype=np.float64)[..., None] - self.centers) / self.bandwidth
        return np.asarray(self.kernel_cdf(np.clip(side * z, -1.0, 1.0)) @ self.weights)

    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        level = np.asarray(u, dtype=np.float64)
        low = np.full(level.shape, self.centers.min() - self.bandwidth)
        high = np.full(level.shape, self.centers.max() + self.bandwidth)
        return invert(self.cdf, self.sf, level, low, high)


_CDFS: dict[str, Callable[[FloatArray], FloatArray]] = {  # on [−1, 1], by the kernels' symmetry
    "epanechnikov": lambda z: 0.25 * (1 + z) ** 2 * (2 - z),
    "linear": lambda z: np.where(z < 0, 0.5 * (1 + z) ** 2, 1 - 0.5 * (1 - z) ** 2),
    "cosine": lambda z: np.sin(0.25 * np.pi * (1 + z)) ** 2,
}


def _kernel_mass(kernel: str, d: int) -> float:
    """∫ of scikit-learn's kernel over R^d: 1, but for the cosine one where d is even.

    The kernel's radial density is integrated over the unit ball, whose sphere has area
    2 π^{d/2}/Γ(d/2); an exponential kernel reaches further and is right.
    """
    if kernel == "exponential":
        return 1.0
    nodes, weights = np.polynomial.legendre.leggauss(40)
    r = 0.5 * (nodes + 1)
    points = np.concatenate([r[:, None], np.zeros((len(r), d - 1))], axis=1)
    one = KernelDensity(kernel=kernel, bandwidth=1.0).fit(np.zeros((1, d)))
    log_area = math.log(2) + 0.5 * d * math.log(math.pi) - math.lgamma(0.5 * d)
    radial = np.exp(one.score_samples(points) + (d - 1) * np.log(r) + log_area)
    mass = float(0.5 * weights @ radial)
    return 1.0 if abs(mass - 1) < 1e-9 else mass


def _cosine(n: int, d: int, rng: np.random.Generator) -> FloatArray:
    """R from cos(πr/2) r^{d−1} on [0, 1], by rejection from r^{d−1}."""
    kept: list[float] = []
    while len(kept) < n:
        r = rng.random(n) ** (1 / d)
        kept.extend(r[rng.random(n) < np.cos(0.5 * np.pi * r)].tolist())
    return np.array(kept[:n])


_RADII: dict[str, Radius] = {
    "tophat": lambda n, d, rng: rng.random(n) ** (1 / d),
    "epanechnikov": lambda n, d, rng: np.sqrt(rng.beta(d / 2, 2, n)),
    "exponential": lambda n, d, rng: rng.standard_gamma(d, n),
    "linear": lambda n, d, rng: rng.beta(d, 2, n),
    "cosine": _cosine,
}

_KINDS: dict[type, Callable[[Any], Law]] = {
    GaussianMixture: _gaussian_mixture,
    BayesianGaussianMixture: _gaussian_mixture,  # what it draws from; its scores are a bound
    PCA: _latent_normal,
    FactorAnalysis: _latent_normal,
    KernelDensity: _kernel_density,
}
