r"""The information of a label about numbers: logistic regression, read twice.

For two classes with shares π₁, π₀ the logit f of class 1 given z is log π₁p₁/(π₀p₀), and

    I = H(π) − E[log(1 + e^{−s f})],   s = ±1,

whose largest value over all f is at the truth. The mean of the fitted and of the left-out value
takes off the first-order bias (`divkit.estimators.dual`), row by row of
− log(1 + e^{−s f}) − log π_s, where a row left out is left out of π, too: a constant f has
information 0 either way. Rows weigh alike, so that a rare class has little to say.

Models are those of `divkit.estimators.kernel_logistic.designs`, and stiffer ones beside them:
[1, z] and [1, z, z zᵀ], as a shift in one of twenty columns takes twenty-one parameters, and sums
of functions of one column each, made normal by rank, as the logit of independent columns is one.
Those near the best by left-out likelihood have a say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

from divkit.estimators.information.pairs import gaussian_margins
from divkit.estimators.information.part import Part
from divkit.estimators.information.table_counts import entropy
from divkit.estimators.kernel_logistic.choice import keep, until_worse
from divkit.estimators.kernel_logistic.designs import (
    LINEAR,
    Design,
    designs,
    nystrom,
    polynomial,
)
from divkit.estimators.kernel_logistic.doubt import in_doubt
from divkit.estimators.kernel_logistic.path import Fit, ridge_path
from divkit.estimators.pooled import Pooled, scatter
from divkit.samples import standard
from divkit.types import FloatArray

RIDGES = tuple(10.0 ** (1 - k / 2) for k in range(9))
WIDTHS = (0.35, 0.7, 1.4)
WITHIN = 1.0
MEETING = 30.0
"""Rows that could be of either class, below which the errors of few rows make the value."""
CENTRES, ALONE = 15, (0.4, 0.8)
"""Kernels of each column alone, and their widths, where columns are normal by rank."""
FEW = 8
"""Rows of a class below which no fit is made: what the class may add is an error."""


@dataclass(frozen=True, eq=False)
class _Read:
    half: FloatArray
    gap: float
    parameters: float


def two_classes(z: FloatArray, first: NDArray[np.bool_], rng: np.random.Generator) -> Part:
    """The information of whether a row is of the first class, from numbers (n, d) of each.

    Raises
    ------
    ValueError
        If a column of z is a linear function of others.
    """
    n, share = len(z), float(first.mean())
    most = entropy(np.array([share, 1 - share]))
    z = z[:, np.ptp(z, axis=0) > 0]
    if z.shape[1] == 0:
        return Part("classes", np.zeros(n))
    if min(first.sum(), n - first.sum()) < FEW or n <= 2 * z.shape[1]:
        return Part("classes", np.zeros(n), {"few rows": most})
    pool = _pool(z, first)
    fits = list(_fits(pool, z[pool.place], rng))
    kept = keep(fits, pool, WITHIN, stiffer=True)
    read = [_read(pool, fit) for fit in kept]
    terms = np.empty(n)
    terms[pool.place] = np.mean([each.half for each in read], axis=0)
    values = np.array([each.half.mean() for each in read])
    meeting = float(np.mean([in_doubt(fit.left_out) for fit in kept]))
    apart = max(most - float(terms.mean()), 0.0) if meeting < MEETING else 0.0
    errors = {
        "curvature": float(np.mean([abs(r.gap) * (2 / r.parameters) ** 0.5 for r in read])),
        "models": float(values.std()),
        "hardly met": apart,
    }
    best = f"{n} rows, {len(kept)} of {len(fits)} models such as {kept[0].label}"
    parameters = float(np.mean([each.parameters for each in read]))
    return Part("classes", terms, errors, told=(best,), parameters=parameters)


def _pool(z: FloatArray, first: NDArray[np.bool_]) -> Pooled:
    """Whitened rows by their distance from the centre; all weigh alike."""
    weight = np.full(len(z), 1 / len(z))
    z = standard(z)(z)
    centre, root = scatter(z, weight)
    z = linalg.solve_triangular(root, (z - centre).T, lower=True).T
    order = np.argsort(np.einsum("ij,ij->i", z, z), kind="stable")
    sign = np.where(first[order], 1.0, -1.0)
    return Pooled(np.ascontiguousarray(z[order]), weight, sign, order)


def _fits(pool: Pooled, columns: FloatArray, rng: np.random.Generator) -> Iterator[Fit]:
    ridges = [ridge / len(pool.z) for ridge in RIDGES]
    for design in _designs(pool, columns, rng):
        yield from until_worse(ridge_path(design, pool, ridges), pool)


def _designs(pool: Pooled, columns: FloatArray, rng: np.random.Generator) -> Iterator[Design]:
    base, penalty = polynomial(pool.z, pool.weight)
    stiff = 1 + pool.dim
    yield Design(base[:, :stiff], penalty[:stiff], "[1, z]")
    yield Design(base, penalty, "[1, z, z zᵀ]")
    for width in ALONE:
        yield _additive(gaussian_margins(columns), width)
    centres = round(250 * (len(pool.z) / 2000) ** 0.25)
    yield from designs(pool, centres, WIDTHS, rng)


def _additive(g: FloatArray, width: float) -> Design:
    """[1, g, kernels of each column alone]: sums of functions of one column."""
    marks = special.ndtri((np.arange(CENTRES) + 0.5) / CENTRES)[:, None]
    kernels = np.hstack([nystrom(column[:, None], marks, width) for column in g.T])
    kernels -= kernels.mean(axis=0)
    blocks = [np.ones((len(g), 1)), g, kernels]
    penalty = [np.zeros(1), np.full(g.shape[1], LINEAR), np.ones(kernels.shape[1])]
    words = f"sums over columns of {CENTRES} kernels of width {width:g}"
    return Design(np.hstack(blocks), np.concatenate(penalty), words)


def _read(pool: Pooled, fit: Fit) -> _Read:
    n, first = len(pool.z), int((pool.sign > 0).sum())
    size = np.where(pool.sign > 0, first, n - first)
    inside = -np.logaddexp(0.0, -pool.sign * fit.logit) - np.log(size / n)
    outside = -np.logaddexp(0.0, -pool.sign * fit.left_out) - np.log((size - 1) / (n - 1))
    gap = 0.5 * float(inside.mean() - outside.mean())
    return _Read(0.5 * (inside + outside), gap, fit.parameters)
