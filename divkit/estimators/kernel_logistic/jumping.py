"""Models with jumps: products of square waves added one after the other, where they speak.

They are added to the best design, where its left-out residuals show any, and to a plane, where the
labels alone do: smooth functions follow a checkerboard with many parameters, and jumps with one.
Cuts are placed by the labels, which left-out likelihood does not know, and where there is no jump
the best of all places gains by chance, like a maximum of a random walk: models with jumps are
offered only where they gain `PER_CUT` nats of the likelihood of all rows for each cut, `PRICE`
nats beside, and `CLEAR` standard errors of what they gain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from divkit.estimators.common.design import LINEAR, Design, unit_block
from divkit.estimators.common.jumps import (
    Jumps,
    placed,
    strongest,
    threshold,
    with_jumps,
)
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit, best_of, left_out_loss, losses, spread_of_mean
from divkit.types import FloatArray

MOST = 3
"""Products that are added, one after the other."""
CLEAR = 3.0
PER_CUT, PRICE = 4.0, 10.0


def jumping(
    path: Callable[[Design, Pooled], list[Fit]], pool: Pooled, fits: Sequence[Fit]
) -> Iterator[Fit]:
    """Yield the fits with jumps, by a path of fits of a design, where there are any."""
    best = best_of(fits, pool)
    if best.again is None:
        return
    for design, left_out in (
        (best.again(pool), best.left_out),
        (_plane(pool), np.zeros(len(pool.z))),
    ):
        for found, more in _added(path, pool, design, left_out):
            ahead = best_of(more, pool)
            if _clearly_better(ahead, best, pool, found):
                best = ahead
                yield from more


def _added(
    path: Callable[[Design, Pooled], list[Fit]], pool: Pooled, design: Design, left_out: FloatArray
) -> Iterator[tuple[list[Jumps], list[Fit]]]:
    """The fits of a design with one product more at a time, while left-out loss falls."""
    found, least = list[Jumps](), np.inf
    for _ in range(MOST):
        cells, strength = strongest(pool, left_out)
        if strength <= threshold(pool):
            return
        found.append(placed(pool, left_out, cells))
        more = path(with_jumps(design, pool, found), pool)
        yield found, more
        ahead = best_of(more, pool)
        if left_out_loss(ahead, pool) >= least:
            return
        least, left_out = left_out_loss(ahead, pool), ahead.left_out


def _clearly_better(one: Fit, other: Fit, pool: Pooled, found: Sequence[Jumps]) -> bool:
    gain = losses(pool, other.left_out) - losses(pool, one.left_out)
    mean, cuts = float(pool.weight @ gain), sum(each.count for each in found)
    price = (PER_CUT * cuts + PRICE) / len(pool.z)
    return mean > max(price, CLEAR * spread_of_mean(pool.weight, gain))


def _plane(pool: Pooled) -> Design:
    """[1, z]."""
    z = unit_block(pool.z, pool.weight)
    penalty = np.concatenate([[0.0], np.full(pool.dim, LINEAR)])
    return Design(np.hstack([np.ones((len(z), 1)), z]), penalty, "a plane", again=_plane)
