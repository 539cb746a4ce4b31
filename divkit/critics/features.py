r"""Critics that are linear in their parameters: polynomials, splines, kernels.

f(x) = θᵀφ(z), z the centred and scaled input. The GAN's value is concave in θ, so that training
finds the best critic of the class, not just a good one. A degree-2 polynomial holds the exact
log-ratio of any two Gaussians; a natural use of splines is one dimension; Gaussian kernels at
landmarks (Nyström; Williams, Seeger 2001) and random cosines (Rahimi, Recht 2007) reach any shape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.interpolate import BSpline
from sklearn.preprocessing import PolynomialFeatures

from divkit.critics.model import LinearModel
from divkit.critics.points import WeightedPoints
from divkit.rng import as_generator
from divkit.types import Tensor


@dataclass(frozen=True)
class Polynomial:
    """Logistic regression on all monomials up to a total degree, the constant included.

    Raises
    ------
    ValueError
        If the degree is not a positive int.
    """

    degree: int = 2

    def __post_init__(self) -> None:
        if int(self.degree) != self.degree or self.degree < 1:
            raise ValueError(f"degree must be an int of at least 1; got {self.degree!r}.")

    def bind(self, points: WeightedPoints) -> LinearModel:
        """Centre and scale by the points; the monomials' exponents are fixed."""
        centre, spread = points.standardiser()
        expansion = PolynomialFeatures(self.degree).fit(np.zeros((1, points.dim)))
        powers = [[(j, int(k)) for j, k in enumerate(row) if k] for row in expansion.powers_]

        def features(x: Tensor) -> Tensor:
            z = (x - centre) / spread
            one = torch.ones_like(z[..., 0])
            columns = [math.prod((z[..., j] ** k for j, k in term), start=one) for term in powers]
            return torch.stack(columns, dim=-1)

        return LinearModel(features, len(powers))


@dataclass(frozen=True)
class Spline:
    """Cubic B-splines on the line with knots at quantiles of m, linear beyond the last knots.

    Raises
    ------
    ValueError
        If there are fewer than 4 knots, or (at training) the points are not on the line.
    """

    knots: int = 12

    def __post_init__(self) -> None:
        if int(self.knots) != self.knots or self.knots < 4:
            raise ValueError(f"knots must be an int of at least 4; got {self.knots!r}.")

    def bind(self, points: WeightedPoints) -> LinearModel:
        """Place the knots at weighted quantiles of the points."""
        if points.dim != 1:
            raise ValueError(f"Spline is for d = 1; the points have d = {points.dim}.")
        x, order = points.x[:, 0].sort()
        mass = points.weight[order].cumsum(0) / points.weight.sum()
        levels = torch.linspace(0.002, 0.998, self.knots, dtype=x.dtype)
        inner = x[torch.searchsorted(mass, levels).clamp_max(len(x) - 1)].unique().cpu().numpy()
        ends = np.repeat(inner[:1], 3), np.repeat(inner[-1:], 3)
        grid = np.concatenate([ends[0], inner, ends[1]])
        size = len(grid) - 4
        spline = BSpline(grid, np.eye(size), 3)
        slope = spline.derivative()

        def features(points_: Tensor) -> Tensor:
            at = points_[..., 0].detach().cpu().numpy()
            near = np.clip(at, inner[0], inner[-1])
            columns = spline(near) + slope(near) * (at - near)[..., None]
            return torch.from_numpy(columns).to(points_)

        return LinearModel(features, size)


@dataclass(frozen=True)
class Nystrom:
    """Kernel logistic regression: [1, z, exp(−|z − c|²/(2 bandwidth²)) at each landmark c].

    The landmarks are drawn from the points under m; `bandwidth` None is the median distance of
    the landmarks (in standardised units).

    Raises
    ------
    ValueError
        If landmarks is not a positive int, or bandwidth not positive.
    """

    landmarks: int = 100
    bandwidth: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if int(self.landmarks) != self.landmarks or self.landmarks < 1:
            raise ValueError(f"landmarks must be a positive int; got {self.landmarks!r}.")
        if self.bandwidth is not None and not self.bandwidth > 0:
            raise ValueError(f"bandwidth must be in (0, inf) or None; got {self.bandwidth!r}.")

    def bind(self, points: WeightedPoints) -> LinearModel:
        """Draw the landmarks and fix the bandwidth."""
        centre, spread = points.standardiser()
        z = (points.x - centre) / spread
        chance = (points.weight / points.weight.sum()).cpu().numpy()
        count = min(self.landmarks, int((chance > 0).sum()))
        pick = as_generator(self.seed).choice(len(z), count, replace=False, p=chance)
        marks = z[torch.from_numpy(pick)]
        gaps = torch.pdist(marks)
        width = self.bandwidth or (float(gaps.median()) if len(gaps) else 1.0)

        def features(x: Tensor) -> Tensor:
            u = (x - centre) / spread
            kernel = torch.exp(-0.5 * (torch.cdist(u, marks) / width) ** 2)
            return torch.cat([torch.ones_like(u[..., :1]), u, kernel], dim=-1)

        return LinearModel(features, 1 + points.dim + count)


@dataclass(frozen=True)
class RandomFeatures:
    """Random cosines √(2/K) cos(ωᵀz + β), ω ~ N(0, I/bandwidth²), beside [1, z].

    Raises
    ------
    ValueError
        If count is not a positive int, or bandwidth not positive.
    """

    count: int = 100
    bandwidth: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if int(self.count) != self.count or self.count < 1:
            raise ValueError(f"count must be a positive int; got {self.count!r}.")
        if not self.bandwidth > 0:
            raise ValueError(f"bandwidth must be in (0, inf); got {self.bandwidth!r}.")

    def bind(self, points: WeightedPoints) -> LinearModel:
        """Draw the frequencies and phases."""
        centre, spread = points.standardiser()
        rng = as_generator(self.seed)
        omega = torch.from_numpy(rng.normal(0, 1 / self.bandwidth, (points.dim, self.count)))
        phase = torch.from_numpy(rng.uniform(0, 2 * math.pi, self.count))
        omega, phase = omega.to(centre), phase.to(centre)

        def features(x: Tensor) -> Tensor:
            u = (x - centre) / spread
            waves = math.sqrt(2 / self.count) * torch.cos(u @ omega + phase)
            return torch.cat([torch.ones_like(u[..., :1]), u, waves], dim=-1)

        return LinearModel(features, 1 + points.dim + self.count)
