"""Laws as images of the unit cube, so that low-discrepancy points can stand for draws.

A mixture spends its first coordinate on the component: equal slices of a Sobol' sequence fall
into the components in proportion to their weights, which stratifies the choice without bias.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
import torch
from scipy import special

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.mixture import MixtureLaw
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import Transformed, Transformed1D
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.types import FloatArray


@dataclass(frozen=True)
class Inverse:
    """A map from the open unit cube of `dim` coordinates onto a law: (n, dim) to (n, d)."""

    dim: int
    points: Callable[[FloatArray], FloatArray]


@singledispatch
def inverse(law: Law) -> Inverse | None:
    """Return the inverse transform of a law, or None where there is none."""
    return None


@inverse.register
def _(law: Law1D) -> Inverse:
    return Inverse(1, lambda u: law.ppf(u[:, 0])[:, None])


@inverse.register
def _(law: MultivariateNormal) -> Inverse:
    root = law.cholesky.numpy()
    return Inverse(law.dim, lambda u: law.mean + special.ndtri(u) @ root.T)


@inverse.register
def _(law: MultivariateStudentT) -> Inverse:
    """The first coordinate is the common χ² scale."""
    root, loc, df = law.cholesky.numpy(), np.array(law.loc), law.df

    def points(u: FloatArray) -> FloatArray:
        chi2 = 2 * special.gammaincinv(0.5 * df, u[:, :1])
        return np.asarray(loc + (special.ndtri(u[:, 1:]) * np.sqrt(df / chi2)) @ root.T)

    return Inverse(law.dim + 1, points)


@inverse.register
def _(law: Product) -> Inverse | None:
    parts = [part for factor in law.factors if (part := inverse(factor)) is not None]
    if len(parts) < len(law.factors):
        return None
    ends = np.cumsum([0, *(part.dim for part in parts)])

    def points(u: FloatArray) -> FloatArray:
        pairs = zip(parts, ends[:-1], ends[1:], strict=True)
        return np.concatenate([part.points(u[:, a:b]) for part, a, b in pairs], axis=1)

    return Inverse(int(ends[-1]), points)


@inverse.register
def _(law: MixtureLaw) -> Inverse | None:
    parts = [part for component in law.components if (part := inverse(component)) is not None]
    if len(parts) < len(law.components):
        return None
    shares = np.cumsum(law.weights) / np.sum(law.weights)

    def points(u: FloatArray) -> FloatArray:
        chosen = np.minimum(np.searchsorted(shares, u[:, 0], side="right"), len(parts) - 1)
        out = np.empty((len(u), law.dim))
        for k, part in enumerate(parts):
            rows = chosen == k
            out[rows] = part.points(u[rows, 1 : 1 + part.dim])
        return out

    return Inverse(1 + max(part.dim for part in parts), points)


@inverse.register(Transformed)
@inverse.register(Transformed1D)
def _(law: Transformed | Transformed1D) -> Inverse | None:
    base = inverse(law.base)
    if base is None:
        return None

    def points(u: FloatArray) -> FloatArray:
        return np.asarray(law.map.forward(torch.from_numpy(base.points(u))).numpy())

    return Inverse(base.dim, points)
