r"""Weights of a convex stack, from log densities at rows that each member did not see.

The weights maximise Σ_i log Σ_m w_m f_m^{(−i)}(x_i) (Smyth, Wolpert 1999), a concave problem,
over members that join one at a time. Left-out likelihoods of near equals differ by chance, so that
the larger of many is no better than a plainer one: each member has a price, in units of
(log n)/3 nats. On the line a family costs nothing, or 1 if it holds a plainer one, a mixture 2 for
each component but one, a penalised log-spline 3, one of few knots or a kernel estimate 4, and an
end that only the rows show 2 more, but for the exponential and the uniform law of 100 rows or
more, whose parameters ends are; the first member is the best at these prices, and another one must
gain 3 to join, in space 2. The prices are those of the least mean divergence over draws of 27
laws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from divkit.types import FloatArray

JOINING = 2.0
"""The gain that a further member must bring where none is named, in units of (log n)/3 nats."""
_SHARES = np.array([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9])
_STEPS, _ENOUGH = 200, 1e-3
_MOST_LOG = 700.0


@dataclass(frozen=True, eq=False)
class Stacked:
    """The members that were taken, in order.

    Attributes
    ----------
    members : their columns.
    weights : of sum 1.
    gains : nats of left-out log likelihood that each added when it joined; the first's is 0.
    logs : left-out log density of the stack at each row (n,).
    beyond : whether the last is for rows beyond the ends of all others (`beyond.opened`).
    """

    members: tuple[int, ...]
    weights: tuple[float, ...]
    gains: tuple[float, ...]
    logs: FloatArray
    beyond: bool = False


def stacked(logs: FloatArray, prices: Sequence[float], joining: float = JOINING) -> Stacked:
    """Return the stack for left-out log densities (n, M), −inf where a member is 0.

    A further member joins for a gain of more than `joining` times `price_unit` nats.

    Raises
    ------
    ValueError
        If no member is positive at every row.
    """
    unit = price_unit(len(logs))
    totals = logs.sum(axis=0) - unit * np.asarray(prices)
    if not np.isfinite(totals).any():
        raise ValueError("no density is positive at all rows that its fit left out.")
    members, gains = [int(totals.argmax())], [0.0]
    weights, now = np.ones(1), logs[:, members[0]]
    while (trial := _best_addition(now, logs)) not in members:
        tried = [*members, trial]
        w, after = _weighted(logs[:, tried], np.r_[0.9 * weights, 0.1])
        gain = float((after - now).sum())
        if gain <= joining * unit:
            break
        members, weights, now = tried, w, after
        gains.append(gain)
    shares = (weights / weights.sum()).tolist()
    return Stacked(tuple(members), tuple(shares), tuple(gains), now)


def price_unit(n: int) -> float:
    """Return the unit of prices in nats, for n rows."""
    return math.log(n) / 3


def _best_addition(now: FloatArray, logs: FloatArray) -> int:
    """The member of which some share raises the likelihood the most."""
    ratio = np.expm1(np.minimum(logs - now[:, None], _MOST_LOG))
    gains = np.stack([np.log1p(share * ratio).sum(axis=0) for share in _SHARES])
    return int(gains.max(axis=0).argmax())


def _weighted(logs: FloatArray, start: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weights of largest likelihood by expectation and maximisation, and the stack's logs."""
    top = logs.max(axis=1, keepdims=True)
    parts = np.exp(logs - top)
    w, before = start, -math.inf
    for _ in range(_STEPS):
        total = parts @ w
        value = float(np.log(total).sum())
        if value - before < _ENOUGH:
            break
        before = value
        w = w * (parts.T @ (1 / total)) / len(logs)
    return w, np.log(parts @ w) + top[:, 0]
