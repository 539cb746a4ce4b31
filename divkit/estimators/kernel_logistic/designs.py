r"""Features of kernel logistic regression: [1, z, z zᵀ, Gaussian kernels at centres].

Squares hold the exact log-ratio of any two Gaussians; kernels hold what is left. Kernel features
are Nyström's, φ(z) = K_cc^{−½} k_c(z) (Williams, Seeger 2001), whose ridge penalty is the norm of
the kernel's function space. A rotation of z rotates the features and leaves penalties as they
are: z and z zᵀ each have one scale for the whole block, and off-diagonal products weigh √2.

Two sets of coordinates are offered, the whitened rows and the same with radii made Gaussian by
rank, each at several kernel widths. Beside the second stand scores of a Student-t, with
u = 1/(1 + r²/ν),

    ∂ log p/∂μ ∝ u z,        ∂ log p/∂ν = a + b log(1 + r²/ν) + c u,

at μ = 0, Σ = I: with them the log-ratio of two nearby laws with heavy tails is in the span to
first order. They are added to squares, not put in their place: a model that is likelier for being
stiff has a bias that no averaging takes off. In one and two dimensions rows are so dense that
kernels of half the narrowest width pay, too: they resolve the arms of a spiral.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.spatial.distance import cdist, pdist

from divkit.estimators.pooled import DEGREES, Pooled, rank_gaussian
from divkit.types import FloatArray

LINEAR, SQUARE = 1e-2, 1e-1
"""Penalties of z and of z zᵀ, in units of a kernel feature's."""
PLANE = 2
"""In at most this many dimensions, kernels of half the narrowest width are offered."""
_RANK = 1e-10

Base: TypeAlias = tuple[FloatArray, FloatArray]
"""Features (N, K) beside the kernels, and the penalty of each (K,)."""


@dataclass(frozen=True, eq=False)
class Design:
    """Features of each row (N, P), the penalty of each (P,), and what they are, in words.

    `against` says what is known against their form, if anything is.
    """

    features: FloatArray
    penalty: FloatArray
    label: str
    against: str = ""


def designs(
    pool: Pooled, centres: int, widths: Sequence[float], rng: np.random.Generator
) -> Iterator[Design]:
    """Yield one design for each set of coordinates and each width.

    `widths` are multiples of the centres' median distance; the centres are rows drawn at random
    by their place in the order of radii.
    """
    chosen = np.sort(rng.choice(len(pool.z), min(centres, len(pool.z)), replace=False))
    flat = rank_gaussian(pool)
    dense = (min(widths) / 2,) if pool.dim <= PLANE else ()
    squares, tails = polynomial(pool.z, pool.weight), _beside(polynomial(flat, pool.weight), pool)
    yield from _family("whitened rows", pool.z, chosen, squares, (*widths, *dense))
    yield from _family("rank-Gaussian rows, Student scores", flat, chosen, tails, widths)


def _family(
    name: str, z: FloatArray, chosen: NDArray[np.intp], base: Base, widths: Sequence[float]
) -> Iterator[Design]:
    """The base and kernels of z at the rows chosen, at each width."""
    marks = z[chosen]
    median = float(np.median(pdist(marks)))
    if not median > 0:
        raise ValueError(
            "most rows of x and y are copies of each other: kernels have no width there. Rows of "
            "a discrete law are counts: compare divkit.distributions.FiniteLaw of their shares."
        )
    for width in widths:
        kernel = nystrom(z, marks, width * median)
        yield Design(
            np.hstack([base[0], kernel]),
            np.concatenate([base[1], np.ones(kernel.shape[1])]),
            f"{name}, {kernel.shape[1]} kernels of width {width:g}",
        )


def polynomial(z: FloatArray, weight: FloatArray) -> Base:
    """[1, z, z zᵀ] (N, 1 + d + d(d+1)/2), blocks of unit mean square, and their penalties."""
    d = z.shape[1]
    i, j = np.triu_indices(d)
    products = z[:, i] * z[:, j] * np.where(i == j, 1.0, np.sqrt(2.0))
    penalty = np.concatenate([[0.0], np.full(d, LINEAR), np.full(len(i), SQUARE)])
    blocks = [unit_block(z, weight), unit_block(products, weight)]
    return np.hstack([np.ones((len(z), 1)), *blocks]), penalty


def student_scores(pool: Pooled) -> FloatArray:
    """[u z, log(1 + r²/ν)] of the pooled rows (N, d + 1), ν as in pooling, blocks as above."""
    excess = pool.radius[:, None] ** 2 / DEGREES
    tail = np.log1p(excess)
    blocks = (pool.z / (1 + excess), tail - pool.weight @ tail)
    return np.hstack([unit_block(block, pool.weight) for block in blocks])


def _beside(base: Base, pool: Pooled) -> Base:
    """The base and the Student scores."""
    scores = student_scores(pool)
    penalty = np.concatenate([base[1], np.full(scores.shape[1], LINEAR)])
    return np.hstack([base[0], scores]), penalty


def unit_block(block: FloatArray, weight: FloatArray) -> FloatArray:
    """The block of features in units of its root mean square; one that is 0 stays."""
    square = weight @ np.einsum("ij,ij->i", block, block) / block.shape[1]
    return np.asarray(block / np.sqrt(square)) if square > 0 else block


def nystrom(z: FloatArray, marks: FloatArray, width: float) -> FloatArray:
    """Features whose products approximate the Gaussian kernel of this width (N, rank)."""
    values, vectors = linalg.eigh(_gaussian(marks, marks, width))
    kept = values > _RANK * values[-1]
    return np.asarray(_gaussian(z, marks, width) @ (vectors[:, kept] / np.sqrt(values[kept])))


def _gaussian(a: FloatArray, b: FloatArray, width: float) -> FloatArray:
    return np.asarray(np.exp(-0.5 * (cdist(a, b) / width) ** 2))
