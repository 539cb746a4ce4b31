r"""Features of a log ratio that rows are fitted with: [1, z, z zᵀ], kernels, Student scores.

Squares hold the exact log ratio of any two Gaussians; kernels hold what is left. Kernel features
are Nyström's, φ(z) = K_cc^{−½} k_c(z) (Williams, Seeger 2001), whose ridge penalty is the norm of
the kernel's function space. A rotation of z rotates the features and leaves penalties as they
are: z and z zᵀ each have one scale for the whole block, and off-diagonal products weigh √2.
Scores of a Student-t, with u = 1/(1 + r²/ν), are

    ∂ log p/∂μ ∝ u z,        ∂ log p/∂ν = a + b log(1 + r²/ν) + c u,

at μ = 0, Σ = I: with them the log ratio of two nearby laws with heavy tails is in the span to
first order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from scipy import linalg
from scipy.spatial.distance import cdist

from divkit.estimators.common.pooled import DEGREES, Pooled
from divkit.types import FloatArray

LINEAR, SQUARE = 1e-2, 1e-1
"""Penalties of z and of z zᵀ, in units of a kernel feature's."""
_RANK = 1e-10

Base: TypeAlias = tuple[FloatArray, FloatArray]
"""Features (N, K) beside the kernels, and the penalty of each (K,)."""


@dataclass(frozen=True, eq=False)
class NystromMap:
    """Features whose products approximate a Gaussian kernel: those of `marks` times `root`.

    Attributes
    ----------
    marks : the kernels' centres (c, d).
    width : of the kernel.
    root : K_cc^{−½} without its null space (c, rank).
    """

    marks: FloatArray
    width: float
    root: FloatArray

    @classmethod
    def of(cls, marks: FloatArray, width: float) -> NystromMap:
        """Return the features of kernels at marks."""
        values, vectors = linalg.eigh(_gaussian(marks, marks, width))
        kept = values > _RANK * values[-1]
        return cls(marks, width, vectors[:, kept] / np.sqrt(values[kept]))

    @property
    def rank(self) -> int:
        """Number of features."""
        return int(self.root.shape[1])

    def __call__(self, z: FloatArray) -> FloatArray:
        """Return the features of rows (N, rank)."""
        return np.asarray(_gaussian(z, self.marks, self.width) @ self.root)

    def times(self, z: FloatArray, coefficients: FloatArray) -> FloatArray:
        """Return the features of rows times coefficients (rank, K), without the features."""
        return np.asarray(_gaussian(z, self.marks, self.width) @ (self.root @ coefficients))


@dataclass(frozen=True, eq=False)
class KernelBlock:
    """KernelBlock beside the base of a design: the map, and the rows that it is of (N, d)."""

    map: NystromMap
    rows: FloatArray


@dataclass(frozen=True, eq=False)
class Design:
    """Features of each row (N, P), the penalty of each (P,), and a label in words.

    Attributes
    ----------
    base : features (N, K) beside kernels, or all of them.
    penalty : of each feature (P,).
    label : in words.
    against : what is known against the form of the features, if anything is.
    kernels : kernels that follow the base; their features are made when they are asked for.
    again : the same features of another pool, in the frame of the pool that this one is of.
    """

    base: FloatArray
    penalty: FloatArray
    label: str
    against: str = ""
    kernels: KernelBlock | None = None
    again: Callable[[Pooled], Design] | None = None

    @cached_property
    def features(self) -> FloatArray:
        """All features (N, P)."""
        if self.kernels is None:
            return self.base
        return np.hstack([self.base, self.kernels.map(self.kernels.rows)])

    def logits(self, coefficients: FloatArray) -> FloatArray:
        """Return the features times coefficients (P, K), (N, K)."""
        if self.kernels is None:
            return np.asarray(self.base @ coefficients)
        own = self.base.shape[1]
        of_kernels = self.kernels.map.times(self.kernels.rows, coefficients[own:])
        return np.asarray(self.base @ coefficients[:own] + of_kernels)


