r"""Signs in held-out payoffs that their mean, or its standard error, says nothing.

A divergence without a largest value is a mean of payoffs that have none either, and a log ratio
that is wrong by 100 far out, as a spline or a square is beyond the rows it was fitted to, makes a
payoff of e^100. So the error is infinite where a payoff is not finite, and where one row makes
more than `SHARE` of its side's sum of squares. Where the largest payoffs of a side have the shape
of a law without variance (`divkit.estimators.common.tail_index`), a warning says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from divkit.divergences.base import IPM, FDivergence, is_metric
from divkit.estimators.common.doubts import INFINITE_VARIANCE, SHARE, WORTHLESS_MEAN
from divkit.estimators.common.dual import payoffs
from divkit.estimators.common.outcome import UNTRUSTED
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.tail_index import tail_shape
from divkit.samples import two_samples
from divkit.types import FloatArray, Samples

_ROWS = 25
"""Of a side, below which its tail has no shape."""


def against_error(divergence: FDivergence, pool: Pooled, logit: FloatArray) -> list[str]:
    """Reasons for an infinite error at held-out log ratios (N,); none for bounded divergences."""
    return [
        UNTRUSTED.format(sign)
        for name, payoff in _sides(divergence, pool, logit)
        for sign in _decisive(name, payoff)
    ]


def of_tails(divergence: FDivergence, pool: Pooled, logit: FloatArray) -> list[str]:
    """Warnings that a tail's shape gives; none where the divergence is bounded."""
    shapes = {
        name: tail_shape(np.abs(payoff - np.median(payoff)))
        for name, payoff in _sides(divergence, pool, logit)
        if len(payoff) >= _ROWS
    }
    return [
        f"the variance over {name} left out may be infinite: its tail has shape {shape:.2f}, and "
        "from 0.5 on there is none; see method 'auto'"
        for name, shape in shapes.items()
        if shape > INFINITE_VARIANCE
    ]


def heavy_distances(x: Samples, y: Samples, divergence: IPM) -> Iterator[str]:
    """Reasons against the error of a metric without a largest value, whose rows are its payoffs.

    W1 and the energy distance grow as the distance of a row from the others, W2² as its square.
    """
    if not is_metric(divergence, "w1", "w2", "energy"):
        return
    power = 2 if is_metric(divergence, "w2") else 1
    pair = two_samples(x, y, constant=True, laws="any")
    for name, rows in (("x", pair.x), ("y", pair.y)):
        if len(rows) < _ROWS:
            continue
        shape = power * tail_shape(np.linalg.norm(rows - np.median(rows, axis=0), axis=1))
        if shape > WORTHLESS_MEAN:
            yield (
                f"distances of rows of {name} have a tail of shape {shape:.2f}: from 0.5 on their "
                f"variance is infinite, and from 1 on {divergence.name} may be"
            )


def _sides(
    divergence: FDivergence, pool: Pooled, logit: FloatArray
) -> Iterator[tuple[str, FloatArray]]:
    """The payoffs of x and of y, where the divergence has no largest value."""
    if math.isinf(divergence.upper):
        payoff = payoffs(divergence, logit, pool.sign)
        yield "x", payoff[pool.sign > 0]
        yield "y", payoff[pool.sign < 0]


def _decisive(name: str, payoff: FloatArray) -> Iterator[str]:
    """A payoff of one side that is not finite, or one row that is more than half of it."""
    if not np.isfinite(payoff).all():
        yield f"a payoff of {name} left out is beyond floating point"
        return
    away = np.abs(payoff - np.median(payoff))
    share = float(1 / np.square(away / away.max()).sum()) if away.any() else 0.0
    if share > SHARE:
        yield f"one row of {name} left out makes {share:.0%} of the sum of squares"
