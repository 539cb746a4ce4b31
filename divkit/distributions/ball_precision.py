"""The precision of ball arithmetic, one thread at a time.

Flint keeps the working precision and the length of power series in one object of the whole
process. Two threads that each set their own would leave the other's behind: too few bits, which
only widens an enclosure, or too few terms, which a Taylor polynomial takes for zeros.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flint import ctx

_TURN = threading.RLock()


@contextmanager
def own_precision(bits: int) -> Iterator[None]:
    """Work at `bits` bits while no other thread does, then put precision and length back.

    >>> before = ctx.prec
    >>> with own_precision(200):
    ...     ctx.prec
    200
    >>> ctx.prec == before
    True
    """
    with _TURN:
        precision, length = ctx.prec, ctx.cap
        ctx.prec = bits
        try:
            yield
        finally:
            ctx.prec, ctx.cap = precision, length
