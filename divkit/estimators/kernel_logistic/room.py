"""The memory that a fit of all designs takes, refused before it is taken."""

from __future__ import annotations

from divkit.estimators.common.pooled import Pooled
from divkit.samples import require_memory

_COPIES = 3
_MOST = 2**33


def require_room(pool: Pooled, centres: int) -> None:
    """Refuse rows whose features would not fit: three arrays (N, centres + d²/2 + …) at once.

    Raises
    ------
    ValueError
        With the size, and how many rows of each sample do as well.
    """
    n, m = pool.sizes
    features = centres + 2 * pool.dim + pool.dim * (pool.dim + 1) // 2 + 2
    few = min(n, m)
    advice = (
        "The error is that of the smaller sample: a random "
        f"{max(100 * few, 20_000):,} rows of the larger carry as much"
        if max(n, m) > 100 * few
        else "Take a random 100,000 rows of each"
    )
    require_memory(
        8 * _COPIES * (n + m) * features,
        f"kernel logistic regression of {n:,} and {m:,} rows with {features:,} features",
        f"{advice}; or take another method, such as knn.",
        _MOST,
    )
