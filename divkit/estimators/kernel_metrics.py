r"""MMD and the energy distance from samples, unbiased.

Both are D = 2E k(X, Y) − E k(X, X') − E k(Y, Y') with k the distance |x − y| (energy), or minus
that with a Gaussian kernel (MMD²). The means over pairs of distinct rows are unbiased (Gretton et
al. 2012, lemma 6; Székely, Rizzo 2013). The standard error is that of the first-order projection;
where p = q it vanishes and the law is not normal, so that the second-order term √(2 Var k)/n,
taken from the same matrix, is added.

On the line the sums of |x − y| over a sorted sample are differences of partial sums, so that the
energy distance takes n log n operations. Elsewhere each of the n²/2 + m²/2 + nm pairs is seen
once, in blocks of bounded memory.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import torch

from divkit.divergences.base import Divergence, is_metric
from divkit.estimators.common.outcome import outcome
from divkit.estimators.registry import NotEstimableError
from divkit.results import Result
from divkit.samples import blocks, two_samples
from divkit.types import FloatArray, Samples, Tensor

Sums: TypeAlias = tuple[FloatArray, FloatArray]
"""Σ_j k and Σ_j k² for each row (n,) of one sample over the rows of another."""


class PairSums(Protocol):
    """The sums of a kernel over pairs of rows."""

    def within(self, x: FloatArray) -> Sums:
        """Return the sums of each row of x (n, d) over the others."""
        ...

    def between(self, x: FloatArray, y: FloatArray) -> tuple[Sums, Sums]:
        """Return the sums of each row of x over y, and of each row of y over x."""
        ...


@dataclass(frozen=True)
class KernelMetric:
    """MMD² with the bandwidth of the divergence, or the energy distance; unbiased.

    Raises
    ------
    NotEstimableError
        When called, if the divergence is neither mmd nor energy.

    Examples
    --------
    >>> import numpy as np
    >>> from divkit.divergences import ENERGY
    >>> x, y = np.random.default_rng(0).normal(size=(2, 200, 1))
    >>> found = KernelMetric()(x, y + 1, ENERGY)
    >>> found.interval[0] < 0.5418 < found.interval[1]
    True
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
            sums: PairSums = SortedSums() if pair.dim == 1 else BlockSums(lambda t: t)
        else:
            a, b, unit = pair.x / width, pair.y / width, 1.0
            sums = BlockSums(lambda t: -torch.exp(-0.5 * t * t))
        value, error = _paired(a, b, sums)
        return outcome(unit * value, unit * error, divergence, self, self.level, pair, start)


def _paired(x: FloatArray, y: FloatArray, sums: PairSums) -> tuple[float, float]:
    """2E k(X,Y) − E k(X,X') − E k(Y,Y'), and its standard error."""
    n, m = len(x), len(y)
    own_x, own_y = sums.within(x), sums.within(y)
    cross_x, cross_y = sums.between(x, y)
    within = [own_x[0] / (n - 1), own_y[0] / (m - 1)]
    between = [cross_x[0] / m, cross_y[0] / n]
    value = 2 * between[0].mean() - within[0].mean() - within[1].mean()
    first = sum(4 * float((b - w).var()) / len(w) for b, w in zip(between, within, strict=True))
    spreads = [s[1].sum() / (k * (k - 1)) - w.mean() ** 2 for s, w, k in
               ((own_x, within[0], n), (own_y, within[1], m))]  # fmt: skip
    second = sum(2 * float(s) / k**2 for s, k in zip(spreads, (n, m), strict=True))
    second += 4 * float(cross_x[1].sum() / (n * m) - between[0].mean() ** 2) / (n * m)
    return float(value), math.sqrt(first + second)


@dataclass(frozen=True)
class SortedSums:
    """Sums of |x − y| and its square on the line, from a sorted sample's partial sums."""

    def within(self, x: FloatArray) -> Sums:
        """Return the sums of each row over the others: its distance to itself is 0."""
        return _line_sums(x, x)

    def between(self, x: FloatArray, y: FloatArray) -> tuple[Sums, Sums]:
        """Return the sums of x over y, and of y over x."""
        return _line_sums(x, y), _line_sums(y, x)


def _line_sums(x: FloatArray, y: FloatArray) -> Sums:
    """Σ_j |x − y_j| and Σ_j |x − y_j|² for each x (n, 1)."""
    middle = float(np.median(y))  # squares of far points would lose the digits of their gaps
    points, there = x[:, 0] - middle, np.sort(y[:, 0] - middle)
    below = np.searchsorted(there, points)
    partial_sums = np.concatenate([[0.0], np.cumsum(there)])
    left, total = partial_sums[below], partial_sums[-1]
    sums = points * (2 * below - len(there)) + total - 2 * left
    return sums, points * (len(there) * points - 2 * total) + float(there @ there)


@dataclass(frozen=True)
class BlockSums:
    """Sums of a kernel of the distance, each pair once, a block of rows at a time."""

    kernel: Callable[[Tensor], Tensor]

    def within(self, x: FloatArray) -> Sums:
        """Return the sums of each row over the others."""
        rows, sums = torch.from_numpy(x), torch.zeros(2, len(x), dtype=torch.float64)
        for part in blocks(len(x), 24 * len(x)):
            for power, values in enumerate(self._powers(rows[part], rows[part.start :])):
                size = part.stop - part.start
                own, rest = values[:, :size].fill_diagonal_(0.0), values[:, size:]
                sums[power, part] += own.sum(dim=1) + rest.sum(dim=1)
                sums[power, part.stop :] += rest.sum(dim=0)
        return sums[0].numpy(), sums[1].numpy()

    def between(self, x: FloatArray, y: FloatArray) -> tuple[Sums, Sums]:
        """Return the sums of x over y, and of y over x."""
        there = torch.from_numpy(y)
        of_x, of_y = (torch.zeros(2, len(s), dtype=torch.float64) for s in (x, y))
        for part in blocks(len(x), 24 * len(y)):
            for power, values in enumerate(self._powers(torch.from_numpy(x[part]), there)):
                of_x[power, part] = values.sum(dim=1)
                of_y[power] += values.sum(dim=0)
        return (of_x[0].numpy(), of_x[1].numpy()), (of_y[0].numpy(), of_y[1].numpy())

    def _powers(self, x: Tensor, y: Tensor) -> Iterator[Tensor]:
        """The kernel of every pair, and its square."""
        away = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
        values = self.kernel(away)
        yield values
        yield values.square_()
