"""Rows in batches for the ledger: a commit each second or each 500 rows, whichever is first."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from divkit.bench.cells import Row

MOST, SECONDS = 500, 1.0
"""Rows of a commit, and the time that one waits for it."""


def batched(rows: Iterable[Row | None]) -> Iterator[list[Row]]:
    """Yield rows in lists, in their order; a None lets those before it go.

    The first row goes at once, so that a slow run is stored row by row.
    """
    held: list[Row] = []
    last = -float("inf")
    for row in rows:
        held += [] if row is None else [row]
        now = time.monotonic()
        if held and (row is None or len(held) >= MOST or now - last >= SECONDS):
            yield held
            held, last = [], now
    if held:
        yield held
