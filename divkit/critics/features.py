r"""Critics that are linear in their parameters: polynomials, kernels, random features.

f(x) = θᵀφ(z), z the centred and scaled input. The GAN's value is concave in θ, so that training
finds the best critic of the class, not just a good one. A degree-2 polynomial holds the exact
log-ratio of any two Gaussians; Gaussian kernels at landmarks (Nyström; Williams, Seeger 2001) and
random cosines (Rahimi, Recht 2007) reach any shape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import torch

from divkit.critics.model import LinearModel, Standardiser
from divkit.critics.points import Members, WeightedPoints
from divkit.rng import as_generator
from divkit.types import Tensor


@dataclass(frozen=True)
class Polynomial:
    """Logistic regression on all monomials up to a total degree, the constant included.

    Raises
    ------
    ValueError
        If the degree is not a positive int.

    Examples
    --------
    >>> from divkit import maximise_value
    >>> found = maximise_value("normal(0, 1)", "normal(1, 1)", critic=Polynomial(1))
    >>> round(found.value, 9)
    -1.163451397
    """

    degree: int = 2

    def __post_init__(self) -> None:
        if int(self.degree) != self.degree or self.degree < 1:
            raise ValueError(f"degree must be an int of at least 1; got {self.degree!r}.")

    def bind(self, points: WeightedPoints) -> LinearModel:
        """Centre and scale by the points; which monomials there are is fixed."""
        scale = Standardiser(*points.standardiser())
        return LinearModel(Monomials(scale, factors(points.dim, self.degree)))


Factors: TypeAlias = tuple[tuple[tuple[int, int], ...], ...]
"""Per degree, one pair for each monomial: its place among those one degree lower, a coordinate."""


def factors(dim: int, degree: int) -> Factors:
    """Every monomial of degrees 1 to `degree` as one of a degree lower times a coordinate.

    >>> factors(2, 2)
    (((0, 0), (0, 1)), ((0, 0), (0, 1), (1, 1)))
    """
    levels: list[tuple[tuple[int, int], ...]] = []
    last = [0]  # the largest coordinate in each monomial one degree lower
    for _ in range(degree):
        level = tuple((i, j) for i, least in enumerate(last) for j in range(least, dim))
        levels.append(level)
        last = [j for _, j in level]
    return tuple(levels)


@lru_cache(maxsize=32)
def _indices(level: tuple[tuple[int, int], ...], device: torch.device) -> tuple[Tensor, ...]:
    """The two places of each pair as tensors, made once: a level may have thousands of pairs."""
    return torch.tensor(level, device=device).unbind(dim=1)


@dataclass(frozen=True, eq=False)
class Monomials:
    """Products of the coordinates, degree by degree."""

    scale: Standardiser
    factors: Factors

    @property
    def size(self) -> int:
        """Number of monomials."""
        return 1 + sum(map(len, self.factors))

    def __call__(self, x: Tensor) -> Tensor:
        """Monomials of points (..., n, d), (..., n, P)."""
        z = self.scale(x)
        blocks = [torch.ones_like(z[..., :1])]
        for level in self.factors:
            lower, coordinate = _indices(level, z.device)
            blocks.append(blocks[-1][..., lower] * z[..., coordinate])
        return torch.cat(blocks, dim=-1)

    def member(self, at: Members) -> Monomials:
        """Those of one problem, or of some."""
        return Monomials(self.scale.member(at), self.factors)


@dataclass(frozen=True)
class Nystrom:
    """Kernel logistic regression: [1, z, exp(−|z − c|²/(2 bandwidth²)) at each landmark c].

    The landmarks are drawn from the points under m; `bandwidth` None is the median distance of
    the landmarks (in standardised units).

    Raises
    ------
    ValueError
        If landmarks is not a positive int, or bandwidth not positive; at training, if the points
        are stacked.

    Examples
    --------
    >>> from divkit import maximise_value
    >>> found = maximise_value("normal(0, 1)", "normal(1, 1)", critic=Nystrom(10))
    >>> found.diagnostics["gap"] < 1e-6
    True
    """

    landmarks: int = 100
    bandwidth: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        _check_count("landmarks", self.landmarks)
        _check_bandwidth(self.bandwidth)

    def bind(self, points: WeightedPoints) -> LinearModel:
        """Draw the landmarks and fix the bandwidth."""
        scale = _one_scale(self, points)
        chance = (points.weight / points.weight.sum()).cpu().numpy()
        count = min(self.landmarks, int((chance > 0).sum()))
        pick = as_generator(self.seed).choice(len(chance), count, replace=False, p=chance)
        marks = scale(points.x)[torch.from_numpy(pick).to(points.x.device)]
        gaps = torch.pdist(marks)
        median = float(gaps.median()) if len(gaps) else 1.0
        return LinearModel(Kernels(scale, marks, self.bandwidth or median or 1.0))


@dataclass(frozen=True, eq=False)
class Kernels:
    """[1, z, Gaussian kernels at landmarks (L, d)]."""

    scale: Standardiser
    marks: Tensor
    width: float

    @property
    def size(self) -> int:
        """One, the coordinates and the landmarks."""
        return 1 + self.marks.shape[1] + len(self.marks)

    def __call__(self, x: Tensor) -> Tensor:
        """Features of points (n, d), (n, P)."""
        z = self.scale(x)
        away = torch.cdist(z, self.marks, compute_mode="donot_use_mm_for_euclid_dist")
        kernel = torch.exp(-0.5 * (away / self.width) ** 2)
        return torch.cat([torch.ones_like(z[..., :1]), z, kernel], dim=-1)

    def member(self, at: Members) -> Kernels:
        """Itself."""
        return self


@dataclass(frozen=True)
class RandomFeatures:
    """Random cosines √(2/K) cos(ωᵀz + β), ω ~ N(0, I/bandwidth²), beside [1, z].

    Raises
    ------
    ValueError
        If count is not a positive int, or bandwidth not positive.

    Examples
    --------
    >>> from divkit import maximise_value
    >>> critic = RandomFeatures(20)
    >>> maximise_value("normal(0, 1)", "normal(1, 1)", critic=critic).diagnostics["gap"] < 1e-6
    True
    """

    count: int = 100
    bandwidth: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        _check_count("count", self.count)
        _check_bandwidth(self.bandwidth)

    def bind(self, points: WeightedPoints) -> LinearModel:
        """Draw the frequencies and phases."""
        rng = as_generator(self.seed)
        omega = rng.normal(0.0, 1 / self.bandwidth, (points.dim, self.count))
        phase = rng.uniform(0.0, 2 * math.pi, self.count)
        waves = (torch.from_numpy(part).to(points.x) for part in (omega, phase))
        return LinearModel(Cosines(Standardiser(*points.standardiser()), *waves))


@dataclass(frozen=True, eq=False)
class Cosines:
    """[1, z, √(2/K) cos(zω + β)]."""

    scale: Standardiser
    omega: Tensor
    phase: Tensor

    @property
    def size(self) -> int:
        """One, the coordinates and the waves."""
        return 1 + self.omega.shape[0] + len(self.phase)

    def __call__(self, x: Tensor) -> Tensor:
        """Features of points (..., n, d), (..., n, P)."""
        z = self.scale(x)
        waves = math.sqrt(2 / len(self.phase)) * torch.cos(z @ self.omega + self.phase)
        return torch.cat([torch.ones_like(z[..., :1]), z, waves], dim=-1)

    def member(self, at: Members) -> Cosines:
        """Those of one problem, or of some."""
        return Cosines(self.scale.member(at), self.omega, self.phase)


def _one_scale(maker: object, points: WeightedPoints) -> Standardiser:
    if points.stacked:
        raise ValueError(
            f"{maker!r} is fitted to one set of points; stacked ones take Polynomial or MLP."
        )
    return Standardiser(*points.standardiser())


def _check_count(name: str, count: int) -> None:
    if int(count) != count or count < 1:
        raise ValueError(f"{name} must be a positive int; got {count!r}.")


def _check_bandwidth(bandwidth: float | None) -> None:
    if bandwidth is not None and not 0 < bandwidth < math.inf:
        raise ValueError(f"bandwidth must be in (0, inf); got {bandwidth!r}.")
