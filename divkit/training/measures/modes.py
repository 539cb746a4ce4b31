r"""Scores of samples that need no density: modes, quality, precision, recall, density, coverage.

A fake is of high quality within 3σ of the nearest mode, and a mode counts that has one such fake
(Srivastava et al. 2017, VEEGAN; Lin et al. 2018). A perfect sample of Gaussians in the plane has
quality 1 − e^{−4.5} = 98.889%.

With B_k(x) the ball around x that reaches the k-th nearest of its own kind: precision is the share
of fakes within some real ball, recall that of real points within some fake ball (Kynkäänniemi et
al. 2019), density the number of real balls a fake lies in over k, and coverage the share of real
balls that hold a fake (Naeem et al. 2020, equations 3 and 4). With n = m their expectations for
p = q are 1 for density and 1 − (n−1)…(n−k)/((2n−1)…(2n−k)) for coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import MixtureLaw
from divkit.types import Tensor

_REACH = 3.0


@dataclass(frozen=True, eq=False)
class Modes:
    """Centres (k, d) and the standard deviation of each (k,)."""

    centres: Tensor
    spread: Tensor

    def __len__(self) -> int:
        return len(self.centres)

    def __call__(self, y: Tensor) -> tuple[int, float]:
        """The number of modes that have a fake, and the share of fakes of high quality."""
        distance, nearest = torch.cdist(y, self.centres).min(-1)
        good = distance <= _REACH * self.spread[nearest]
        return len(nearest[good].unique()), float(good.double().mean())


def modes_of(p: Law) -> Modes | None:
    """The modes of a mixture of isotropic Gaussians; None for any other law."""
    if not isinstance(p, MixtureLaw):
        return None
    centres, spreads = [], []
    for part in p.components:
        if part.mean is None or part.covariance is None:
            return None
        covariance = np.atleast_2d(part.covariance)
        variance = float(covariance[0, 0])
        if not np.allclose(covariance, variance * np.eye(p.dim), rtol=1e-12, atol=0):
            return None
        centres.append(np.atleast_1d(part.mean))
        spreads.append(variance**0.5)
    return Modes(torch.from_numpy(np.stack(centres)), torch.tensor(spreads, dtype=torch.float64))


@dataclass(frozen=True)
class Manifold:
    """Precision, recall, density and coverage of fakes."""

    precision: float
    recall: float
    density: float
    coverage: float


def manifold(x: Tensor, y: Tensor, k: int = 5) -> Manifold:
    """Compare fakes y (m, d) with real points x (n, d) by balls that reach k neighbours.

    Raises
    ------
    ValueError
        If a sample has no more than k rows.
    """
    if min(len(x), len(y)) <= k:
        raise ValueError(f"k={k} neighbours need more than k rows; got {len(x)} and {len(y)}.")
    reach_x, reach_y = (torch.cdist(z, z).kthvalue(k + 1, dim=-1).values for z in (x, y))
    across = torch.cdist(x, y)  # (n, m)
    in_real, in_fake = across <= reach_x[:, None], across <= reach_y
    return Manifold(
        float(in_real.any(0).double().mean()),
        float(in_fake.any(1).double().mean()),
        float(in_real.sum(0).double().mean() / k),
        float(in_real.any(1).double().mean()),
    )
