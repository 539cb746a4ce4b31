r"""An interval for W1 on the line that holds at equal laws, too.

With B = (F̂ − F) − (Ĝ − G) the samples' W1 = ∫|F̂ − Ĝ| is ∫|F − G + B|. Where the sign of F − G is
known, |F − G + B| is |F − G| and ± B; where it is not, it lies between |F − G| ± |B|. So

    W1(x, y) − W1 ≤ U,  ≥ −L,     U, L = ∫_unknown |B| ± ∫_known sign(F̂ − Ĝ) B,

and the quantiles of U and L make an interval. Equal laws are unknown everywhere, and U is
∫|B|, the law of W1 itself (del Barrio, Giné, Matrán 1999); laws far apart are known but for their
ends, and U and L have the normal law of the known standard error (the directional derivative of
W1: Fang, Santos 2019). B is drawn as the Gaussian process it tends to, a Brownian bridge of F̂
over √n less one of Ĝ over √m, at up to `GRID` points; a sign is known where F̂ − Ĝ is `KNOWN`
standard deviations of B from 0. Shares of few rows stand in for those of the laws: ends are wider
by the quantile of Student's t with the rows of the smaller sample less one, over the normal one.
Each row counts once, so that rows must be independent.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from divkit.types import FloatArray

GRID, DRAWS = 300, 1000
KNOWN = 3.5


def w1_ends(x: FloatArray, y: FloatArray, level: float) -> tuple[float, float]:
    """Return the most by which W1 of points (n,), (m,) is above, and below, that of their laws.

    >>> x, y = np.random.default_rng(0).normal(size=(2, 100))
    >>> above, below = w1_ends(x, y, 0.95)
    >>> 0.2 < above < 0.4
    True
    """
    at, moves = _grid(np.concatenate([x, y]))
    f, g = (np.searchsorted(np.sort(s), at, side="right") / len(s) for s in (x, y))
    spread = np.sqrt(f * (1 - f) / len(x) + g * (1 - g) / len(y))
    known = np.abs(f - g) > KNOWN * spread
    rng = np.random.default_rng(0)
    b = _bridges(f, rng) / math.sqrt(len(x)) - _bridges(g, rng) / math.sqrt(len(y))
    sure = b @ (np.where(known, np.sign(f - g), 0.0) * moves)
    unsure = np.abs(b) @ np.where(known, 0.0, moves)
    tail = 0.5 + 0.5 * level
    wider = few_rows(min(len(x), len(y)), tail)
    above = np.quantile(unsure + sure, tail if known.any() else level)
    return wider * float(above), wider * float(np.quantile(unsure - sure, tail))


def few_rows(rows: int, tail: float) -> float:
    """Return Student's quantile over the normal one; of a single row there is none."""
    if rows < 2:
        return math.inf
    return float(special.stdtrit(rows - 1, tail) / special.ndtri(tail))


def _grid(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Places between the least and the largest point, and the length that each stands for."""
    ordered = np.sort(points)
    chosen = np.unique(np.linspace(0, len(ordered) - 1, min(GRID, len(ordered))).astype(int))
    ends = ordered[chosen]
    return ends[:-1] if len(ends) == len(ordered) else 0.5 * (ends[:-1] + ends[1:]), np.diff(ends)


def _bridges(share: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Brownian bridges at increasing shares in [0, 1] (`DRAWS`, K)."""
    steps = np.diff(share, prepend=0.0, append=1.0)
    path = np.cumsum(rng.normal(size=(DRAWS, len(steps))) * np.sqrt(steps), axis=1)
    return np.asarray(path[:, :-1] - share * path[:, -1:])
