r"""Kin of Kraskov's estimator: one for pairs that tie, and one whose margins use the same ball.

Gao, Kannan, Oh, Viswanath (2017): x and y may be discrete, continuous, or both in part. With ρ_i
the distance of pair i to its k-th neighbour, k_i = k, or where ρ_i = 0 the number of pairs equal
to it, and m_x, m_y the rows of x and of y nearer than ρ_i (equal where ρ_i = 0), row i among all
of these,

    I = mean[ψ(k_i) + ψ(n) − ψ(m_x) − ψ(m_y)].

Their algorithm 1 has logarithms, and the neighbour that makes ρ_i, in the counts: alike for large
k. As it stands here it is Kraskov's first where nothing ties, and where all is discrete it is the
table's plug-in value less its bias (Miller 1955) of (cells − rows − columns + 1)/(2n).

Gao, Oh, Viswanath (2018, "bias improved", equation 11): Euclidean distances, c_d the volume of
the unit ball in d dimensions, n_x and n_y the others within ρ_i,

    I = ψ(k) + log n + log(c_d c_e / c_{d+e}) − mean[log n_x + log n_y].
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
from scipy import special
from scipy.spatial import cKDTree

from divkit.estimators.information.neighbours import neighbourly, require_neighbours, rows_within
from divkit.estimators.information.pairs import paired
from divkit.estimators.information.result import information
from divkit.results import Result
from divkit.rng import RandomState
from divkit.samples import standard
from divkit.samples.columns import columns
from divkit.types import FloatArray, Samples

LEAST = 20
"""Rows of each pair of labels from which the bias of a table's counts is within its error."""
COLUMNS = 3


@dataclass(frozen=True)
class MixedNeighbour:
    """Mutual information where rows may tie: discrete, continuous and mixed columns.

    Parameters
    ----------
    k : neighbours.
    rng : of the limit that stands where the value is not to be trusted.
    level : of the interval, which counts the spread of the terms and no bias.

    Raises
    ------
    ValueError
        If k is not positive; when called, if x and y have not one row for each other, or are not
        fit to be used.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.integers(0, 2, size=(400, 1))
    >>> found = MixedNeighbour()(x, x)  # truth log 2
    >>> found.interval[0] < 0.6931 < found.interval[1]
    True
    """

    k: int = 5
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        require_neighbours(self.k)

    def __call__(self, x: Samples, y: Samples) -> Result:
        """Return the mutual information from pairs x (n, d), y (n, e), in nats."""
        start = time.perf_counter()
        pairs = paired(x, y, above=self.k)
        u, v = (standard(s)(s) for s in (pairs.x, pairs.y))
        joint = np.hstack([u, v])
        tree = cKDTree(joint)
        radius = np.asarray(tree.query(joint, self.k + 1, p=np.inf)[0])[:, -1]
        same = tree.query_ball_point(joint, 0.0, p=np.inf, return_length=True)
        near = special.digamma(np.where(radius > 0, self.k, same)) + special.digamma(len(u))
        edge = np.where(radius > 0, np.nextafter(radius, 0.0), 0.0)
        terms = near - sum(special.digamma(rows_within(s, edge, np.inf)) for s in (u, v))
        return information(
            np.asarray(terms), self, pairs, start, reason=_many(joint, radius, same)
        )


def _many(joint: FloatArray, radius: FloatArray, same: FloatArray) -> str | None:
    """Reason against a table's value by its counts, or against neighbours in many columns."""
    tied = radius == 0
    if tied.any() and float(same[tied].min()) < LEAST:
        return f"some pairs of labels occur less than {LEAST} times: their table has a bias"
    if tied.any() or not any(facts.has_atoms for facts in columns(joint)):
        return None
    if joint.shape[1] > COLUMNS:
        return f"labels beside more than {COLUMNS} columns, which neighbours do not resolve"
    return None


@dataclass(frozen=True)
class BiasImproved:
    """Mutual information with Euclidean balls in place of Kraskov's squares.

    Parameters
    ----------
    k : neighbours.
    ranks : whether each column is made normal by its ranks first.
    jitter : noise that breaks ties, in units of spread.
    rng : of that noise.
    level : of the interval, which counts the spread of the terms and no bias.

    Raises
    ------
    ValueError
        If k is not positive; when called, if x and y have not one row for each other, or are not
        fit to be used.

    Examples
    --------
    >>> import numpy as np
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 400, 1))
    >>> found = BiasImproved()(x, x + noise)  # truth ½ log 2
    >>> found.interval[0] < 0.3466 < found.interval[1]
    True
    """

    k: int = 5
    ranks: bool = False
    jitter: float | None = None
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        require_neighbours(self.k)

    def __call__(self, x: Samples, y: Samples) -> Result:
        """Return the mutual information from pairs x (n, d), y (n, e), in nats."""
        start = time.perf_counter()
        pairs = paired(x, y, above=self.k)
        near = neighbourly(pairs, self.ranks, self.jitter, self.rng)
        u, v, joint = near.x, near.y, near.joint
        radius = np.asarray(cKDTree(joint).query(joint, self.k + 1)[0])[:, -1]
        d, e = u.shape[1], v.shape[1]
        constant = _log_ball(d) + _log_ball(e) - _log_ball(d + e) + math.log(len(pairs))
        wide = radius * (1 + 1e-12)  # the neighbour that made it stays within, after rounding
        counts = sum(np.log(rows_within(s, wide, 2.0) - 1) for s in (u, v))
        terms = np.asarray(special.digamma(self.k) + constant - counts)
        return information(terms, self, near, start)


def _log_ball(d: int) -> float:
    """Log of the volume of the unit ball."""
    return 0.5 * d * math.log(math.pi) - math.lgamma(0.5 * d + 1)
