r"""Multinomial laws of rounded parameters, enumerated: P(x) = n! Π p_i^{x_i} / x_i!."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from flint import arb

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.types import Ball

_BITS = 128
MOST_CELLS = 2**17


def multinomial_of_logits(
    n: int, logits: Sequence[float], radii: Sequence[float] = ()
) -> FiniteLaw:
    """Counts of n draws from the softmax of logits, each known within its radius, 0 by default.

    A logit of −inf is a probability of 0.

    Raises
    ------
    ValueError
        If there are over 2^17 vectors of counts.
    """
    within = radii or [0.0] * len(logits)
    with own_precision(_BITS):
        odds = [
            arb(0) if l == -math.inf else arb(l, r).exp()
            for l, r in zip(logits, within, strict=True)
        ]
    return _enumerated(n, odds, f"multinomial({n}, logits={list(logits)!r})")


def _enumerated(n: int, odds: Sequence[Ball], source: str) -> FiniteLaw:
    cells = len(odds)
    size = math.comb(n + cells - 1, cells - 1)
    if size > MOST_CELLS:
        raise ValueError(f"{source} has {size} vectors of counts, more than {MOST_CELLS}.")
    with own_precision(_BITS):
        tables = [_powers(w, n) for w in odds]
        points, weights = [], []
        for point in _compositions(n, cells):
            weight = math.prod((t[k] for t, k in zip(tables, point, strict=True)), start=arb(1))
            if weight > 0:
                points.append(point)
                weights.append(weight)
        logs, radii = logs_of(weights)
    return FiniteLaw.from_logs(points, logs, radii=radii, source=source)


def _powers(odds: Ball, n: int) -> list[Ball]:
    """w^k/k! for k = 0 … n."""
    terms = itertools.accumulate(range(1, n + 1), lambda t, k: t * odds / k, initial=arb(1))
    return list(terms)


def _compositions(n: int, cells: int) -> Iterator[tuple[int, ...]]:
    """All vectors of counts of sum n, by where the bars stand among the stars."""
    for bars in itertools.combinations(range(n + cells - 1), cells - 1):
        ends = (-1, *bars, n + cells - 1)
        yield tuple(b - a - 1 for a, b in itertools.pairwise(ends))


def logs_of(weights: Sequence[Ball]) -> tuple[list[float], list[float]]:
    """Floats next to the logs of the shares, and how far off they may be."""
    total = sum(weights, arb(0)).log()
    balls = [weight.log() - total for weight in weights]
    logs = [float(ball) for ball in balls]
    radii = [2.0**-52 * abs(log) + 2.0**-64 for log in logs]
    return logs, [r + 2 * float(ball.rad()) for r, ball in zip(radii, balls, strict=True)]
