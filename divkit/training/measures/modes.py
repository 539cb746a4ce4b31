r"""Scores of samples that need no density: modes, quality, precision, recall, density, coverage.

A fake is of high quality within 3σ of the nearest component, and a mode counts that has one such
fake (Srivastava et al. 2017, VEEGAN; Lin et al. 2018). A perfect sample of Gaussians in the plane
has quality 1 − e^{−4.5} = 98.889%. Modes are the target's own: components are of one where
half-way between their centres the density is no lower than at one of these, as along a moon.

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
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from divkit.distributions.base import Law
from divkit.distributions.compose.labelled import label_count
from divkit.distributions.compose.mixed import MixedLaw
from divkit.distributions.compose.mixture import MixtureLaw
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.types import FloatArray, Tensor

_REACH = 3.0


@dataclass(frozen=True, eq=False)
class Modes:
    """Components of a mixture and the modes that they make.

    Attributes
    ----------
    centres, spread : (k, d), and the standard deviation of each, (k,).
    mode : which mode a component is of, (k,), from 0.
    """

    centres: Tensor
    spread: Tensor
    mode: Tensor

    def __len__(self) -> int:
        return int(self.mode.max()) + 1

    def __call__(self, y: Tensor) -> tuple[int, float]:
        """The number of modes that have a fake, and the share of fakes of high quality."""
        distance, nearest = torch.cdist(y, self.centres).min(-1)
        good = distance <= _REACH * self.spread[nearest]
        return len(self.mode[nearest[good]].unique()), float(good.double().mean())


@dataclass(frozen=True, eq=False)
class LabelledModes:
    """The modes of each label's law; a row (x, e_y) is of high quality near one of its own label.

    Attributes
    ----------
    each : by label.
    """

    each: tuple[Modes, ...]

    def __len__(self) -> int:
        return sum(map(len, self.each))

    def __call__(self, y: Tensor) -> tuple[int, float]:
        """The number of modes that have a fake of their label, and the share of high quality."""
        split, hot = y.shape[1] - len(self.each), y[:, y.shape[1] - len(self.each) :]
        rows = [y[hot[:, k] == 1, :split] for k in range(len(self.each))]
        met = [own(part) for own, part in zip(self.each, rows, strict=True) if len(part)]
        sizes = [len(part) for part in rows if len(part)]
        good = sum(share * n for (_, share), n in zip(met, sizes, strict=True))
        return sum(count for count, _ in met), good / len(y)


def modes_of(p: Law) -> Modes | LabelledModes | None:
    """The modes of a mixture of isotropic Gaussians, label by label where there are labels.

    None for any other law.
    """
    if label_count(p):
        assert isinstance(p, MixedLaw)  # the laws with labels
        laws = [each.law for each in p.strata if each.law is not None]
        found = [_gaussians(law, parts) for law in laws if (parts := _parts(law))]
        kept = tuple(one for one in found if one is not None)
        return LabelledModes(kept) if len(kept) == len(laws) else None
    return _gaussians(p, p.components) if isinstance(p, MixtureLaw) else None


def _parts(p: Law) -> tuple[Law, ...]:
    """The components of a mixture, a normal law as one of itself; none of any other law."""
    if isinstance(p, Normal | MultivariateNormal):
        return (p,)
    return p.components if isinstance(p, MixtureLaw) else ()


def _gaussians(p: Law, components: tuple[Law, ...]) -> Modes | None:
    """The modes of a law that has these components; None if one is no isotropic Gaussian."""
    centres, spreads = [], []
    for part in components:
        if part.mean is None or part.covariance is None:
            return None
        covariance = np.atleast_2d(part.covariance)
        variance = float(covariance[0, 0])
        if not np.allclose(covariance, variance * np.eye(p.dim), rtol=1e-12, atol=0):
            return None
        centres.append(np.atleast_1d(part.mean))
        spreads.append(variance**0.5)
    places, spread = np.stack(centres), np.array(spreads)
    joined = _joined(p, places, spread)
    return Modes(torch.from_numpy(places), torch.from_numpy(spread), torch.from_numpy(joined))


def _joined(p: Law, centres: FloatArray, spread: FloatArray) -> NDArray[np.int64]:
    """The mode of each component: see the module.

    Components farther apart than twice the sum of their σ are not compared.
    """
    reach = 2 * (spread[:, None] + spread)
    i, j = np.nonzero(np.triu(cdist(centres, centres) <= reach, 1))
    at, between = p.log_prob(centres), p.log_prob(0.5 * (centres[i] + centres[j]))
    joined = between >= np.minimum(at[i], at[j])
    graph = coo_array((np.ones(joined.sum()), (i[joined], j[joined])), shape=(len(at),) * 2)
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


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
