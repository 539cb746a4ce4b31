"""Last digits that two samples have not alike, which no smooth ratio shows.

Even numbers against odd ones, or prices that end in .99 against others, are as far apart as their
last digits are, and models of their sizes see nothing of it. Columns whose numbers all have so
many decimals are asked for their last digit, and last two, where they spread over many turns of
it: a smooth law has all digits there alike. Pearson's chi-square of the table of two samples.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import special

from divkit.estimators.common.doubts import Doubt
from divkit.samples import Pair
from divkit.types import FloatArray

LEVEL = 1e-6
"""Chance of a false alarm for each column."""
TURNS = 30
"""Turns of a digit between the quartiles of each sample, below which sizes tell digits apart."""
_FEW, _MOST_DECIMALS, _WHOLE = 10, 6, 2.0**50


def digits_differ(pair: Pair) -> Doubt | None:
    """Return the doubt where last digits of a column are not alike in x and y.

    >>> even = 2.0 * np.random.default_rng(0).integers(0, 10**6, (200, 1))
    >>> digits_differ(Pair(even, even + 1)).reason[:29]
    'last digits differ in column '
    """
    for k in range(pair.dim):
        for last in _scaled(pair.x[:, k], pair.y[:, k]):
            if _p_value(*last) < 0.5 * LEVEL:
                words = f"last digits differ in column {k}: sizes alone are modelled, not digits"
                return Doubt(words, False)
    return None


def _scaled(x: FloatArray, y: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """The last digit, and the last two, of x (n,) and y (m,), where a smooth law has all alike."""
    both = np.concatenate([x, y])
    for decimals in range(_MOST_DECIMALS + 1):
        if (np.round(both, decimals) == both).all():
            break
    else:
        return
    whole = [np.round(s * 10.0**decimals) for s in (x, y)]
    if max(float(np.abs(s).max()) for s in whole) > _WHOLE:
        return
    spread = min(float(np.subtract(*np.quantile(s, [0.75, 0.25]))) for s in whole)
    for modulus in (10, 100):
        if spread >= TURNS * modulus:
            yield whole[0] % modulus, whole[1] % modulus


def _p_value(x: FloatArray, y: FloatArray) -> float:
    """Of Pearson's chi-square; digits of few rows are one."""
    kinds, place = np.unique(np.concatenate([x, y]), return_inverse=True)
    table = np.stack([np.bincount(part, minlength=len(kinds)) for part in
                      (place[: len(x)], place[len(x) :])])  # fmt: skip
    few = table.sum(axis=0) < 2 * _FEW
    table = np.column_stack([table[:, ~few], table[:, few].sum(axis=1)]).astype(float)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 1.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(special.chdtrc(table.shape[1] - 1, ((table - expected) ** 2 / expected).sum()))
