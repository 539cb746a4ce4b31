r"""A path of laws from independence to a table, on which its information is read and bounded.

With p̂ the shares of a table and p̂_x p̂_y those of independence, p_t = (1 − t) p̂_x p̂_y + t p̂ has
the table's margins for every t, and information that grows with t: from 0 at t = 0, past that of
p̂ at t = 1, up to where a cell is 0. The estimate is the information of the law under which the
plug-in value Î is its mean; the interval holds the informations under which Î is no surprise.
Both are right at independence, where Î is like χ²/(2n) with (r − 1)(c − 1) degrees of freedom or
what a sparse table has in their place, and far from it, where Î is like a normal variable.

Means are exact (`table_counts`), but for the part that the margins' own fluctuation has in them
at t = 0: it is taken off, so that the mean at t = 0 is that of the conditional law, all tables
with the same sums. Spread and skewness are those of drawn tables; the quantiles are a Pearson III
law's of the same three moments, which holds both the χ² law and the normal. Upper limits compare
the probability of so small an Î with the same under independence (Read 2002), so that no interval
is empty.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import interpolate, stats

from divkit.estimators.information.table_counts import (
    information_of,
    mean_plug_in,
    permuted_plug_in,
    plug_in,
)
from divkit.types import FloatArray

DRAWS, NULL = 200, 1000
_STOPS, _KNOTS, _FINE = 9, 41, 401


@dataclass(frozen=True, eq=False)
class TablePath:
    """The path of a table.

    Attributes
    ----------
    plug_in : Î.
    null : Î of tables drawn with the same sums (NULL,).
    place : t (F,).
    information, mean, spread, skew : of p_t, of Î under it (F,).
    offset : mean of the conditional law less that of the multinomial, at t = 0.
    """

    plug_in: float
    null: FloatArray
    place: FloatArray
    information: FloatArray
    mean: FloatArray
    spread: FloatArray
    skew: FloatArray
    offset: float

    @property
    def p_value(self) -> float:
        """Of independence: the share of tables with the same sums that are as dependent."""
        return float((1 + (self.null >= self.plug_in - 1e-12).sum()) / (1 + len(self.null)))

    @property
    def value(self) -> float:
        """Information of the law whose mean is Î; beyond the ends, Î less the bias there."""
        bias = self.mean - self.information
        if self.plug_in <= self.mean[0]:
            return float(self.plug_in - bias[0])
        if self.plug_in >= self.mean[-1]:
            return float(self.plug_in - bias[-1])
        return float(np.interp(self.plug_in, self.mean, self.information))

    @property
    def error(self) -> float:
        """Standard deviation of Î at the value."""
        return float(np.interp(self.plug_in, self.mean, self.spread))

    @property
    def stop(self) -> float:
        """t of the value."""
        return float(np.interp(self.plug_in, self.mean, self.place))

    def interval(self, level: float) -> tuple[float, float]:
        """The informations under which Î is no surprise, each side with half of 1 − level."""
        rare = 0.5 * (1 - level)
        below = np.asarray(stats.pearson3.cdf(self.plug_in, self.skew, self.mean, self.spread))
        refuted = np.flatnonzero(1 - below <= rare)
        independent = self.p_value > rare or not len(refuted)
        low = 0.0 if independent else float(self.information[refuted.max()])
        return low, self._high(below, rare)

    def _high(self, below: FloatArray, rare: float) -> float:
        if below[-1] > rare:
            least = stats.pearson3.ppf(rare, self.skew[-1], self.mean[-1], self.spread[-1])
            return float(self.information[-1] + self.plug_in - least)
        possible = np.flatnonzero(below > rare * below[0])
        return float(self.information[possible.max()]) if len(possible) else 0.0


def path_of(table: FloatArray, rng: np.random.Generator) -> TablePath:
    """The path of a table (r, c) without empty rows or columns."""
    n = int(table.sum())
    share = table / n
    apart = np.outer(share.sum(axis=1), share.sum(axis=0))
    null = permuted_plug_in(table, NULL, rng)
    estimate, mean = float(plug_in(table)), mean_plug_in(n)
    offset = float(null.mean()) - mean(apart)
    toward = _toward(share, apart)
    end = _end(toward, apart, mean, _far(share, apart, estimate, n))
    place = np.linspace(0, end, _FINE)
    knots, stops = place[:: (_FINE - 1) // (_KNOTS - 1)], np.linspace(0, end, _STOPS)
    laws = [_law(toward, apart, float(t)) for t in knots]
    informations = np.array([0.0, *(information_of(law) for law in laws[1:])])
    means = np.array([mean(law) for law in laws]) + offset * np.maximum(0.0, 1 - knots)
    drawn = [null, *(_drawn(_law(toward, apart, float(t)), n, rng) for t in stops[1:])]
    spread, skew = ([float(of(each)) for each in drawn] for of in (np.std, _skewness))
    return TablePath(
        estimate, null, place,
        np.maximum.accumulate(_between(knots, informations, place)),
        np.maximum.accumulate(_between(knots, means, place)),
        np.maximum(_between(stops, np.array(spread), place), 1e-12),
        np.maximum(np.interp(place, stops, skew), 1e-3), offset,
    )  # fmt: skip


def _law(toward: FloatArray, apart: FloatArray, t: float) -> FloatArray:
    law = np.maximum((1 - t) * apart + t * toward, 0.0)  # −1e-17 where a cell is 0 at the end
    return np.asarray(law / law.sum())


def _toward(share: FloatArray, apart: FloatArray) -> FloatArray:
    """The law that the path leads to: p̂, or one of an order where p̂ is independence itself."""
    if np.abs(share - apart).max() > 1e-12:
        return share
    r, c = apart.sum(axis=1), apart.sum(axis=0)
    u, v = (np.arange(len(m)) - m @ np.arange(len(m)) for m in (r, c))
    return np.asarray(apart * (1 + np.outer(u, v) / np.abs(np.outer(u, v)).max()))


def _end(toward: FloatArray, apart: FloatArray, mean: Callable[[FloatArray], float],
         far: float) -> float:  # fmt: skip
    """The end of the path: at its last law, or where the mean of Î is as large as `far`."""
    falls = apart - toward
    last = max(1.0, float((apart[falls > 0] / falls[falls > 0]).min()))
    end = 1.0
    while end < last and mean(_law(toward, apart, end)) < far:
        end = min(last, 1.4 * end)
    return end


def _far(share: FloatArray, apart: FloatArray, estimate: float, n: int) -> float:
    """Î and six of its errors."""
    seen = share > 0
    each = np.log(share[seen] / apart[seen])
    spread = float(share[seen] @ each**2 - (share[seen] @ each) ** 2) / n
    free = float((share.shape[0] - 1) * (share.shape[1] - 1))
    error = math.sqrt(max(spread, 0.0) + 0.5 * free / n**2)
    return estimate + 6 * error + (20 + 3 * math.sqrt(free)) / n


def _skewness(drawn: FloatArray) -> float:
    """Third standardised moment, 0 where nothing varies."""
    away, spread = drawn - drawn.mean(), drawn.std()
    return float(np.mean((away / spread) ** 3)) if spread > 1e-12 else 0.0


def _drawn(law: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
    tables = rng.multinomial(n, law.ravel(), DRAWS).reshape(DRAWS, *law.shape)
    return plug_in(tables.astype(np.float64))


def _between(knots: FloatArray, values: FloatArray, place: FloatArray) -> FloatArray:
    return np.asarray(interpolate.PchipInterpolator(knots, values)(place))
