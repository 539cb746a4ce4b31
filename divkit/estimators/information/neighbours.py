r"""Mutual information from paired samples by nearest neighbours (Kraskov et al. 2004).

Distances in the joint space are the larger of those in x and in y, so that one radius serves the
three spaces and its bias cancels. With ε_i the distance to the k-th neighbour of pair i, and n_x,
n_y the pairs nearer than that in x alone and in y alone,

    I₁ = ψ(k) + ψ(n) − mean[ψ(n_x + 1) + ψ(n_y + 1)],

and with the sides of the smallest rectangle around the k neighbours in place of the square,

    I₂ = ψ(k) − 1/k + ψ(n) − mean[ψ(n_x) + ψ(n_y)]       (equations 8 and 9).

Heavy tails are ill served by one radius; `ranks` makes each column normal first, which mutual
information does not see.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special
from scipy.spatial import cKDTree

from divkit.estimators.information.pairs import (
    PairedSample,
    gaussian_margins,
    paired,
    refuse_labels,
)
from divkit.estimators.information.result import information
from divkit.results import Result
from divkit.rng import RandomState
from divkit.samples import one_sample, standard
from divkit.types import FloatArray, Samples


@dataclass(frozen=True)
class Kraskov:
    """Mutual information of the columns of x and those of y, row by row pairs.

    Parameters
    ----------
    k : neighbours.
    variant : 1 (squares) or 2 (rectangles).
    ranks : whether each column is made normal by its ranks first.
    jitter : noise that breaks ties, in units of spread.
    rng : of that noise.
    level : of the interval, which counts the spread of the terms and no bias.

    Raises
    ------
    ValueError
        If k or variant is none; when called, if x and y have not one row for each other, or are
        not fit to be used.

    Examples
    --------
    >>> import numpy as np
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 400, 1))
    >>> found = Kraskov()(x, x + noise)  # truth ½ log 2
    >>> found.interval[0] < 0.3466 < found.interval[1]
    True
    """

    k: int = 5
    variant: Literal[1, 2] = 1
    ranks: bool = False
    jitter: float | None = None
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        require_neighbours(self.k)
        if self.variant not in (1, 2):
            raise ValueError(f"variant must be 1 or 2; got {self.variant!r}.")

    def __call__(self, x: Samples, y: Samples) -> Result:
        """Return the mutual information from pairs x (n, d), y (n, e), in nats."""
        start = time.perf_counter()
        pairs = paired(x, y, above=self.k)
        near = neighbourly(pairs, self.ranks, self.jitter, self.rng)
        return information(self._terms(near.x, near.y), self, near, start)

    def _terms(self, u: FloatArray, v: FloatArray) -> FloatArray:
        n = len(u)
        joint = np.concatenate([u, v], axis=1)
        _, rows = cKDTree(joint).query(joint, self.k + 1, p=np.inf)
        others = np.asarray(rows)[:, 1:]
        wide = [np.abs(s[others] - s[:, None]).max(axis=(1, 2)) for s in (u, v)]
        own, less = 1, 1 / self.k  # whether a pair counts itself; what rectangles take off
        if self.variant == 1:
            own, less = 0, 0.0
            wide = [np.nextafter(np.maximum(*wide), 0.0)] * 2
        held = [rows_within(s, edge, np.inf) - own for s, edge in zip((u, v), wide, strict=True)]
        counted = special.digamma(held[0]) + special.digamma(held[1])
        return np.asarray(special.digamma(self.k) - less + special.digamma(n) - counted)


def neighbourly(
    pairs: PairedSample, ranks: bool, jitter: float | None, rng: RandomState
) -> PairedSample:
    """The pairs in units that make their distances alike, no two of them equal."""
    if jitter is None:
        refuse_labels(
            pairs,
            ", where distances between neighbours carry no information. Take "
            'method="auto", or pass jitter=, such as jitter=1e-3.',
        )
    units = [gaussian_margins(s) if ranks else standard(s)(s) for s in (pairs.x, pairs.y)]
    joint = one_sample(np.hstack(units), name="(x, y)", ties=False, jitter=jitter, rng=rng)
    d = pairs.x.shape[1]
    return PairedSample(joint.x[:, :d], joint.x[:, d:], (*pairs.notes, *joint.notes))


def require_neighbours(k: int) -> None:
    """Refuse a k that is no positive int."""
    if int(k) != k or k < 1:
        raise ValueError(f"k must be a positive int; got {k!r}.")


def rows_within(s: FloatArray, radius: FloatArray, norm: float) -> FloatArray:
    """Return how many rows lie within the radius of each, the row itself among them."""
    counts = cKDTree(s).query_ball_point(s, radius, p=norm, return_length=True)
    return np.asarray(counts, dtype=np.float64)
