r"""Cautions on the divergences of a comparison: the estimator is tried where the truth is 0.

With the labels of the pooled rows shuffled, both samples come from one law and every divergence
is 0. An estimator whose interval leaves 0 out there, by a value that is not small beside the one
reported, has a bias that its standard error does not see: few rows in many dimensions do that,
most of all to the total variation, whose witness jumps where the laws are equal. The middle of
`SHUFFLES` shuffles is taken, so that one unlucky shuffle does not decide.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from divkit.divergences import named
from divkit.divergences.base import IPM, Divergence
from divkit.estimators.api import estimate
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import Pair
from divkit.work import parts

SHUFFLES = 3


def shuffled(
    pair: Pair,
    divergences: Sequence[str | Divergence],
    method: str = "auto",
    *,
    rng: RandomState = 0,
    level: float = 0.95,
) -> tuple[Result, ...]:
    """Each divergence with labels shuffled: of `SHUFFLES` estimates the one of middle value.

    Raises
    ------
    ValueError
        If the method cannot be used on shuffled rows, such as those with ties.
    """
    generator, n = as_generator(rng), len(pair.x)
    seed = int(generator.integers(2**31))
    orders = [generator.permutation(n + len(pair.y)) for _ in range(SHUFFLES)]
    middle = []
    for kind in parts(divergences):
        rows = rows_for(pair, named(kind))
        pooled = np.concatenate(rows.cells())
        tried = [
            estimate(
                pooled[order[:n]], pooled[order[n:]], named(kind), method, rng=seed, level=level
            )
            for order in parts(orders)
        ]
        middle.append(sorted(tried, key=lambda result: result.value)[SHUFFLES // 2])
    return tuple(middle)


def rows_for(pair: Pair, divergence: Divergence) -> Pair:
    """Return the rows as a divergence takes them: its own units, where steps and ties are exact.

    Metrics, which have a unit, are in units of spread.
    """
    return pair.standardised if isinstance(divergence, IPM) else pair


def caution(result: Result, null: Result | None, differ: bool) -> str:
    """Return why a divergence's interval is not to be trusted; "" where nothing speaks against it.

    Parameters
    ----------
    result : the estimate.
    null : the same with labels shuffled, where it was made.
    differ : whether the test rejects p = q.
    """
    if null is not None and not _holds_zero(null) and 2 * abs(null.value) >= abs(result.value):
        return (
            f"not to be trusted: with labels shuffled, where it is 0, the estimate is still "
            f"{null.value:.2g} ± {null.error:.2g}"
        )
    if result.is_lower_bound:
        limit = result.interval[0]
        shown = f"at least {limit:.3g} at its level" if limit > 0 else "no limit above 0 is shown"
        return f"a lower bound, no normal interval; {shown}"
    if not differ and not _holds_zero(result):
        return "the interval leaves out 0, which the test does not"
    return ""


def _holds_zero(result: Result) -> bool:
    low, high = result.interval
    return low <= 0.0 <= high
