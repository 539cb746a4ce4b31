"""Memory that a calculation may hold at once: blocks of rows, or a refusal with the size."""

from __future__ import annotations

from collections.abc import Iterator

BUDGET = 2**27
"""Bytes of scratch memory that a chunked calculation uses."""
MOST = 2**34
"""Bytes beyond which a matrix that cannot be chunked is refused."""


def blocks(n: int, row_bytes: int, budget: int = BUDGET) -> Iterator[slice]:
    """Yield slices that cover range(n), each of budget/row_bytes rows, one at the least.

    >>> list(blocks(5, row_bytes=64, budget=128))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    step = max(1, budget // max(1, row_bytes))
    for start in range(0, n, step):
        yield slice(start, min(n, start + step))


def require_memory(size: int, what: str, advice: str, most: int = MOST) -> None:
    """Refuse a calculation that needs `size` bytes, if that is beyond `most`.

    Raises
    ------
    ValueError
        With the size in GiB, what it is for, and the way out.

    Examples
    --------
    >>> require_memory(8_000, "a matrix of all pairs", "Take fewer rows.")
    """
    if size > most:
        gib = min(size, 10**300) / 2**30
        raise ValueError(
            f"{what} needs {f'{gib:.1f}' if gib < 1e6 else f'{gib:.2g}'} GiB of memory, more "
            f"than {most / 2**30:.1f} GiB. {advice}"
        )
