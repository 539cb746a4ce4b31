r"""A confidence interval for the mean of bounded draws that holds for every n and every law.

For draws x_1, x_2, … ∈ [0, 1] of mean μ, a gambler who believes μ > m bets λ_t ≤ c/m on x_t; the
capital Π (1 + λ_t (x_t − m)) is a non-negative martingale if m = μ, so by Ville's inequality it
exceeds 2/α with probability at most α/2. The values of m at which neither this gambler nor the
one who believes μ < m gets rich form an interval that covers μ with probability 1 − α
(Waudby-Smith, Ramdas 2024, theorem 3, with the bets of their equation 26 for a fixed n). A bet
depends on earlier draws only. Either capital is monotone in m, so the ends are found by bisection.
"""

from __future__ import annotations

import math

import numpy as np

from divkit.types import FloatArray

_MOST = 0.75  # c: no bet risks more than this share of the capital
_BISECTIONS = 60


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
    if len(x) == 0 or not (np.min(x) >= 0 and np.max(x) <= 1):
        raise ValueError("x must hold at least one draw, all of them in [0, 1].")
    target = math.log(2 / (1 - level))
    bets = _bets(x, target)
    return _lower(x, bets, target), 1 - _lower(1 - x, bets, target)


def _bets(x: FloatArray, target: float) -> FloatArray:
    """√(2 log(2/α) / (n σ̂²_{t−1})), with means and variances of the draws before t."""
    t = np.arange(1, len(x) + 1)
    mean = (0.5 + np.cumsum(x)) / (t + 1)
    variance = (0.25 + np.cumsum((x - mean) ** 2)) / (t + 1)
    before = np.concatenate([[0.25], variance[:-1]])
    return np.sqrt(2 * target / (len(x) * before))


def _lower(x: FloatArray, bets: FloatArray, target: float) -> float:
    """The smallest m at which the gambler who bets on larger draws does not reach the target."""
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        m = 0.5 * (low + high)
        capital = float(np.log1p(np.minimum(bets, _MOST / m) * (x - m)).sum())
        if capital >= target:
            low = m
        else:
            high = m
    return low
