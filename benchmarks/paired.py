"""Ratios of processor times: two pieces of work in turn, so that a busy machine slows both.

>>> ratio, mine, theirs = ratio_of(lambda: work(), lambda: peer(), repeats=15)
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

Work = Callable[[], Any]


def seconds(work: Work, calls: int = 1) -> float:
    """Processor seconds of one call, over `calls` of them."""
    start = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - start) / calls


def ratio_of(
    mine: Work, theirs: Work, repeats: int = 15, calls: int = 1
) -> tuple[float, float, float]:
    """The median of mine/theirs over interleaved repeats, and the best time of each."""
    mine(), theirs()  # what is compiled or imported on first use
    rows = [(seconds(mine, calls), seconds(theirs, calls)) for _ in range(repeats)]
    ratio = statistics.median(a / b for a, b in rows)
    return ratio, min(a for a, _ in rows), min(b for _, b in rows)
