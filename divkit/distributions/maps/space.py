r"""Invertible maps y = T(x), the stuff of new laws with old truths.

A divergence of laws with densities does not change when one invertible map is applied to both, so
a map is an object that can be compared and taken off again. It knows T, T⁻¹ and log |det T'|, and
what it does to a support.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.arrays import floats
from divkit.distributions.base import finite
from divkit.distributions.families.multivariate import Matrix, Vector, vector
from divkit.distributions.support import Boxes, Support, Unknown, full_space
from divkit.distributions.tails import Tail
from divkit.types import FloatArray, Tensor


class Map(ABC):
    """An invertible, almost everywhere differentiable map of R^d, or of a part of it."""

    @property
    def dim(self) -> int | None:
        """The d that it acts on; None if any."""
        return None

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """T at points (n, d)."""

    @abstractmethod
    def inverse(self, y: Tensor) -> Tensor:
        """T⁻¹ at points (n, d); NaN off the image."""

    @abstractmethod
    def log_abs_det(self, x: Tensor) -> Tensor:
        """log |det T'(x)| at points (n, d) of the domain, as (n,)."""

    def image(self, support: Support) -> Support:
        """The image of a support; unknown unless it is all of space or the map says more."""
        return support if support == full_space(support.dim) else Unknown(support.dim)

    def affine(self, dim: int) -> tuple[FloatArray, FloatArray] | None:
        """(A, b) where T(x) = Ax + b in R^dim, else None."""
        return None


class ScalarMap(Map):
    """A strictly monotone smooth map of an interval, applied to every coordinate alike."""

    domain: tuple[float, float] = (-math.inf, math.inf)

    @property
    def increasing(self) -> bool:
        """Whether T grows."""
        return True

    @abstractmethod
    def value(self, x: Tensor) -> Tensor:
        """T elementwise; its limit at an end of the domain."""

    @abstractmethod
    def preimage(self, y: Tensor) -> Tensor:
        """T⁻¹ elementwise; NaN off the image."""

    @abstractmethod
    def log_slope(self, x: Tensor) -> Tensor:
        """log |T'| elementwise."""

    def step_back(self, x0: float, offset: Tensor) -> Tensor:
        """T⁻¹(T(x0) + offset) − x0, without cancellation where a map says so; NaN off the image.

        Asked only where |log T'(x0)| < 700, so that T(x0) and T'(x0) are proper floats.
        """
        anchor = self.value(torch.tensor(x0, dtype=torch.float64))
        return self.preimage(anchor + offset) - x0

    def preimage_from(self, anchor: float, offset: Tensor) -> Tensor:
        """T⁻¹(anchor + offset), accurate where anchor is an end of the image."""
        return self.preimage(anchor + offset)

    def tail(self, tail: Tail, end: float) -> Tail | None:
        """The tail of T(X) at T(end), given that of X at `end`; None where it is not known."""
        return None

    def kinks(self) -> tuple[float, ...]:
        """Points of the domain where T⁻¹ is not smooth."""
        return ()

    def forward(self, x: Tensor) -> Tensor:
        """T at points (n, d), coordinate by coordinate."""
        return self.value(x)

    def inverse(self, y: Tensor) -> Tensor:
        """T⁻¹ at points (n, d), coordinate by coordinate."""
        return self.preimage(y)

    def log_abs_det(self, x: Tensor) -> Tensor:
        """Σ_i log |T'(x_i)|."""
        return self.log_slope(x).sum(dim=-1)

    def at(self, x: float) -> float:
        """T of one number, or its limit at an end of the domain."""
        return float(self.value(torch.tensor(x, dtype=torch.float64)))

    def image(self, support: Support) -> Support:
        """Box by box; ends go to ends."""
        if not isinstance(support, Boxes):
            return Unknown(support.dim)
        return Boxes(tuple(tuple(self._interval(*side) for side in box) for box in support.boxes))

    def _interval(self, low: float, high: float) -> tuple[float, float]:
        if low < self.domain[0] or high > self.domain[1]:
            raise ValueError(
                f"{self!r} is defined on {self.domain}; the law lives on [{low}, {high}]."
            )
        ends = sorted((self.at(low), self.at(high)))
        if not ends[0] < ends[1]:
            raise ValueError(
                f"{self!r} sends [{low}, {high}] to one float, {ends[0]!r}; rescale the law first."
            )
        return (ends[0], ends[1])


