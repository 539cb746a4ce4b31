r"""Normal mixtures on the line, one for each number of components, grown one at a time.

The next component is tried in many places at once: every component split in two, a narrow one set
on its top, and one on each of a few quantiles; all of them take a few steps of expectation and
maximisation, the best few more, the best of these goes on to its optimum (greedy growth: Vlassis
and Likas 2002). Variances carry one row's worth of prior at (spread/K)², which bounds the
likelihood (Fraley and Raftery 2007).

Beyond 600 rows, rows that are neighbours are taken together: a group's share of a component is
that of its mean, and its own variance enters the component's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divkit.distributions.base import Law1D
from divkit.distributions.compose.mixture import Mixture1D
from divkit.distributions.families.normal import Normal
from divkit.samples import Standard, standard
from divkit.types import FloatArray

GROUPS = 600
_PRIOR_ROWS = 1.0
_TOLERANCE = 1e-5  # nats a row and step
_TRIAL, _LATER, _LAST = 6, 12, 300
_PROMISING = 3
_QUANTILES = np.arange(1, 12) / 12
_LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class Groups:
    """Neighbouring rows together: means (G,), shares of sum 1, variances within, and n."""

    mean: FloatArray
    share: FloatArray
    within: FloatArray
    rows: int


@dataclass(frozen=True, eq=False)
class Parameters:
    """Candidates for a mixture: weights, means, variances, each (C, K)."""

    weight: FloatArray
    mean: FloatArray
    variance: FloatArray

    def of(self, rows: NDArray[np.intp]) -> Parameters:
        """Return some of the candidates."""
        return Parameters(self.weight[rows], self.mean[rows], self.variance[rows])


def grouped(x: FloatArray) -> Groups:
    """Return sorted points (n,) in groups of equal counts, up to one."""
    z = np.sort(x)
    count = min(len(z), GROUPS)
    starts = np.linspace(0, len(z), count, endpoint=False).astype(int)
    sizes = np.diff(np.r_[starts, len(z)])
    mean = np.add.reduceat(z, starts) / sizes
    away = (z - np.repeat(mean, sizes)) ** 2
    return Groups(mean, sizes / len(z), np.add.reduceat(away, starts) / sizes, len(z))


def mixtures(x: FloatArray, most: int, patience: int | None = None) -> list[Law1D]:
    """Return the mixtures of 1, 2, … components of points (n,), at most `most`.

    Parameters
    ----------
    x : distinct enough to have a spread.
    most : the largest number.
    patience : stop when BIC has not fallen for so many orders; None goes on to `most`.
    """
    frame = standard(x[:, None])
    data = grouped(frame(x[:, None])[:, 0])
    now = _first(data)
    found, scores = [_law(now, frame)], [_bic(now, data)]
    while len(found) < most and len(data.mean) > 3 * len(found):
        now = _grown(now, data)
        found.append(_law(now, frame))
        scores.append(_bic(now, data))
        if patience is not None and len(scores) - 1 - int(np.argmin(scores)) >= patience:
            break
    return found


def _first(data: Groups) -> Parameters:
    mean = float(data.share @ data.mean)
    variance = float(data.share @ (data.within + (data.mean - mean) ** 2))
    return Parameters(np.ones((1, 1)), np.array([[mean]]), np.array([[variance]]))


def _grown(now: Parameters, data: Groups) -> Parameters:
    """The best mixture of one component more."""
    tried = _climbed(_insertions(now, data), data, _TRIAL)
    best = np.argsort(-_likelihood(tried, data))[:_PROMISING]
    tried = _climbed(tried.of(best), data, _LATER)
    best = np.argsort(-_likelihood(tried, data))[:1]
    return _climbed(tried.of(best), data, _LAST)


def _insertions(now: Parameters, data: Groups) -> Parameters:
    """Every way in which a component more is tried, (C, K + 1)."""
    weight, mean, variance = now.weight[0], now.mean[0], now.variance[0]
    size = len(weight)
    made: list[tuple[FloatArray, FloatArray, FloatArray]] = []

    def add(w: FloatArray, m: FloatArray, v: FloatArray, one: tuple[float, float, float]) -> None:
        made.append((np.r_[w, one[0]], np.r_[m, one[1]], np.r_[v, one[2]]))

    for k in range(size):
        at, half = np.arange(size) == k, np.where(np.arange(size) == k, 0.5, 1.0)
        step = 0.7 * math.sqrt(variance[k])
        add(weight * half, mean + at * step, variance * half,
            (0.5 * weight[k], mean[k] - step, 0.5 * variance[k]))  # fmt: skip
        add(weight * half, mean, variance, (0.5 * weight[k], mean[k], variance[k] / 16))
    cuts = np.interp(_QUANTILES, np.cumsum(data.share), data.mean)
    width = np.maximum(np.gradient(cuts), 1e-3 * np.ptp(cuts))
    share = 1 / (2 * size + 2)
    for place, scale in zip(cuts.tolist(), width.tolist(), strict=True):
        add(weight * (1 - share), mean, variance, (share, place, (0.4 * scale) ** 2))
    return Parameters(*(np.array(column) for column in zip(*made, strict=True)))


def _climbed(p: Parameters, data: Groups, steps: int) -> Parameters:
    """After some steps of EM, or fewer where the likelihood is nearly at its top."""
    before = -math.inf
    for _ in range(steps):
        logs = _logs(p, data)
        top = logs.max(axis=1, keepdims=True)
        parts = np.exp(logs - top)
        total = parts.sum(axis=1, keepdims=True)
        value = float(((np.log(total) + top)[:, 0] @ data.share).max())
        p = _maximised(parts * (data.share / total), data)
        if value - before < _TOLERANCE:
            break
        before = value
    return p


def _maximised(held: FloatArray, data: Groups) -> Parameters:
    """The M-step from shares (C, K, G) of all rows."""
    weight = held.sum(axis=2)
    away = held @ data.mean
    mean = np.divide(away, weight, out=np.zeros_like(away), where=weight > 0)
    square = data.within + (data.mean - mean[:, :, None]) ** 2
    size = weight.shape[1]
    prior = _PRIOR_ROWS / data.rows
    spread = float(data.share @ np.abs(data.mean)) / size
    variance = ((held * square).sum(axis=2) + prior * spread**2) / (weight + prior)
    return Parameters(weight / weight.sum(axis=1, keepdims=True), mean, variance)


def _logs(p: Parameters, data: Groups) -> FloatArray:
    """Log of each component's part of the density at each group, (C, K, G)."""
    with np.errstate(divide="ignore"):
        level = np.log(p.weight) - 0.5 * np.log(p.variance) - _LOG_ROOT_TWO_PI
    away = data.mean - p.mean[:, :, None]
    return np.asarray(level[:, :, None] - 0.5 * away * away / p.variance[:, :, None])


def _likelihood(p: Parameters, data: Groups) -> FloatArray:
    """Mean log density of each candidate (C,)."""
    logs = _logs(p, data)
    top = logs.max(axis=1)
    return np.asarray((np.log(np.exp(logs - top[:, None]).sum(axis=1)) + top) @ data.share)


def _bic(p: Parameters, data: Groups) -> float:
    free = 3 * p.weight.shape[1] - 1
    return float(free * math.log(data.rows) - 2 * data.rows * _likelihood(p, data)[0])


def _law(p: Parameters, frame: Standard) -> Law1D:
    means = frame.inverse(p.mean[0][:, None])[:, 0]
    scales = frame.unit[0] * np.sqrt(p.variance[0])
    parts = tuple(Normal(m, s) for m, s in zip(means.tolist(), scales.tolist(), strict=True))
    if len(parts) == 1:
        return parts[0]
    weights = p.weight[0] / p.weight[0].sum()
    return Mixture1D(tuple(weights.tolist()), parts)
