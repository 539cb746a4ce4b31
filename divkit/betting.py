r"""Confidence limits for the mean of bounded draws that hold for every n and every law.

For draws x_1, x_2, … of mean μ, none below `least`, a gambler who believes μ > m bets
λ_t ≤ c/(m − least) on x_t. Each factor of the capital Π (1 + λ_t (x_t − m)) is positive, and a bet
depends on earlier draws only, so that the capital is a non-negative supermartingale if μ ≤ m: by
Ville's inequality it exceeds 1/α with probability at most α. The values of m at which the gambler
gets that rich lie below a limit that is no more than μ with probability 1 − α (Waudby-Smith,
Ramdas 2024, theorem 3, with the bets of their equation 26 for a fixed n). The capital falls as m
grows, so the limit is found by bisection. An interval sets a second gambler against the first, who
bets on small draws, and gives each half of α.

Batches may have means of their own, as long as none exceeds m: the gambler carries the capital
from one to the next. What was seen before a batch may choose its scale and its first bets, and a
mean `until` from which on nothing is bet on it: draws whose mean is far below m would cost all
that others win. The capital then falls between such means and may rise at one, and the limit is
the least m at which it is below 1/α: whatever lies below was refused, as no truth is but with
probability α.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from divkit.types import FloatArray

_MOST = 0.75  # c: no bet risks more than this share of the capital
_BOLD = 0.9  # c where a guess of the variance was given
_TRUST = 20.0  # draws that such a guess counts for
_BISECTIONS = 60
_ROUGH = 25  # bisections of a forecast


@dataclass(frozen=True, eq=False)
class Batch:
    """Independent draws of one mean, and what was known of them before.

    Attributes
    ----------
    draws : (n,), in the order in which they were drawn.
    least, most : no draw lies outside.
    guess : of their mean and variance, from other data; None knows nothing.
    until : the least mean against which nothing is bet on these draws, from other data.

    Raises
    ------
    ValueError
        If a draw is outside [least, most] or there is none, or the guess's variance is not
        positive.
    """

    draws: FloatArray
    least: float
    most: float
    guess: tuple[float, float] | None = None
    until: float = math.inf

    def __post_init__(self) -> None:
        _check(self.draws, self.least, self.most)
        if self.guess is not None and not self.guess[1] > 0:
            raise ValueError(f"guess must hold a positive variance; got {self.guess!r}.")

    def bets(self, target: float, n: int) -> FloatArray:
        """The bets (len(draws),), before they are cut to the share of capital at risk."""
        width = self.most - self.least
        plain = (0.5 * (self.least + self.most), 0.25 * width**2)
        mean, variance = self.guess or plain
        trust = 1.0 if self.guess is None else _TRUST
        return _bets(self.draws, target, n, mean, variance, trust)

    @property
    def share(self) -> float:
        """The largest share of the capital that a bet risks."""
        return _MOST if self.guess is None else _BOLD


def interval(x: FloatArray, level: float) -> tuple[float, float]:
    """Return an interval that covers the mean of the law of x with probability ≥ level.

    Parameters
    ----------
    x : independent draws (n,) of one law on [0, 1], in the order in which they were drawn.
    level : confidence in (0, 1).

    Raises
    ------
    ValueError
        If a draw is outside [0, 1] or there is none.
    """
    side = 0.5 * (1 + level)
    return (
        lower_limit([Batch(x, 0.0, 1.0)], side),
        1 - lower_limit([Batch(1 - x, 0.0, 1.0)], side),
    )


def lower_limit(batches: Sequence[Batch], level: float) -> float:
    """Return a limit that with probability ≥ level is no more than the largest of the means.

    Parameters
    ----------
    batches : each may depend, in all but its draws, on those before it.
    level : confidence in (0, 1).

    Raises
    ------
    ValueError
        If there is no batch.
    """
    if not batches:
        raise ValueError("batches must hold at least one batch.")
    target, n = math.log(1 / (1 - level)), sum(len(batch.draws) for batch in batches)
    bets = [batch.bets(target, n) for batch in batches]
    low, high = min(b.least for b in batches), max(b.most for b in batches)
    for end in sorted({b.until for b in batches if low < b.until < high} | {high}):
        playing = [pair for pair in zip(batches, bets, strict=True) if pair[0].until >= end]
        if end == high or _capital(playing, end) < target:
            return _crossing(playing, low, end, target)
        low = end
    return low


def _crossing(
    playing: Sequence[tuple[Batch, FloatArray]], low: float, high: float, target: float
) -> float:
    """The m in [low, high) from which on the log capital, which falls, is below the target."""
    for _ in range(_BISECTIONS):
        m = 0.5 * (low + high)
        low, high = (m, high) if _capital(playing, m) >= target else (low, m)
    return low


def _capital(playing: Sequence[tuple[Batch, FloatArray]], m: float) -> float:
    """The log capital of bets on batches that their mean exceeds m."""
    return sum(_log_capital(b.draws, bets, m, b.least, b.share) for b, bets in playing)


def forecast(draws: FloatArray, least: float, most: float, n: int, level: float) -> float:
    """Return about what `lower_limit` gives on n new draws of the law that these are from.

    The bet is constant, at its value for the draws' own variance and a share of the widest one.
    """
    target = math.log(1 / (1 - level))
    variance = float(draws.var()) + 0.25 * (most - least) ** 2 / len(draws)
    bet, low, high = math.sqrt(2 * target / (n * variance)), least, most
    for _ in range(_ROUGH):
        m = 0.5 * (low + high)
        gain = _log_capital(draws, np.array([bet]), m, least, _BOLD) / len(draws)
        low, high = (m, high) if n * gain >= target else (low, m)
    return low


def _check(x: FloatArray, least: float, most: float) -> None:
    if len(x) == 0 or not (np.min(x) >= least and np.max(x) <= most):
        raise ValueError(f"x must hold at least one draw, all of them in [{least:g}, {most:g}].")


def _bets(
    x: FloatArray, target: float, n: int, mean: float, variance: float, trust: float
) -> FloatArray:
    """√(2 log(1/α) / (n σ̂²_{t−1})), with means and variances of the draws before t."""
    t = np.arange(1, len(x) + 1)
    means = (trust * mean + np.cumsum(x)) / (t + trust)
    spread = (trust * variance + np.cumsum((x - means) ** 2)) / (t + trust)
    before = np.concatenate([[variance], spread[:-1]])
    return np.sqrt(2 * target / (n * before))


def _log_capital(x: FloatArray, bets: FloatArray, m: float, least: float, share: float) -> float:
    """Σ log(1 + λ_t (x_t − m)); below the least draw nothing is at risk."""
    most = share / (m - least) if m > least else math.inf
    return float(np.log1p(np.minimum(bets, most) * (x - m)).sum())
