r"""Weights of cells in ball arithmetic, and the atoms of laws of counts as a table where few.

    power     w(p; x) = p^x/x!
    rising    w(a; x) = a(a+1)…(a+x−1)/x!
    choosing  w(m; x) = m(m−1)…(m−x+1)/x!

In a table log P(x) = c + Σ_k [log w_k(x_k) − log w_k(m_k) − λ(x_k − m_k)], m a vector of counts of
the same sum near the mean, λ any number: Σ_k (x_k − m_k) = 0. With λ the slope at m the brackets
are small where the law has its mass, so that their sum loses no digits.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from flint import arb

from divkit.distributions.ball_precision import own_precision
from divkit.types import Ball, FloatArray

if TYPE_CHECKING:
    from divkit.distributions.shapes.compositions import Compositions, CountsLaw

_BITS = 128
_UNIT = 2.0**-53
MOST_POINTS = 2**19
"""Atoms of a table at most."""

Weights = Callable[[Ball, int], list[Ball]]
"""(size of the cell, largest count) -> w(0), w(1), …"""


def power(size: Ball, most: int) -> list[Ball]:
    """See the module."""
    return _from_ratios(most, lambda x: size / (x + 1))


def rising(size: Ball, most: int) -> list[Ball]:
    """See the module."""
    return _from_ratios(most, lambda x: (size + x) / (x + 1))


def choosing(size: Ball, most: int) -> list[Ball]:
    """See the module."""
    return _from_ratios(most, lambda x: (size - x) / (x + 1))


def _from_ratios(most: int, ratio: Callable[[int], Ball]) -> list[Ball]:
    out = [arb(1)]
    for x in range(most):
        out.append(out[-1] * ratio(x))
    return out


def points_of(support: Compositions) -> FloatArray | None:
    """All counts of a support, (m, K); None where they may be more than `MOST_POINTS`."""
    live = [m for m in support.most if m > 0]
    if math.comb(support.total + len(live) - 1, len(live) - 1) > MOST_POINTS:
        return None
    rows, left = np.zeros((1, 0), dtype=np.int64), np.array([support.total])
    after = np.cumsum(support.most[::-1])[::-1]
    for most, room in zip(support.most, [*after[1:], 0], strict=True):
        low, high = np.maximum(left - room, 0), np.minimum(left, most)
        width = high - low + 1
        starts = np.repeat(np.cumsum(width) - width, width)
        chosen = np.repeat(low, width) + np.arange(width.sum()) - starts
        rows = np.column_stack([np.repeat(rows, width, axis=0), chosen])
        left = np.repeat(left, width) - chosen
    return rows.astype(np.float64)


def logs_at(law: CountsLaw, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log P at counts (m, K), and bounds of their errors."""
    middle = _near(np.asarray(law.mean), law.support)
    with own_precision(_BITS):
        cells, total = law.ball_weights()
        logs = [[w.log() for w in cell] for cell in cells]
        start = sum((log[m] for log, m in zip(logs, middle, strict=True)), arb(0)) - total.log()
        slope = _slope(logs, middle)
        tables = [
            [log - own[m] - slope * (x - m) for x, log in enumerate(own)]
            for own, m in zip(logs, middle, strict=True)
        ]
        parts = [np.array([float(ball) for ball in row]) for row in tables]
        radii = max(float(ball.rad()) for ball in [*itertools.chain(*tables), start])
        origin = float(start)
    each = np.stack([row[points[:, k].astype(np.int64)] for k, row in enumerate(parts)], axis=1)
    size = np.abs(each).sum(axis=1) + abs(origin)
    room = (points.shape[1] + 2) * (_UNIT * size + radii)
    return each.sum(axis=1) + origin, room


def _slope(logs: list[list[Ball]], middle: list[int]) -> Ball:
    """The slope of a log weight at the middle, of the cell with the most counts."""
    cell = int(np.argmax(middle))
    own, m = logs[cell], middle[cell]
    return arb((own[m] - own[m - 1]).mid())


def _near(mean: FloatArray, support: Compositions) -> list[int]:
    """Counts of the support near a mean."""
    most = np.array(support.most)
    whole = np.minimum(np.floor(mean + 1e-9).astype(np.int64), most)
    for cell in np.argsort(whole - mean):
        add = min(int(most[cell] - whole[cell]), 1, support.total - int(whole.sum()))
        whole[cell] += max(add, 0)
    for cell in range(len(most)):
        whole[cell] += min(int(most[cell] - whole[cell]), support.total - int(whole.sum()))
    return [int(w) for w in whole]
