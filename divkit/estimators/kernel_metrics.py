r"""MMD and the energy distance from samples, unbiased.

Both are D = 2E k(X, Y) − E k(X, X') − E k(Y, Y') with k the distance |x − y| (energy), or minus
that with a Gaussian kernel (MMD²). The means over pairs of distinct rows are unbiased (Gretton et
al. 2012, lemma 6; Székely, Rizzo 2013). The standard error is that of the first-order projection;
where p = q it vanishes and the law is not normal, so that the second-order term √(2 Var k)/n,
taken from the same matrix, is added.

On the line the sums of |x − y| over a sorted sample are differences of partial sums, so that the
energy distance takes n log n operations.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import torch

from divkit.divergences.base import Divergence, is_metric
from divkit.estimators.common.outcome import outcome
from divkit.estimators.registry import NotEstimableError
from divkit.results import Result
from divkit.samples import blocks, two_samples
from divkit.types import FloatArray, Samples, Tensor


class RowSums(Protocol):
    """Σ_j k and Σ_j k² for each row of x (n, d) over the rows of y, without itself if `own`."""

    def __call__(
        self, x: FloatArray, y: FloatArray, own: bool = False
    ) -> tuple[FloatArray, FloatArray]:
        """Return both (n,)."""
        ...


@dataclass(frozen=True)
class KernelMetric:
    """MMD² with the bandwidth of the divergence, or the energy distance; unbiased.

    Raises
    ------
    NotEstimableError
        When called, if the divergence is neither mmd nor energy.
    """

    level: float = 0.95

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        start = time.perf_counter()
        if not is_metric(divergence, "mmd2", "energy"):
            raise NotEstimableError(f"{self!r} estimates mmd and energy; got {divergence!r}.")
        pair = two_samples(x, y, constant=True, laws="any")
        width = dict(divergence.parameters).get("bandwidth")
        if width is None:  # the energy distance
            a, b, unit = pair.in_one_unit()
            sums = _line_sums if pair.dim == 1 else partial(_row_sums, lambda t: t)
        else:
            a, b, unit = pair.x / width, pair.y / width, 1.0
            sums = partial(_row_sums, lambda t: -torch.exp(-0.5 * t * t))
        value, error = _paired(a, b, sums)
        return outcome(unit * value, unit * error, divergence, self, self.level, pair, start)


def _paired(x: FloatArray, y: FloatArray, sums: RowSums) -> tuple[float, float]:
    """2E k(X,Y) − E k(X,X') − E k(Y,Y'), and its standard error."""
    n, m = len(x), len(y)
    own_x, own_y = (sums(s, s, own=True) for s in (x, y))
    cross_x, cross_y = sums(x, y), sums(y, x)
    within = [own_x[0] / (n - 1), own_y[0] / (m - 1)]
    between = [cross_x[0] / m, cross_y[0] / n]
    value = 2 * between[0].mean() - within[0].mean() - within[1].mean()
    first = sum(4 * float((b - w).var()) / len(w) for b, w in zip(between, within, strict=True))
    spreads = [s[1].sum() / (k * (k - 1)) - w.mean() ** 2 for s, w, k in
               ((own_x, within[0], n), (own_y, within[1], m))]  # fmt: skip
    second = sum(2 * float(s) / k**2 for s, k in zip(spreads, (n, m), strict=True))
    second += 4 * float(cross_x[1].sum() / (n * m) - between[0].mean() ** 2) / (n * m)
    return float(value), math.sqrt(first + second)


def _line_sums(x: FloatArray, y: FloatArray, own: bool = False) -> tuple[FloatArray, FloatArray]:
    """Σ_j |x − y_j| and Σ_j |x − y_j|² for each x (n, 1); a row's distance to itself is 0."""
    middle = float(np.median(y))  # squares of far points would lose the digits of their gaps
    points, there = x[:, 0] - middle, np.sort(y[:, 0] - middle)
    below = np.searchsorted(there, points)
    partial_sums = np.concatenate([[0.0], np.cumsum(there)])
    left, total = partial_sums[below], partial_sums[-1]
    sums = points * (2 * below - len(there)) + total - 2 * left
    return sums, points * (len(there) * points - 2 * total) + float(there @ there)


def _row_sums(
    kernel: Callable[[Tensor], Tensor], x: FloatArray, y: FloatArray, own: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Σ_j k and Σ_j k² for each row of x, without the row itself if `own`."""
    sums, squares = np.empty(len(x)), np.empty(len(x))
    there = torch.from_numpy(y)
    for part in blocks(len(x), 24 * len(y)):
        away = torch.cdist(
            torch.from_numpy(x[part]), there, compute_mode="donot_use_mm_for_euclid_dist"
        )
        values = kernel(away)
        if own:
            values[torch.arange(len(values)), torch.arange(part.start, part.stop)] = 0.0
        sums[part], squares[part] = values.sum(dim=1).numpy(), (values**2).sum(dim=1).numpy()
    return sums, squares
