r"""Ends of a histogram's bins: three rules for samples on the line."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from divkit.types import FloatArray

_MOST_BINS = 100_000
_BLOCKS_MOST = 5_000
_FALSE_ALARM = 0.05


def freedman_diaconis(x: FloatArray) -> FloatArray:
    """Equal bins of width 2 IQR n^{−1/3} (Freedman, Diaconis 1981).

    Raises
    ------
    ValueError
        If the interquartile range is 0, or the bins are too many: outliers, heavy tails.
    """
    quartiles = np.quantile(x, [0.25, 0.75])
    width = 2 * float(quartiles[1] - quartiles[0]) * len(x) ** (-1 / 3)
    if width <= 0:
        raise ValueError(
            "the interquartile range is 0, as half of the rows repeat one value; "
            "bins='freedman_diaconis' needs it. Pass a number of bins."
        )
    count = math.ceil(np.ptp(x) / width)
    if count > _MOST_BINS:
        raise ValueError(
            f"the tails are so heavy that bins='freedman_diaconis' makes {count} bins. Pass "
            "bins='bayesian_blocks' or a number."
        )
    return equal(x, count)


def knuth(x: FloatArray) -> FloatArray:
    r"""Equal bins, as many as maximise the posterior of Knuth (2019, equation 31).

    log p(M | x) = n log M + log Γ(M/2) − M log Γ(½) − log Γ(n + M/2) + Σ log Γ(n_k + ½) + const.
    """
    n = len(x)
    tried = np.unique(np.geomspace(1, max(2.0, 4 * math.sqrt(n)), 120).astype(int))
    best = max(tried.tolist(), key=lambda m: _knuth_posterior(x, m))
    near = range(max(1, int(best / 1.1)), math.ceil(best * 1.1) + 1)
    return equal(x, max(near, key=lambda m: _knuth_posterior(x, m)))


def _knuth_posterior(x: FloatArray, count: int) -> float:
    n = len(x)
    held = np.histogram(x, count)[0]
    constant = math.lgamma(0.5 * count) - count * math.lgamma(0.5) - math.lgamma(n + 0.5 * count)
    return float(n * math.log(count) + constant + special.gammaln(held + 0.5).sum())


def bayesian_blocks(x: FloatArray, most: int = _BLOCKS_MOST) -> FloatArray:
    r"""Bins of unequal width of the largest total fitness Σ N_k log(N_k/T_k) − penalty.

    Scargle et al. (2013), by dynamic programming over the gaps between points, with their prior
    4 − log(73.53 p₀ n^{−.478}), p₀ = .05 (equation 21). Beyond `most` points, cells of equal
    counts stand for points, which costs resolution but not mass.
    """
    points, counts = np.unique(x, return_counts=True)
    if len(points) > most:
        at = np.linspace(0, len(points), most + 1).astype(int)[:-1]
        counts = np.add.reduceat(counts, at)
        middles = 0.5 * (points[at[1:]] + points[at[1:] - 1])
    else:
        middles = 0.5 * (points[1:] + points[:-1])
    edges = np.r_[points[0], middles, points[-1]]
    penalty = 4 - math.log(73.53 * _FALSE_ALARM * len(x) ** -0.478)
    best, last = np.empty(len(counts)), np.empty(len(counts), dtype=int)
    summed = np.r_[0, np.cumsum(counts)]
    for stop in range(1, len(counts) + 1):
        held = summed[stop] - summed[:stop]
        fitness = held * np.log(held / (edges[stop] - edges[:stop])) - penalty
        fitness[1:] += best[: stop - 1]
        last[stop - 1] = int(fitness.argmax())
        best[stop - 1] = fitness[last[stop - 1]]
    cuts, at_end = [len(counts)], len(counts)
    while at_end > 0:
        at_end = int(last[at_end - 1])
        cuts.append(at_end)
    return np.asarray(edges[cuts[::-1]])


def equal(x: FloatArray, count: int) -> FloatArray:
    """The ends of `count` equal bins from the least point to the largest."""
    return np.linspace(x.min(), x.max(), count + 1)
