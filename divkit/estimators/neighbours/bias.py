r"""The size of the bias of a value by neighbours, judged from the samples.

Neighbours see densities blurred over balls of radius ε ∝ (k/n)^{1/d}. Where densities have one
derivative only, and in tails, the bias falls like ε, that is like n^{−γ} with γ = 1/d for a fixed
k and 1/(2d) for k ∝ √n, and no faster than n^{−½}. The mean value of half-samples then differs
from that of the whole by (2^γ − 1) times the bias, and

    b = [mean of halves − value] / (2^γ − 1)

is the bias (Richardson's extrapolation) if it falls at that rate, and more than the bias if it
falls faster. It is a mean over halvings, whose spread is added to it: a few differences
near 0 prove little. What depends on k shows between k and 2k. All are added in quadrature, to the
error and not to the value: a bias is known to its size, at best.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from divkit.types import FloatArray

MOST = 2000
"""Rows of each sample at most; of more, some are taken, and the bias is scaled by the rate."""
_HALVINGS = 4
Value = Callable[[FloatArray, FloatArray, int], float]
"""Rows x, y, and by how much to multiply k -> the estimate."""


def rate(dim: int, *, growing: bool) -> float:
    """γ of a bias n^{−γ}: 1/d, or 1/(2d) where k grows like √n, and ½ at most."""
    return min(0.5, 1 / (2 * dim if growing else dim))


def bias(
    value: Value, x: FloatArray, y: FloatArray, gamma: float, rng: np.random.Generator
) -> float:
    """The bias that sizes and k show, its sign unknown; whitened x (n, d) and y (m, d).

    >>> import numpy as np
    >>> x, y = np.random.default_rng(0).normal(size=(2, 64, 1))
    >>> def plug_in(x, y, k):
    ...     return float(x.var() + y.var())
    >>> bias(plug_in, x, y, gamma=1.0, rng=np.random.default_rng(1)) >= 0
    True
    """
    x, y = (s[np.argsort(np.einsum("ij,ij->i", s, s), kind="stable")] for s in (x, y))
    seeds = rng.integers(2**32, size=_HALVINGS + 1)
    a, b = (_mixed(s, int(seeds[-1]))[:MOST] for s in (x, y))
    whole = value(a, b, 1)
    shift = np.array([
        np.mean([value(u[k::2], v[k::2], 1) for k in (0, 1)]) - whole
        for u, v in ((_mixed(a, int(seed)), _mixed(b, int(seed))) for seed in seeds[:-1])
    ])  # fmt: skip
    extrapolated = math.hypot(float(shift.mean()), float(shift.std(ddof=1))) / (2**gamma - 1)
    scale = max(len(a) / len(x), len(b) / len(y)) ** gamma
    return float(scale * math.hypot(extrapolated, value(a, b, 2) - whole))


def _mixed(rows: FloatArray, seed: int) -> FloatArray:
    """The rows in an order that depends on the seed and their number alone."""
    return rows[np.random.default_rng(seed).permutation(len(rows))]