def products(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return every product of a feature of a (N, K) and one of b (N, L), (N, K·L)."""
    return np.asarray((a[:, :, None] * b[:, None, :]).reshape(len(a), -1))


def squares(z: FloatArray) -> FloatArray:
    """Return z_i z_j for i ≤ j, off-diagonal ones by √2 (N, d(d+1)/2): a rotation rotates them."""
    i, j = np.triu_indices(z.shape[1])
    return np.asarray(z[:, i] * z[:, j] * np.where(i == j, 1.0, np.sqrt(2.0)))


def quadratic(z: FloatArray) -> FloatArray:
    """Return [1, z, z zᵀ] (N, 1 + d + d(d+1)/2): a rotation of z rotates the features."""
    return np.hstack([np.ones((len(z), 1)), z, squares(z)])


def penalties(dim: int) -> FloatArray:
    """Return the penalties of [1, z, z zᵀ] in so many dimensions (1 + d + d(d+1)/2,)."""
    return np.concatenate([[0.0], np.full(dim, LINEAR), np.full(dim * (dim + 1) // 2, SQUARE)])


def polynomial(z: FloatArray, weight: FloatArray) -> Base:
    """Return [1, z, z zᵀ] (N, 1 + d + d(d+1)/2), blocks of unit mean square, and penalties."""
    blocks = [unit_block(z, weight), unit_block(squares(z), weight)]
    return np.hstack([np.ones((len(z), 1)), *blocks]), penalties(z.shape[1])


def student_scores(pool: Pooled) -> FloatArray:
    """Return [u z, log(1 + r²/ν)] of the pooled rows (N, d + 1), blocks of unit mean square."""
    excess = pool.radius[:, None] ** 2 / DEGREES
    tail = np.log1p(excess)
    blocks = (pool.z / (1 + excess), tail - pool.weight @ tail)
    return np.hstack([unit_block(block, pool.weight) for block in blocks])


def unit_block(block: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the block of features in units of its root mean square; one that is 0 stays."""
    square = weight @ np.einsum("ij,ij->i", block, block) / block.shape[1]
    return np.asarray(block / np.sqrt(square)) if square > 0 else block


def nystrom(z: FloatArray, marks: FloatArray, width: float) -> FloatArray:
    """Return features whose products approximate the Gaussian kernel of this width (N, rank)."""
    return NystromMap.of(marks, width)(z)


View: TypeAlias = Callable[[Pooled], tuple[FloatArray, Base]]
"""The rows of a pool as kernels see them (N, d), and the base beside."""


def kernel_designs(
    name: str,
    z: FloatArray,
    base: Base,
    marks: FloatArray,
    unit: float,
    widths: Sequence[float],
    view: View | None = None,
) -> Iterator[Design]:
    """Yield the base with kernels of z (N, d) at the marks, at each width in multiples of unit.

    `view` makes z and the base of another pool; None where they cannot be made anew.
    """
    for width in widths:
        kernel = NystromMap.of(marks, width * unit)
        label = f"{name}, {kernel.rank} kernels of width {width:g}"
        yield _beside_kernels(z, base, kernel, label, view)


def _beside_kernels(
    z: FloatArray, base: Base, kernel: NystromMap, label: str, view: View | None
) -> Design:
    def again(pool: Pooled) -> Design:
        if view is None:
            raise ValueError(f"{label} cannot be made of other rows.")
        return _beside_kernels(*view(pool), kernel, label, view)

    penalty = np.concatenate([base[1], np.ones(kernel.rank)])
    kernels = KernelBlock(kernel, z)
    return Design(base[0], penalty, label, "", kernels, None if view is None else again)


def _gaussian(a: FloatArray, b: FloatArray, width: float) -> FloatArray:
    return np.asarray(np.exp(-0.5 * (cdist(a, b) / width) ** 2))
