"""The share of later rows at values that a table does not hold, by Good and Turing.

Of n rows the share that are the only one of their value is, up to 1/n, an unbiased estimate of the
probability that the next row has a value not seen yet, whatever the law is (Good 1953).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from divkit.density.auto.counts import are_counts
from divkit.samples import Column
from divkit.types import FloatArray

TOO_MANY = 0.1
"""Share of unseen whole numbers beyond which a column beside others is no table of its values."""


def unseen_share(counts: Sequence[int]) -> float:
    """Return the estimate from the numbers of rows at each value.

    >>> unseen_share([1, 1, 8])
    0.2
    """
    return sum(count == 1 for count in counts) / sum(counts)


def are_tabled(rows: FloatArray, facts: Sequence[Column]) -> list[bool]:
    """Whether each column of rows (n, d) is of whole numbers that a table is made of.

    A column alone has laws of counts, which hold numbers that were not seen; beside others a table
    of cells holds no others, so that dates and amounts are taken as rounded numbers.
    """
    whole = [are_counts(*pair) for pair in zip(rows.T, facts, strict=True)]
    if len(whole) == 1:
        return whole
    return [counts and _share(x) <= TOO_MANY for counts, x in zip(whole, rows.T, strict=True)]


def unseen_words(counts: Sequence[int]) -> str:
    """Say what becomes of rows at values that were not seen, and of how many later ones.

    >>> unseen_words([1, 1, 8])[-66:]
    'about 20 % of later rows (the share of rows whose value is single)'
    """
    share = unseen_share(counts)
    zero = "a row that is in none of them has probability 0, a log score of -inf"
    if share == 0:
        return zero
    by = "the share of rows whose value is single"
    return f"{zero}: about {100 * share:.2g} % of later rows ({by})"


def _share(x: FloatArray) -> float:
    return unseen_share(np.unique(x, return_counts=True)[1].tolist())
