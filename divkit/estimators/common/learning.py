r"""Whether a value still grows with the rows that it is fitted to.

A log ratio that is half learnt gives a value that is too small by what is left to learn, whose
standard error does not know of it. A fit to halves of the rows shows it, by the JSD, which is
finite whatever the divergence. At the true log ratio its value of all rows is the mean of those of
two halves but for terms of second order, as the payoffs are the same: so the growth

    g = V − ½(V_A + V_B)

has none of the error of V. It fluctuates like the curvature of the fits does
(`divkit.estimators.common.dual.averaged`). Where the rest to be learnt falls like 1/n it is g, and
more where it falls slower. It is asked for only where half the gap between the value fitted and
left out, which bounds what fits of this size can be short of, is not small beside the error. Where
halves have too few rows for their parameters nothing is known of the growth, and that is a doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from divkit.divergences import JS
from divkit.estimators.common.design import Design
from divkit.estimators.common.doubts import Doubt
from divkit.estimators.common.dual import mean, payoffs, standard_error
from divkit.estimators.common.pooled import Pooled, taken
from divkit.estimators.common.ridge_path import Fit, best_of, ridge_path

GAP = 2.5
"""Half the gap of the fitted and the left-out value, in errors, below which nothing is asked."""
GROWN, CLEAR = 1.5, 3.0
"""Errors of the value, and of the growth, above which it speaks."""
CROWDED = 0.25
"""Effective parameters per row of a half, beyond which its growth is not known."""


def still_learning(pool: Pooled, fits: Sequence[Fit]) -> Doubt | None:
    """Return the doubt where the JSD of the best fit is above that of halves by too much."""
    best = best_of(fits, pool)
    whole, gap = _read(pool, best)
    error = standard_error(pool, payoffs(JS, best.left_out, pool.sign))
    if best.again is None or gap < GAP * error:
        return None
    read = [_read_of(part, fit) for part, fit in _half_fits(pool, best.again(pool), best.ridge)]
    crowd = max(parameters for *_, parameters in read) / (0.5 * len(pool.z))
    if crowd > CROWDED:
        return Doubt(
            f"the fitted JSD is {2 * gap / error:.1f} errors above the left-out one, and halves "
            f"of the rows have {crowd:.2f} parameters a row: more rows may show more",
            False,
        )
    growth = whole - 0.5 * sum(value for value, *_ in read)
    curved = [gap * np.sqrt(2 / best.parameters), *(0.5 * g * np.sqrt(2 / k) for _, g, k in read)]
    if growth <= max(GROWN * error, CLEAR * float(np.hypot.reduce(curved))):
        return None
    return Doubt(
        f"the JSD grows with the rows: {whole:.3g} by all, {whole - growth:.3g} by halves, "
        f"against an error of {error:.2g}: more rows would show more",
        False,
    )


def _half_fits(pool: Pooled, design: Design, ridge: float) -> Iterator[tuple[Pooled, Fit]]:
    """The rows of each half with the best of fits near the ridge."""
    near = [ridge * factor for factor in (10.0, 10**0.5, 1.0)]
    for rows in _halves(pool):
        half = _part(pool, rows)
        seen = Design(design.features[rows], design.penalty, design.label)
        yield half, best_of(ridge_path(seen, half, near), half)


def _read_of(pool: Pooled, fit: Fit) -> tuple[float, float, float]:
    return *_read(pool, fit), fit.parameters


def _read(pool: Pooled, fit: Fit) -> tuple[float, float]:
    """The JSD, halfway between fitted and left out, and half the gap."""
    inside, outside = (
        mean(pool, payoffs(JS, logit, pool.sign)) for logit in (fit.logit, fit.left_out)
    )
    return 0.5 * (inside + outside), 0.5 * abs(inside - outside)


def _halves(pool: Pooled) -> Iterator[NDArray[np.intp]]:
    """Rows of two halves, by chance within each sample."""
    order = np.random.default_rng(0).permutation(len(pool.z))
    sides = [order[pool.sign[order] == sign] for sign in (1, -1)]
    for k in (0, 1):
        yield np.sort(np.concatenate([side[k::2] for side in sides]))


def _part(pool: Pooled, rows: NDArray[np.intp]) -> Pooled:
    """Some rows of a pool, each sample weighing one half."""
    sign = pool.sign[rows]
    weight = pool.weight[rows].copy()
    for side in (1, -1):
        weight[sign == side] *= 0.5 / weight[sign == side].sum()
    return taken(pool, rows, weight)
