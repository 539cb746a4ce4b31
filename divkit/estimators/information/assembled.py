r"""Parts of a mutual information as a Result: their sum, cut to what is possible, or a limit.

The standard error is that of the mean of the rows' summed terms, √(Var/n), with the parts' further
errors in quadrature. A table alone has an interval of its own. No interval leaves [0, H], H an
upper limit of the entropy of a side that is labels alone (`bounds`); a value that does
comes as it is with a warning, and with the nearest possible one in `diagnostics["bounded"]`. Where
something speaks against the error, only a lower limit is claimed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from divkit.estimators.information.bounds import EntropyLimit, most
from divkit.estimators.information.groups import grouped_limit
from divkit.estimators.information.part import Part, total
from divkit.estimators.information.result import NAME, information_limit, no_less
from divkit.estimators.information.side import PairSides
from divkit.estimators.information.table_part import TableReading
from divkit.results import Result, normal_interval

LEAST = 16
"""Rows below which no error of a value is given."""


def assembled(
    both: PairSides,
    parts: Sequence[Part],
    read: TableReading | None,
    method: Any,
    start: float,
    notes: Sequence[str] = (),
) -> Result:
    """The sum of parts; `read` is the table's reading where the table is the only part."""
    n, level = len(both.x), method.level
    whole = total("information", parts, n)
    value = whole.value if read is None else read.value
    parts_of_error = {"pairs": float(whole.terms.std(ddof=1)) / math.sqrt(n), **whole.errors}
    error = float(np.hypot.reduce(list(parts_of_error.values()))) if read is None else read.error
    interval = normal_interval(value, error, level) if read is None else read.interval(level)
    bound = most(both, level)
    warnings, bounded = _beyond(value, bound)
    warnings = [*both.notes, *notes, *warnings]
    if whole.reasons:
        error, interval = math.inf, (_lower(both, read, method), _largest(bound))
        value, words = no_less(value, interval[0])
        warnings += words
        warnings += [f"only the lower bound is to be trusted: {why}" for why in whole.reasons]
    else:
        interval = _cut(interval, bound)
    return Result(
        value, error, "standard error", interval, level, repr(method),
        {
            "n": n, "columns": [*both.x.kinds, *both.y.kinds], "errors": parts_of_error,
            "parts": {part.name: part.value for part in parts}, "details": list(whole.details),
            **({"p_value": read.path.p_value} if read else {}),
            **bounded, "seconds": time.perf_counter() - start,
        },
        NAME, warnings=tuple(warnings), one_sided="lower" if whole.reasons else None,
    )  # fmt: skip


def _beyond(value: float, bound: EntropyLimit | None) -> tuple[list[str], dict[str, float]]:
    """Warning and nearest possible value of one below 0 or above the entropy of a side."""
    if value < 0:
        return ["the value lies below 0: it is as estimated"], {"bounded": 0.0}
    if bound is None or value <= bound.entropy:
        return [], {}
    words = (
        f"the value lies above the entropy of {bound.side}, {bound.entropy:.6g} nats, which no "
        "information does: both are as estimated"
    )
    return [words], {"bounded": bound.entropy}


def _cut(interval: tuple[float, float], bound: EntropyLimit | None) -> tuple[float, float]:
    """The part of the interval in [0, H], or its end where it has none."""
    limit = math.inf if bound is None else bound.limit
    low, high = (min(max(end, 0.0), limit) + 0.0 for end in interval)
    return low, high


def _largest(bound: EntropyLimit | None) -> float:
    return math.inf if bound is None else bound.possible


def _lower(both: PairSides, read: TableReading | None, method: Any) -> float:
    """A lower limit that needs nothing of what speaks against the error."""
    if both.x.dim == 0 and both.y.dim == 0:
        return grouped_limit(both.x.labels, both.y.labels, method.level, method.rng)
    return information_limit(both.pairs, method.level, method.rng)