@dataclass(frozen=True)
class Linear(Map):
    """y = Ax + b in R^d.

    Parameters
    ----------
    matrix : A (d, d), invertible.
    shift : b (d,).

    Raises
    ------
    ValueError
        If shapes do not fit, an entry is not finite, or A is singular to working precision.

    Examples
    --------
    >>> import torch
    >>> Linear(((0.0, 1.0), (1.0, 0.0)), (1.0, 0.0)).forward(torch.tensor([[2.0, 3.0]]))
    tensor([[4., 2.]])
    """

    matrix: Matrix
    shift: Vector

    def __post_init__(self) -> None:
        shift, matrix = vector("shift", self.shift), floats(self.matrix, "matrix")
        if matrix.shape != (len(shift), len(shift)) or not np.isfinite(matrix).all():
            raise ValueError(
                f"matrix must be finite, of shape ({len(shift)}, {len(shift)}); got "
                f"{matrix.tolist()}."
            )
        if np.linalg.cond(matrix) > 1 / np.finfo(float).eps:
            raise ValueError(f"matrix must be invertible; got {matrix.tolist()}.")
        object.__setattr__(self, "shift", shift)
        object.__setattr__(self, "matrix", tuple(map(tuple, matrix.tolist())))

    @property
    def dim(self) -> int:
        """Length of shift."""
        return len(self.shift)

    @cached_property
    def _tensors(self) -> tuple[Tensor, Tensor]:
        matrix = torch.tensor(self.matrix, dtype=torch.float64)
        return matrix, torch.tensor(self.shift, dtype=torch.float64)

    def forward(self, x: Tensor) -> Tensor:
        """Ax + b."""
        matrix, shift = self._tensors
        return x @ matrix.to(x).T + shift.to(x)

    def inverse(self, y: Tensor) -> Tensor:
        """A⁻¹(y − b)."""
        matrix, shift = self._tensors
        solved: Tensor = torch.linalg.solve(matrix.to(y), (y - shift.to(y)).T)
        return solved.T

    def log_abs_det(self, x: Tensor) -> Tensor:
        """log |det A|, the same everywhere."""
        return torch.full_like(x[:, 0], float(torch.linalg.slogdet(self._tensors[0])[1]))

    def affine(self, dim: int) -> tuple[FloatArray, FloatArray]:
        """(A, b)."""
        return np.array(self.matrix), np.array(self.shift)


@dataclass(frozen=True)
class Bend(Map):
    """The banana's map: y₁ = x₁ + curvature·(x₀² − level), other coordinates kept; volume kept.

    Raises
    ------
    ValueError
        If a parameter is not finite.

    Examples
    --------
    >>> import torch
    >>> Bend(0.5).forward(torch.tensor([[2.0, 0.0]]))
    tensor([[2., 2.]])
    """

    curvature: float
    level: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "curvature", finite("curvature", self.curvature))
        object.__setattr__(self, "level", finite("level", self.level))

    def forward(self, x: Tensor) -> Tensor:
        """Add the parabola."""
        return self._moved(x, 1.0)

    def inverse(self, y: Tensor) -> Tensor:
        """Take the parabola off."""
        return self._moved(y, -1.0)

    def log_abs_det(self, x: Tensor) -> Tensor:
        """0."""
        return torch.zeros_like(x[:, 0])

    def _moved(self, x: Tensor, sign: float) -> Tensor:
        parabola = self.curvature * (x[:, :1] ** 2 - self.level)
        return torch.cat([x[:, :1], x[:, 1:2] + sign * parabola, x[:, 2:]], dim=1)


@dataclass(frozen=True)
class Widen(Map):
    """The funnel's map: y₀ = x₀, y_i = x_i·e^{x₀/2} for i ≥ 1 (Neal 2003, section 8).

    >>> import torch
    >>> Widen().forward(torch.tensor([[2.0, 1.0]]))
    tensor([[2.0000, 2.7183]])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Widen by e^{x₀/2}."""
        return torch.cat([x[:, :1], x[:, 1:] * torch.exp(0.5 * x[:, :1])], dim=1)

    def inverse(self, y: Tensor) -> Tensor:
        """Narrow by e^{−y₀/2}."""
        return torch.cat([y[:, :1], y[:, 1:] * torch.exp(-0.5 * y[:, :1])], dim=1)

    def log_abs_det(self, x: Tensor) -> Tensor:
        """(d − 1)·x₀/2."""
        return 0.5 * (x.shape[1] - 1) * x[:, 0]


@dataclass(frozen=True)
class Twist(Map):
    """A turn of the plane about 0 by the angle rate·|x|; areas are kept.

    In polar coordinates (r, θ) ↦ (r, θ + rate·r), whose Jacobian is 1.

    Raises
    ------
    ValueError
        If rate is not finite.

    Examples
    --------
    >>> import math, torch
    >>> Twist(math.pi).forward(torch.tensor([[1.0, 0.0]])).round(decimals=6)
    tensor([[-1., -0.]])
    """

    rate: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", finite("rate", self.rate))

    @property
    def dim(self) -> int:
        """2."""
        return 2

    def forward(self, x: Tensor) -> Tensor:
        """Turn."""
        return _turned(x, self.rate)

    def inverse(self, y: Tensor) -> Tensor:
        """Turn back."""
        return _turned(y, -self.rate)

    def log_abs_det(self, x: Tensor) -> Tensor:
        """0."""
        return torch.zeros_like(x[:, 0])


def _turned(x: Tensor, rate: float) -> Tensor:
    angle = rate * torch.hypot(x[:, 0], x[:, 1])
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos * x[:, 0] - sin * x[:, 1], sin * x[:, 0] + cos * x[:, 1]], dim=1)
