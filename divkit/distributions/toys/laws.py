r"""Two laws that only toy targets need: uniform on boxes, and circles under Gaussian noise."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.distributions.base import Feature, Law, positive
from divkit.distributions.boxes import Box
from divkit.distributions.null_sets import are_disjoint
from divkit.distributions.support import Boxes
from divkit.types import FloatArray, Tensor

_MOST_ON_A_RING = 64


LARGEST_LENGTH = 1e150
"""Beyond it the square of a length is near the largest double."""


def length_of(name: str, value: float) -> float:
    """A positive number whose square is one, too.

    Raises
    ------
    ValueError
        If it is not positive, or so large that squares of lengths overflow.
    """
    length = positive(name, value)
    if length > LARGEST_LENGTH:
        raise ValueError(
            f"{name} must be at most {LARGEST_LENGTH:g}, beyond which squares overflow; got "
            f"{value!r}. Take a larger unit of length."
        )
    return length


@dataclass(frozen=True)
class UniformBoxes(Law):
    """The uniform law on a union of disjoint bounded boxes of R^d.

    Parameters
    ----------
    boxes : each one (low, high) pair a coordinate.

    Raises
    ------
    ValueError
        If there is no box, a box is empty or unbounded, dimensions differ, or two boxes overlap.
    """

    boxes: tuple[Box, ...]

    def __post_init__(self) -> None:
        boxes = tuple(tuple((float(a), float(b)) for a, b in box) for box in self.boxes)
        object.__setattr__(self, "boxes", boxes)
        if len({len(box) for box in boxes}) != 1:
            raise ValueError("boxes must be at least one, all of one dimension.")
        for box in boxes:
            if not all(0 < b - a < math.inf for a, b in box):
                raise ValueError(f"a box must have positive finite sides; got {box}.")
        for one, other in itertools.combinations(boxes, 2):
            if not are_disjoint(Boxes((one,)), Boxes((other,))):
                raise ValueError(f"boxes must not overlap; {one} and {other} do.")

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.boxes[0])

    @cached_property
    def support(self) -> Boxes:
        """The boxes."""
        return Boxes(self.boxes)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """One a box: its centre, and half of its sides."""
        return tuple(
            Feature(tuple((a + b) / 2 for a, b in box), tuple((b - a) / 2 for a, b in box))
            for box in self.boxes
        )

    @cached_property
    def _ends(self) -> tuple[FloatArray, FloatArray]:
        ends = np.array(self.boxes)
        return ends[:, :, 0], ends[:, :, 1]

    @cached_property
    def _shares(self) -> FloatArray:
        low, high = self._ends
        volumes = (high - low).prod(axis=1)
        return np.asarray(volumes / volumes.sum())

    @cached_property
    def _log_density(self) -> float:
        low, high = self._ends
        return -math.log(math.fsum((high - low).prod(axis=1)))

    def _log_prob(self, x: Tensor) -> Tensor:
        return torch.full_like(x[:, 0], self._log_density)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        low, high = self._ends
        which = rng.choice(len(self.boxes), size=n, p=self._shares)
        return np.asarray(low[which] + (high - low)[which] * rng.random((n, self.dim)))

    @cached_property
    def mean(self) -> FloatArray:
        """The centre of mass."""
        low, high = self._ends
        return np.asarray(self._shares @ ((low + high) / 2))

    @cached_property
    def covariance(self) -> FloatArray:
        """Sides² / 12 within the boxes, and the spread of their centres."""
        low, high = self._ends
        gaps = (low + high) / 2 - self.mean
        within = np.diag(self._shares @ ((high - low) ** 2 / 12))
        return np.asarray(within + (gaps.T * self._shares) @ gaps)


@dataclass(frozen=True)
class GaussianRings(Law):
    r"""Concentric circles in the plane under Gaussian noise: x = R(cos θ, sin θ) + σz.

    R is one of the radii, each as likely, and θ uniform. Given R, with r = |x|,

        p(x) = (2πσ²)⁻¹ exp(−(r² + R²)/(2σ²)) I₀(rR/σ²)
             = (2πσ²)⁻¹ exp(−(r − R)²/(2σ²)) · e^{−rR/σ²} I₀(rR/σ²),

    the integral of the Gaussian over the circle, in closed form.

    Parameters
    ----------
    radii : positive, at least one.
    sd : σ, positive.

    Raises
    ------
    ValueError
        If there is no radius, or a parameter is not positive.
    """

    radii: tuple[float, ...]
    sd: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "radii", tuple(length_of("radii", r) for r in self.radii))
        object.__setattr__(self, "sd", length_of("sd", self.sd))
        if not self.radii:
            raise ValueError("radii must hold at least one radius; got none.")

    @property
    def dim(self) -> int:
        """2."""
        return 2

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Points around each circle, about 3 standard deviations apart, at most 64."""
        return tuple(f for radius in self.radii for f in self._around(radius))

    def _around(self, radius: float) -> list[Feature]:
        count = min(_MOST_ON_A_RING, max(4, math.ceil(2 * math.pi * radius / (3 * self.sd))))
        angles = [2 * math.pi * k / count for k in range(count)]
        centers = [(radius * math.cos(a), radius * math.sin(a)) for a in angles]
        return [Feature(center, (self.sd, self.sd)) for center in centers]

    def _log_prob(self, x: Tensor) -> Tensor:
        r = torch.hypot(x[:, :1], x[:, 1:])
        radii = torch.tensor(self.radii, dtype=torch.float64).to(x)
        z, kappa = (r - radii) / self.sd, (r / self.sd) * (radii / self.sd)
        angular = torch.special.i0e(kappa).log()
        logs = torch.where(z.isinf(), torch.full_like(z, -math.inf), angular - 0.5 * z * z)
        level = math.log(2 * math.pi * len(self.radii)) + 2 * math.log(self.sd)
        return logs.logsumexp(dim=1) - level

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        radius = np.array(self.radii)[rng.integers(len(self.radii), size=n)]
        angle = 2 * math.pi * rng.random(n)
        circle = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        return np.asarray(circle + self.sd * rng.standard_normal((n, 2)))

    @property
    def mean(self) -> FloatArray:
        """0."""
        return np.zeros(2)

    @property
    def covariance(self) -> FloatArray:
        """(mean of R²/2 + σ²)·I."""
        return (np.mean(np.square(self.radii)) / 2 + self.sd**2) * np.eye(2)
