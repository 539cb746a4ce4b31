r"""Normal mixtures in space, whose covariances are drawn to the one that the components share.

With weights n_k, scatters W_k and the pooled covariance S = Σ W_k/n, the covariance of a component
is (sS + W_k)/(s + n_k): s rows' worth of belief that all are alike, between mixtures of free
covariances (s = 0) and of a common one (s = ∞), and none collapses.

An iteration of expectation and maximisation is two matrix products. Log densities are linear in
the monomials (1, x_i, x_i x_j) of a row, and so are the moments of a component: with Q (n, M) the
monomials of all rows and R (K, n) the shares, they are (coefficients)·Qᵀ and R·Q. Rows are
whitened first, which keeps the digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2, vq

from divkit.density.kernel_space import Whitening, whitening
from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.multivariate import normal_law
from divkit.types import FloatArray

_ENOUGH = 1e-4  # nats a row and step
_STEPS, _FIRST = 60, 8
_LEAST = 1e-9
_KMEANS = 2000
"""Rows that means to start from are found by, at most."""


@dataclass(frozen=True, eq=False)
class Components:
    """Weights (…, K), means (…, K, d) and covariances (…, K, d, d) of one mixture or several."""

    weight: FloatArray
    mean: FloatArray
    covariance: FloatArray

    def of(self, place: int | NDArray[np.intp]) -> Components:
        """Return one of several, or some."""
        return Components(self.weight[place], self.mean[place], self.covariance[place])


Shape: TypeAlias = Callable[[FloatArray], FloatArray]
"""Covariances (…, K, d, d) by scatters: what a component may be like."""


def free(scatter: FloatArray) -> FloatArray:
    """Return the scatters (…, K, d, d): covariances of any shape."""
    return scatter


@dataclass(frozen=True, eq=False)
class Quadratics:
    """The monomials of whitened rows up to degree two.

    Attributes
    ----------
    z : rows (n, d).
    values : (n, 1 + d + d(d+1)/2).
    pairs : the places (i, j), i ≤ j, of the squares.
    """

    z: FloatArray
    values: FloatArray
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]]

    @classmethod
    def of(cls, z: FloatArray) -> Quadratics:
        """Return those of rows (n, d)."""
        i, j = np.triu_indices(z.shape[1])
        values = np.concatenate([np.ones((len(z), 1)), z, z[:, i] * z[:, j]], axis=1)
        return cls(z, values, (i, j))


def whitened(rows: FloatArray) -> tuple[Whitening, FloatArray]:
    """Return the whitening of rows (n, d), and them."""
    frame = whitening(rows)
    return frame, frame.of(rows)


def mixtures_of(
    z: FloatArray,
    order: int,
    shared: float,
    starts: int,
    kept: int | None = None,
    shape: Shape = free,
) -> list[tuple[float, Components]]:
    """Return mixtures from several starts with their likelihoods in nats a row, the best first.

    Parameters
    ----------
    z : whitened rows (n, d).
    order : number of components.
    shared : rows' worth of the pooled covariance in each component's.
    starts : by k-means, the same for the same rows; they climb together.
    kept : how many go on after a few steps, those of the largest likelihood; None is all.
    shape : what the covariances may be like.
    """
    data, rng = Quadratics.of(z), np.random.default_rng(0)
    shares = [_started(z, order, rng) for _ in range(starts if order > 1 else 1)]
    parts = shaped(_maximised(data, np.stack(shares), shared), shape)
    if kept is not None and kept < len(shares):
        values, parts = _climbed(data, parts, shared, shape, _FIRST)
        parts = parts.of(np.argsort(-values, kind="stable")[:kept])
    values, parts = _climbed(data, parts, shared, shape)
    return [(float(values[k]), parts.of(k)) for k in np.argsort(-values, kind="stable").tolist()]


def shaped(parts: Components, shape: Shape) -> Components:
    """Return the mixture with covariances of a shape."""
    return replace(parts, covariance=shape(parts.covariance))


def together(mixtures: Sequence[Components]) -> Components:
    """Return the mean of several mixtures."""
    return Components(
        np.concatenate([each.weight for each in mixtures]) / len(mixtures),
        np.concatenate([each.mean for each in mixtures]),
        np.concatenate([each.covariance for each in mixtures]),
    )


def mean_log(parts: Components, z: FloatArray) -> float:
    """Return the mean log density at whitened rows (n, d)."""
    return float(_shares(_logs(Quadratics.of(z), parts))[1].mean())


def law_of(parts: Components, frame: Whitening) -> Law:
    """Return the mixture in the units before whitening."""
    means = frame.inverse(parts.mean)
    spreads = frame.factor @ parts.covariance @ frame.factor.T
    laws = [normal_law(m, 0.5 * (c + c.T)) for m, c in zip(means, spreads, strict=True)]
    return mixture(parts.weight.tolist(), laws, normalize=True)


def _started(z: FloatArray, order: int, rng: np.random.Generator) -> FloatArray:
    """K-means' parts of the rows as shares (K, n), the means by some of the rows."""
    some = z[rng.permutation(len(z))[:_KMEANS]]
    means = kmeans2(some, order, iter=8, minit="++", seed=rng, missing="warn")[0]
    return np.asarray(np.arange(order)[:, None] == vq(z, means)[0], dtype=np.float64)


