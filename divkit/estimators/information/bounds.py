r"""An upper limit of the information: the entropy of a side that is labels alone.

I(x; y) ≤ H(x) where x is discrete. The plug-in entropy of K labels, each seen more than once, lies
below log K, which holds for sure, and within its error of the truth: Miller's (1955) correction
(K − 1)/(2n), and the standard error √(Var(log p)/n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from divkit.estimators.information.side import PairSide, PairSides
from divkit.estimators.information.table_counts import entropy
from divkit.results import z_of


@dataclass(frozen=True)
class EntropyLimit:
    """The entropy of a side of labels: as estimated, an upper limit, and the largest possible."""

    side: str
    entropy: float
    limit: float
    possible: float


def most(both: PairSides, level: float) -> EntropyLimit | None:
    """The least of the sides' upper limits; None where neither is labels alone."""
    limits = [_of(side, level) for side in (both.x, both.y) if side.dim == 0]
    return min(limits, key=lambda each: each.limit) if limits else None


def _of(side: PairSide, level: float) -> EntropyLimit:
    count = np.bincount(side.labels).astype(np.float64)
    n = float(count.sum())
    share = count / n
    estimate = entropy(share) + 0.5 * (len(count) - 1) / n
    spread = math.sqrt(max(float(share @ np.log(share) ** 2) - entropy(share) ** 2, 0.0) / n)
    above = estimate + z_of(level) * spread + len(count) / n
    possible = math.log(len(count)) if count.min() > 1 else math.inf
    return EntropyLimit(side.name, min(estimate, possible), min(above, possible), possible)
