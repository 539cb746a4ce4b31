"""Designs of kernel logistic regression: kernels of all columns in two sets of coordinates.

The whitened rows, and the same with radii made Gaussian by rank, each at several kernel widths.
Beside the second stand Student scores. They are added to squares, not put in their place: a model
that is likelier for being more regularised has a bias that no averaging removes. In one and two
dimensions rows are so dense that kernels of half the narrowest width pay, too: they resolve the
arms of a spiral.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from divkit.estimators.common.design import (
    LINEAR,
    Base,
    Design,
    View,
    kernel_designs,
    polynomial,
    student_scores,
)
from divkit.estimators.common.pooled import Pooled, rank_gaussian
from divkit.types import FloatArray

PLANE = 2
"""In at most this many dimensions, kernels of half the narrowest width are offered."""


def designs(
    pool: Pooled, centres: int, widths: Sequence[float], rng: np.random.Generator
) -> Iterator[Design]:
    """Yield one design for each set of coordinates and each width.

    `widths` are multiples of the centres' median distance; the centres are rows drawn at random
    by their place in the order of radii.
    """
    chosen = np.sort(rng.choice(len(pool.z), min(centres, len(pool.z)), replace=False))
    dense = (min(widths) / 2,) if pool.dim <= PLANE else ()
    yield from _family("whitened rows", pool, _whitened, chosen, (*widths, *dense))
    yield from _family("rank-Gaussian rows, Student scores", pool, _flat, chosen, widths)


def _whitened(pool: Pooled) -> tuple[FloatArray, Base]:
    return pool.z, polynomial(pool.z, pool.weight)


def _flat(pool: Pooled) -> tuple[FloatArray, Base]:
    flat = rank_gaussian(pool)
    return flat, _beside(polynomial(flat, pool.weight), pool)


def _family(
    name: str, pool: Pooled, view: View, chosen: NDArray[np.intp], widths: Sequence[float]
) -> Iterator[Design]:
    """The base and kernels of the rows chosen, at each width."""
    z, base = view(pool)
    marks = z[chosen]
    median = float(np.median(pdist(marks)))
    if not median > 0:
        raise ValueError(
            "most rows of x and y are copies of each other: kernels have no width there. Rows of "
            "a discrete law are counts: compare divkit.distributions.FiniteLaw of their shares."
        )
    yield from kernel_designs(name, z, base, marks, median, widths, view)


def _beside(base: Base, pool: Pooled) -> Base:
    """The base and the Student scores."""
    scores = student_scores(pool)
    penalty = np.concatenate([base[1], np.full(scores.shape[1], LINEAR)])
    return np.hstack([base[0], scores]), penalty