def _climbed(
    data: Quadratics, parts: Components, shared: float, shape: Shape, steps: int = _STEPS
) -> tuple[FloatArray, Components]:
    """Iterate until no mixture's likelihood of a row rises; return these, too."""
    before = np.full(len(parts.weight), -math.inf)
    for _ in range(steps):
        shares, totals = _shares(_logs(data, parts))
        value = totals.mean(axis=-1)
        if (value - before < _ENOUGH).all():
            break
        before = value
        parts = shaped(_maximised(data, shares, shared), shape)
    return value, parts


def _shares(logs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shares of the axis before the last, in place of logs, and the log of the sum over it."""
    top = logs.max(axis=-2, keepdims=True)
    logs -= top
    np.exp(logs, out=logs)
    total = logs.sum(axis=-2, keepdims=True)
    logs /= total
    return logs, (np.log(total) + top)[..., 0, :]


def _maximised(data: Quadratics, shares: FloatArray, shared: float) -> Components:
    """Moments of the components by shares (…, K, n), their covariances drawn to the pooled one."""
    n, dim = data.z.shape
    size = shares.shape[:-1]
    moments = (shares.reshape(-1, n) @ data.values).reshape(*size, -1)  # (…, K, M)
    count = moments[..., 0]
    safe = np.where(count > _LEAST * n, count, np.inf)[..., None]  # an empty one has mean 0
    mean = moments[..., 1 : dim + 1] / safe
    scatter = np.empty((*size, dim, dim))
    i, j = data.pairs
    scatter[..., i, j] = scatter[..., j, i] = moments[..., dim + 1 :]
    scatter -= count[..., None, None] * mean[..., :, None] * mean[..., None, :]
    pooled = scatter.sum(axis=-3, keepdims=True) / n
    covariance = (shared * pooled + scatter) / (shared + count)[..., None, None]
    return Components(np.where(count > _LEAST * n, count / n, 0.0), mean, covariance)


def _logs(data: Quadratics, parts: Components) -> FloatArray:
    """Log of weight times density of each component at each row, (…, K, n)."""
    dim = data.z.shape[1]
    precision = np.linalg.inv(parts.covariance)
    linear = (precision @ parts.mean[..., None])[..., 0]
    with np.errstate(divide="ignore"):  # an empty component has weight 0
        level = np.log(parts.weight) - 0.5 * dim * math.log(2 * math.pi)
    level -= 0.5 * np.linalg.slogdet(parts.covariance)[1] + 0.5 * (linear * parts.mean).sum(-1)
    i, j = data.pairs
    square = np.where(i == j, -0.5, -1.0) * precision[..., i, j]
    coefficients = np.concatenate([level[..., None], linear, square], axis=-1)
    flat = coefficients.reshape(-1, coefficients.shape[-1])
    return np.asarray((flat @ data.values.T).reshape(*parts.weight.shape, -1))
