r"""Rows that occur more than once, within a sample or in two.

A row is hashed: its 64-bit patterns times odd random numbers, summed and mixed. Equal rows have
equal hashes; where hashes agree the rows themselves are compared, so that a collision is no tie.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from divkit.types import FloatArray


def repeated(values: FloatArray) -> NDArray[np.int64]:
    """Return the number of earlier rows equal to each row (n,): 0 where a row is the first.

    >>> repeated(np.array([[1.0], [2.0], [1.0]])).tolist()
    [0, 0, 1]
    """
    if _all_differ(_hashes(values)):
        return np.zeros(len(values), dtype=np.int64)
    return earlier(grouped(values))


def earlier(group: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the number of earlier rows of the same group (n,)."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.repeat(starts, np.diff(np.r_[starts, len(group)]))
    return rank


def shared(x: FloatArray, y: FloatArray) -> list[tuple[int, int]]:
    """Return (i, j) with x[i] = y[j], for each distinct row that both hold, first places.

    >>> import numpy as np
    >>> shared(np.array([[1.0], [2.0]]), np.array([[2.0], [3.0]]))
    [(1, 0)]
    """
    group = grouped(np.concatenate([x, y]))
    in_x, first_x = np.unique(group[: len(x)], return_index=True)
    in_y, first_y = np.unique(group[len(x) :], return_index=True)
    _, at_x, at_y = np.intersect1d(in_x, in_y, assume_unique=True, return_indices=True)
    return sorted(zip(first_x[at_x].tolist(), first_y[at_y].tolist(), strict=True))


def grouped(values: FloatArray) -> NDArray[np.int64]:
    """A number for each row (n,), the same for equal rows only."""
    hashes = _hashes(values)
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    alike = np.flatnonzero(hashes[1:] == hashes[:-1])
    if len(alike) == 0:
        return np.arange(len(values))
    if (values[order[alike]] == values[order[alike + 1]]).all():
        rank = np.cumsum(np.r_[0, hashes[1:] != hashes[:-1]])
        out = np.empty(len(values), dtype=np.int64)
        out[order] = rank
        return out
    return np.unique(values, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _all_differ(hashes: NDArray[np.uint64]) -> bool:
    ordered = np.sort(hashes)
    return not bool((ordered[1:] == ordered[:-1]).any())


def _hashes(values: FloatArray) -> NDArray[np.uint64]:
    bits: NDArray[np.uint64] = np.ascontiguousarray(values).view(np.uint64)
    source = np.random.default_rng(0)
    total = np.zeros(len(values), dtype=np.uint64)
    for j in range(values.shape[1]):
        odd = np.uint64(int(source.integers(2**62)) * 2 + 1)
        mixed = bits[:, j] * odd  # modulo 2⁶⁴
        total += (mixed ^ (mixed >> np.uint64(29))) * odd
    return total
