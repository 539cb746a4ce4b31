r"""Contingency tables: the plug-in information, and its mean under any law of the cells.

For counts n_ij with sums n_i., n_.j and f(k) = k log k,

    Î = [Σ f(n_ij) − Σ f(n_i.) − Σ f(n_.j)]/n + log n.

Under n independent draws each count is binomial, so that the mean of Î is a sum of the means of
f(K), K ~ Bin(n, p): exact, where the first-order bias (r − 1)(c − 1)/(2n) of Miller (1955) needs
counts that are not small.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, special, stats

from divkit.types import FloatArray

_KNOTS = 260
_LEAST = 1e-3
"""Expected counts below this have E f(K) = O(μ²) = 0, to 1e-6 of a count."""


def cross_table(x: NDArray[np.int64], y: NDArray[np.int64]) -> FloatArray:
    """Counts (r, c) of labels 0 … r − 1 and 0 … c − 1, row by row pairs."""
    table = np.zeros((int(x.max()) + 1, int(y.max()) + 1))
    np.add.at(table, (x, y), 1.0)
    return table


def entropy(share: FloatArray) -> float:
    """−Σ p log p, in nats."""
    return float(special.entr(share).sum())


def information_of(law: FloatArray) -> float:
    """Mutual information of a law of cells (r, c)."""
    return entropy(law.sum(axis=1)) + entropy(law.sum(axis=0)) - entropy(law)


def plug_in(tables: FloatArray) -> FloatArray:
    """Î of each table (…, r, c) of n counts."""
    whole, rows, columns = tables, tables.sum(axis=-1), tables.sum(axis=-2)
    total = tables.sum(axis=(-2, -1))
    ends = [_logs(whole).sum(axis=(-2, -1)), _logs(rows).sum(-1), _logs(columns).sum(-1)]
    return np.asarray((ends[0] - ends[1] - ends[2]) / total + np.log(total))


def mean_plug_in(n: int) -> Callable[[FloatArray], float]:
    """The function from a law of cells (r, c) to the mean of Î under n draws."""
    mean = _mean_of_logs(n)

    def at(law: FloatArray) -> float:
        ends = [float(mean(each).sum()) for each in (law, law.sum(axis=1), law.sum(axis=0))]
        return (ends[0] - ends[1] - ends[2]) / n + math.log(n)

    return at


def permuted_plug_in(table: FloatArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """Î of tables with the same sums (draws,): the conditional law under independence."""
    rows, columns = (table.sum(axis=axis).astype(np.int64) for axis in (1, 0))
    drawn = stats.random_table(rows, columns).rvs(draws, random_state=rng)
    return plug_in(np.asarray(drawn, dtype=np.float64).reshape(draws, *table.shape))


def _mean_of_logs(n: int) -> Callable[[FloatArray], FloatArray]:
    """E[K log K], K ~ Bin(n, p), of arrays of p: exact at knots, a spline of the rest between."""
    knots = np.linspace(math.log(_LEAST / n), 0.0, _KNOTS)
    rest = interpolate.CubicSpline(knots, [_rest(n, math.exp(knot)) for knot in knots])

    def mean(p: FloatArray) -> FloatArray:
        out = np.zeros_like(p)
        seen = p > _LEAST / n
        out[seen] = rest(np.log(p[seen])) + _logs(n * p[seen])
        return out

    return mean


def _rest(n: int, p: float) -> float:
    """E[K log K] − np log(np)."""
    mean = n * p
    away = 12 * math.sqrt(mean) + 30
    k = np.arange(max(0, int(mean - away)), min(n, int(mean + away)) + 1, dtype=np.float64)
    return float(_logs(k) @ stats.binom.pmf(k, n, min(p, 1.0)) - _logs(np.array(mean)))


def _logs(k: FloatArray) -> FloatArray:
    return np.asarray(special.xlogy(k, k))
