r"""The information of a label about numbers: logistic regression, averaged.

For two classes with shares π₁, π₀ the logit f of class 1 given z is log π₁p₁/(π₀p₀), and

    I = H(π) − E[log(1 + e^{−s f})],   s = ±1,

whose largest value over all f is at the truth. The mean of the in-sample and the
leave-one-out value takes off the first-order bias (`divkit.estimators.common.dual`), row by row of
− log(1 + e^{−s f}) − log π_s, where a row left out is left out of π, too: a constant f has
information 0 either way. Rows weigh alike, so that a rare class has little to say.

The models near the best by left-out likelihood have a say (`class_models`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divkit.estimators.common.doubts import OVERLAP, ambiguous_rows
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit
from divkit.estimators.common.unseen import neighbours_agree
from divkit.estimators.information.class_models import fits_of, pool_of
from divkit.estimators.information.part import Part
from divkit.estimators.information.table_counts import entropy
from divkit.estimators.kernel_logistic.choice import keep
from divkit.types import FloatArray

WITHIN = 1.0
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
    pool = pool_of(z, first)
    fits = fits_of(pool, rng)
    kept = keep(fits, pool, WITHIN, regularised=True)
    read = [_read(pool, fit) for fit in kept]
    terms = np.empty(n)
    terms[pool.place] = np.mean([each.half for each in read], axis=0)
    values = np.array([each.half.mean() for each in read])
    overlap = float(np.mean([ambiguous_rows(fit.left_out) for fit in kept]))
    apart = max(most - float(terms.mean()), 0.0) if overlap < OVERLAP else 0.0
    errors = {
        "curvature": float(np.mean([abs(r.gap) * (2 / r.parameters) ** 0.5 for r in read])),
        "models": float(values.std()),
        "little overlap": apart,
    }
    best = f"{n} rows, {len(kept)} of {len(fits)} models such as {kept[0].label}"
    parameters = float(np.mean([each.parameters for each in read]))
    doubt = neighbours_agree(pool, kept)
    reasons = () if doubt is None else (doubt.reason,)
    return Part("classes", terms, errors, reasons, (best,), parameters)


def _read(pool: Pooled, fit: Fit) -> _Read:
    n, first = len(pool.z), int((pool.sign > 0).sum())
    size = np.where(pool.sign > 0, first, n - first)
    inside = -np.logaddexp(0.0, -pool.sign * fit.logit) - np.log(size / n)
    outside = -np.logaddexp(0.0, -pool.sign * fit.left_out) - np.log((size - 1) / (n - 1))
    gap = 0.5 * float(inside.mean() - outside.mean())
    return _Read(0.5 * (inside + outside), gap, fit.parameters)
