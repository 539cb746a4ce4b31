r"""Sums of compact radial kernels in the plane and in space, Σ_i w_i K(|x − c_i|/h) h^{−d}.

Points are shared out to cells of side h/2; in a cell only those centres are summed whose ball
reaches it. The sum is that of all kernels, as those left out are 0 there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from divkit.lazy import deferred
from divkit.samples import blocks
from divkit.types import FloatArray

spatial = deferred("scipy.spatial")

Profile: TypeAlias = Callable[[FloatArray], FloatArray]
"""Squared radii, below 1 or not, to K over K(0): 0 from 1 on."""

MOST_AXES = 3
_PER_RADIUS = 2.0  # cells along a kernel's radius
_SLACK = 1 + 1e-9  # centres on the edge of a cell's reach are kept: they add 0 or what is due

PROFILES: Mapping[str, Profile] = {
    "tophat": lambda square: (square < 1).astype(np.float64),
    "epanechnikov": lambda square: np.maximum(1 - square, 0.0),
    "linear": lambda square: np.maximum(1 - np.sqrt(square), 0.0),
    "cosine": lambda square: np.cos(0.5 * np.pi * np.sqrt(np.minimum(square, 1.0))) * (square < 1),
}


@dataclass(frozen=True, eq=False)
class RadialSum:
    """The log density of a weighted sum of one kernel around many centres.

    Attributes
    ----------
    centers : c (n, d).
    weights : w (n,), of sum 1.
    bandwidth : h.
    profile : K over K(0), of the squared radius over h².
    log_height : log of K(0) h^{−d}.
    """

    centers: FloatArray
    weights: FloatArray
    bandwidth: float
    profile: Profile
    log_height: float

    @cached_property
    def _tree(self) -> Any:
        return spatial.cKDTree(self.centers)

    def __call__(self, x: FloatArray) -> FloatArray:
        """Log density at points (n, d), −inf where no kernel reaches."""
        total = np.zeros(len(x))
        for rows in self._cells(x):
            low, high = x[rows].min(axis=0), x[rows].max(axis=0)
            reach = self.bandwidth + 0.5 * float(np.linalg.norm(high - low))
            near = self._tree.query_ball_point(0.5 * (low + high), reach * _SLACK)
            if near:
                total[rows] = self._sum(x[rows], np.asarray(near))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(total) + self.log_height)

    def _cells(self, x: FloatArray) -> Iterator[Any]:
        """Rows of the points in each cell; points that no kernel can reach are in none."""
        low = self.centers.min(axis=0) - self.bandwidth
        high = self.centers.max(axis=0) + self.bandwidth
        inside = np.flatnonzero(((x >= low) & (x <= high)).all(axis=1))
        if not len(inside):
            return
        place = np.floor((x[inside] - low) * (_PER_RADIUS / self.bandwidth))
        order = np.lexsort(place.T)
        fresh = (np.diff(place[order], axis=0) != 0).any(axis=1)
        yield from np.split(inside[order], np.flatnonzero(fresh) + 1)

    def _sum(self, x: FloatArray, near: Any) -> FloatArray:
        """The sum over the centres `near`, in blocks of bounded memory."""
        centers, weights = self.centers[near], self.weights[near]
        parts = []
        for rows in blocks(len(x), 32 * len(near)):
            square = np.zeros((len(x[rows]), len(near)))
            for axis in range(x.shape[1]):
                away = np.subtract.outer(x[rows, axis], centers[:, axis])
                square += (away / self.bandwidth) ** 2
            parts.append(self.profile(square) @ weights)
        return np.concatenate(parts)
