r"""Features of kernel logistic regression: [1, z, z zᵀ, Gaussian kernels at centres].

Squares hold the exact log-ratio of any two Gaussians; kernels hold what is left. Kernel features
are Nyström's, φ(z) = K_cc^{−½} k_c(z) (Williams, Seeger 2001), whose ridge penalty is the norm of
the kernel's function space. A rotation of z rotates the features and leaves penalties as they
are: z and z zᵀ each have one scale for the whole block, and off-diagonal products weigh √2.

Two sets of coordinates are offered, the whitened rows and the same with radii made Gaussian by
rank, each at several kernel widths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.spatial.distance import cdist, pdist

from divkit.estimators.pooled import Pooled, rank_gaussian
from divkit.types import FloatArray

LINEAR, SQUARE = 1e-2, 1e-1
"""Penalties of z and of z zᵀ, in units of a kernel feature's."""
_RANK = 1e-10


@dataclass(frozen=True, eq=False)
class Design:
    """Features of each row (N, P), the penalty of each (P,), and what they are, in words."""

    features: FloatArray
    penalty: FloatArray
    label: str


def designs(
    pool: Pooled, centres: int, widths: Sequence[float], rng: np.random.Generator
) -> Iterator[Design]:
    """Yield one design for each set of coordinates and each width.

    `widths` are multiples of the centres' median distance; the centres are rows drawn at random
    by their place in the order of radii.
    """
    chosen = np.sort(rng.choice(len(pool.z), min(centres, len(pool.z)), replace=False))
    for name, z in (("whitened", pool.z), ("rank-Gaussian", rank_gaussian(pool))):
        base, penalty = polynomial(z, pool.weight)
        marks = z[chosen]
        median = float(np.median(pdist(marks)))
        for width in widths:
            kernel = nystrom(z, marks, width * median)
            yield Design(
                np.hstack([base, kernel]),
                np.concatenate([penalty, np.ones(kernel.shape[1])]),
                f"{name} rows, {kernel.shape[1]} kernels of width {width:g}",
            )


def polynomial(z: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """[1, z, z zᵀ] (N, 1 + d + d(d+1)/2), blocks of unit mean square, and their penalties."""
    d = z.shape[1]
    i, j = np.triu_indices(d)
    products = z[:, i] * z[:, j] * np.where(i == j, 1.0, np.sqrt(2.0))
    blocks = [
        block / np.sqrt(weight @ np.einsum("ij,ij->i", block, block) / block.shape[1])
        for block in (z, products)
    ]
    penalty = np.concatenate([[0.0], np.full(d, LINEAR), np.full(len(i), SQUARE)])
    return np.hstack([np.ones((len(z), 1)), *blocks]), penalty


def nystrom(z: FloatArray, marks: FloatArray, width: float) -> FloatArray:
    """Features whose products approximate the Gaussian kernel of this width (N, rank)."""
    values, vectors = linalg.eigh(_gaussian(marks, marks, width))
    kept = values > _RANK * values[-1]
    return np.asarray(_gaussian(z, marks, width) @ (vectors[:, kept] / np.sqrt(values[kept])))


def _gaussian(a: FloatArray, b: FloatArray, width: float) -> FloatArray:
    return np.asarray(np.exp(-0.5 * (cdist(a, b) / width) ** 2))
