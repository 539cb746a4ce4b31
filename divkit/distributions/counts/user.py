"""Laws of counts from log probabilities of one's own, with what bounds their tail."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from divkit.distributions.base import finite
from divkit.distributions.counts.checks import whole
from divkit.distributions.counts.gammas import Sized
from divkit.distributions.counts.law import CountLaw
from divkit.distributions.counts.ratio import Between, Ratio, ratio
from divkit.distributions.logarithms import log_of
from divkit.types import FloatArray

LogPmf = Callable[[FloatArray], FloatArray]
_LEAST = 2.0**-1022


@dataclass(frozen=True)
class UserCounts(CountLaw):
    """A law of counts from a callable; `count_law` makes one and checks it."""

    function: LogPmf
    low: int
    high: float
    bound: tuple[int, float, float] | None
    place: tuple[float, float]
    accuracy: float

    @property
    def ends(self) -> tuple[float, float]:
        """As given."""
        return self.low, self.high

    @property
    def center(self) -> tuple[float, float]:
        """As given, or found by doubling."""
        return self.place

    def between(self, side: int) -> Between | None:
        """As given."""
        if self.bound is None or side < 0:
            return None
        start, least, most = self.bound
        return Between(_constant(least) if least else None, _constant(most or _LEAST), start)

    def _log_pmf(self, k: FloatArray) -> Sized:
        logs = np.asarray(self.function(k), dtype=np.float64)
        if logs.shape != k.shape or not (logs < math.inf).all():
            raise ValueError(
                f"log_pmf must give numbers below inf, one a count; of shape {k.shape} it gave "
                f"shape {logs.shape}."
            )
        size = np.where(logs > -math.inf, np.abs(logs), 0.0)
        return Sized(logs, np.where(logs > -math.inf, self.accuracy * (1 + size), 0.0))


def _constant(value: float) -> Ratio:
    return ratio(log_of(Fraction(value)), ())


def count_law(
    log_pmf: LogPmf,
    *,
    low: int = 0,
    high: float = math.inf,
    ratio_bound: tuple[float, ...] | None = None,
    center: float | None = None,
    scale: float = 1.0,
    accuracy: float = 2.0**-49,
) -> UserCounts:
    """Return the law of counts with these log probabilities, which must sum to 1.

    Parameters
    ----------
    log_pmf : log P(k) of whole numbers (n,) as (n,); it is asked from `low` to `high` only.
    low, high : the least and the greatest count; high may be inf.
    ratio_bound : what bounds an infinite tail, (K, r): P(k+1) ≤ r P(k) for all k ≥ K, r < 1; or
        (K, s, r), with s P(k) ≤ P(k+1) too, which KL, χ² and Rényi divergences against this law
        need. No number can be right without it, so that an infinite law must have it.
    center, scale : where the mass is, and how far it spreads; by default what is found by doubling
        from `low`.
    accuracy : relative error of log_pmf, in units of 1 + |log P|.

    Returns
    -------
    CountLaw
        On the whole numbers of its range.

    Raises
    ------
    TypeError
        If log_pmf cannot be called.
    ValueError
        If a number does not fit, or the law is infinite and ratio_bound is missing.

    See Also
    --------
    divkit.categorical : of finitely many outcomes.
    divkit.law : with a density.

    Examples
    --------
    >>> import numpy as np
    >>> p = count_law(lambda k: np.log(0.5) * (k + 1), ratio_bound=(0, 0.5, 0.5))
    >>> float(p.log_prob([1.0])[0])
    -1.3862943611198906
    """
    if not callable(log_pmf):
        raise TypeError(f"log_pmf must be callable; got {log_pmf!r}.")
    first = whole("low", low, -(2**62))
    if not math.isinf(high):
        high = whole("high", high, first)
    bound = _bound(ratio_bound, high)
    place = (float(first if center is None else center), finite("scale", scale))
    law = UserCounts(log_pmf, first, high, bound, place, finite("accuracy", accuracy))
    if center is not None:
        return law
    return UserCounts(log_pmf, first, high, bound, _bulk(law), law.accuracy)


def _bound(given: tuple[float, ...] | None, high: float) -> tuple[int, float, float] | None:
    if given is None:
        if math.isinf(high):
            raise ValueError(
                "a law with infinitely many atoms needs ratio_bound=(K, r), P(k+1) <= r P(k) for "
                "k >= K, so that what lies beyond any sum is known; or pass high= to end it."
            )
        return None
    if len(given) not in (2, 3):
        raise ValueError(f"ratio_bound must be (K, r) or (K, s, r); got {given!r}.")
    start, least, most = given[0], (0.0 if len(given) == 2 else given[1]), given[-1]
    if not 0 <= least <= most < 1:
        raise ValueError(f"ratio_bound needs 0 <= s <= r < 1; got {given!r}.")
    return whole("K", start, -(2**62)), float(least), float(most)


def _bulk(law: UserCounts) -> tuple[float, float]:
    """The largest of the probabilities at `low` + 0, 1, 2, 4, …, and the step there."""
    steps = np.concatenate([[0.0], 2.0 ** np.arange(60)])
    places = law.low + steps[law.low + steps <= law.high]
    best = int(np.argmax(law.log_pmf(places).value))
    return float(places[best]), max(1.0, float(steps[best]) / 4)
