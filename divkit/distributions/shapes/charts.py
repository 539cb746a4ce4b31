r"""Coordinates of manifolds of low dimension: y in a box of R^k, one to one but for a null set.

    circle       the angle in [−π, π]
    S¹           x = (cos φ, sin φ), φ in [−π, π]
    S²           x = (√(1−z²) cos φ, √(1−z²) sin φ, z), whose area is dz dφ (Archimedes)
    simplex      y_k = log(x_k / x_K), k < K; or by breaking a stick, y_k = log(x_k / Σ_{j>k} x_j)
                 + log(K − k): dx₁ … dx_{K−1} = Π_k x_k dy for both
    cone         the Cholesky factor by rows, with the logs of its diagonal
    flat         the coordinates that are its pivots

An f-divergence of two laws on one manifold is that of the laws of their coordinates.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.callable.law import CallableLaw, CallableLaw1D, features_of
from divkit.distributions.shapes.manifolds import (
    PERIOD,
    AffineSubspace,
    Circle,
    DefiniteCone,
    Simplex,
    Sphere,
)
from divkit.distributions.support import Boxes, MeasuredSet, Support, Unknown, full_space
from divkit.types import FloatArray, Tensor

_PILOT = 2000  # draws that say where a law has its features
_ROUND = (-math.pi, math.pi)


class Chart(ABC):
    """Coordinates of a manifold; a frozen value."""

    @property
    @abstractmethod
    def manifold(self) -> MeasuredSet:
        """The set that is described."""

    @property
    def domain(self) -> Boxes:
        """Where the coordinates lie; all of R^k unless a chart says otherwise."""
        return full_space(self.manifold.intrinsic)

    @property
    def faithful(self) -> bool:
        """Whether a point, rounded, has the digits of its coordinates wherever a law has mass."""
        return True

    @abstractmethod
    def point(self, y: Tensor) -> Tensor:
        """The points (n, d) of coordinates (n, k)."""

    @abstractmethod
    def coordinates(self, x: Tensor) -> Tensor:
        """The coordinates (n, k) of points (n, d)."""

    def log_slope(self, x: Tensor) -> Tensor:
        """Log of the manifold's measure per volume of coordinates, at points (n, d)."""
        return torch.zeros_like(x[:, 0])


@dataclass(frozen=True)
class Angle(Chart):
    """The angle itself."""

    @property
    def manifold(self) -> MeasuredSet:
        """The circle."""
        return Circle()

    @property
    def domain(self) -> Boxes:
        """See `Chart`."""
        return Boxes(((_ROUND,),))

    def point(self, y: Tensor) -> Tensor:
        """See `Chart`."""
        return y

    def coordinates(self, x: Tensor) -> Tensor:
        """See `Chart`."""
        return x - PERIOD * torch.round(x / PERIOD)


@dataclass(frozen=True)
class Direction(Chart):
    """The angle of a vector in the plane."""

    @property
    def manifold(self) -> MeasuredSet:
        """S¹."""
        return Sphere(2)

    @property
    def domain(self) -> Boxes:
        """See `Chart`."""
        return Boxes(((_ROUND,),))

    def point(self, y: Tensor) -> Tensor:
        """See `Chart`."""
        return torch.cat([y.cos(), y.sin()], dim=1)

    def coordinates(self, x: Tensor) -> Tensor:
        """See `Chart`."""
        return torch.atan2(x[:, 1:], x[:, :1])


@dataclass(frozen=True)
class Cylinder(Chart):
    """Height and longitude on S²."""

    @property
    def manifold(self) -> MeasuredSet:
        """S²."""
        return Sphere(3)

    @property
    def domain(self) -> Boxes:
        """See `Chart`."""
        return Boxes((((-1.0, 1.0), _ROUND),))

    def point(self, y: Tensor) -> Tensor:
        """See `Chart`."""
        height, angle = y[:, :1], y[:, 1:]
        radius = ((1 - height) * (1 + height)).sqrt()
        return torch.cat([radius * angle.cos(), radius * angle.sin(), height], dim=1)

    def coordinates(self, x: Tensor) -> Tensor:
        """See `Chart`."""
        return torch.stack([x[:, 2], torch.atan2(x[:, 1], x[:, 0])], dim=1)


@dataclass(frozen=True)
class LogRatios(Chart):
    """Logs of the cells' ratios to the last cell."""

    cells: int
    logs: bool = False

    @property
    def manifold(self) -> MeasuredSet:
        """The simplex, or that of the logs."""
        return Simplex(self.cells, self.logs)

    def point(self, y: Tensor) -> Tensor:
        """See `Chart`."""
        logs = torch.log_softmax(torch.cat([y, torch.zeros_like(y[:, :1])], dim=1), dim=1)
        return logs if self.logs else logs.exp()

    def coordinates(self, x: Tensor) -> Tensor:
        """See `Chart`."""
        logs = x if self.logs else x.log()
        return logs[:, :-1] - logs[:, -1:]

    def log_slope(self, x: Tensor) -> Tensor:
        """Σ log x_k; 0 for the logs of cells, whose measure is that of the ratios."""
        return torch.zeros_like(x[:, 0]) if self.logs else x.log().sum(dim=1)


@dataclass(frozen=True)
class StickBreaks(Chart):
    """Each cell's log odds against those after it, moved so that 0 are equal cells."""

    cells: int

    @property
    def manifold(self) -> MeasuredSet:
        """The simplex."""
        return Simplex(self.cells)

    @property
    def _shift(self) -> Tensor:
        return torch.arange(self.cells - 1, 0, -1, dtype=torch.float64).log()

    def point(self, y: Tensor) -> Tensor:
        """See `Chart`."""
        odds = y - self._shift.to(y)
        rest = torch.nn.functional.logsigmoid(-odds).cumsum(dim=1)
        before = torch.cat([torch.zeros_like(rest[:, :1]), rest], dim=1)
        own = torch.cat([torch.nn.functional.logsigmoid(odds), torch.zeros_like(y[:, :1])], dim=1)
        return (before + own).exp()

    def coordinates(self, x: Tensor) -> Tensor:
        """See `Chart`."""
        after = x.flip(1).cumsum(dim=1).flip(1)[:, 1:]
        return x[:, :-1].log() - after.log() + self._shift.to(x)

    def log_slope(self, x: Tensor) -> Tensor:
        """Σ log x_k."""
        return x.log().sum(dim=1)


@dataclass(frozen=True)
class LogCholesky(Chart):
    """The Cholesky factor by rows, with the logs of its diagonal."""

    order: int

    @property
    def manifold(self) -> MeasuredSet:
        """The positive definite matrices."""
        return DefiniteCone(self.order)

    @property
    def faithful(self) -> bool:
        """False: a matrix that is nearly singular has lost the last entries of its factor."""
        return False

    def point(self, y: Tensor) -> Tensor:
        """See `Chart`."""
        rows, columns = torch.tril_indices(self.order, self.order)
        root = y.new_zeros(len(y), self.order, self.order)
        root[:, rows, columns] = torch.where(rows == columns, y.exp(), y)
        return (root @ root.mT).reshape(len(y), -1)

    def coordinates(self, x: Tensor) -> Tensor:
        """See `Chart`."""
        rows, columns = torch.tril_indices(self.order, self.order)
        entries = self._root(x)[:, rows, columns]
        on = rows == columns
        return torch.where(on, torch.where(on, entries, 1.0).log(), entries)

    def log_slope(self, x: Tensor) -> Tensor:
        """n log 2 + Σ (n − i + 2) log l_ii, i from 1 (Muirhead 1982, theorem 2.1.9)."""
        diagonal = self._root(x).diagonal(dim1=1, dim2=2).log()
        powers = torch.arange(self.order + 1, 1, -1).to(diagonal)
        return self.order * math.log(2) + diagonal @ powers

    def _root(self, x: Tensor) -> Tensor:
        root: Tensor = torch.linalg.cholesky(x.reshape(-1, self.order, self.order))
        return root


@dataclass(frozen=True)
class Pivots(Chart):
    """The pivot coordinates of a flat."""

    flat: AffineSubspace

    @property
    def manifold(self) -> MeasuredSet:
        """The flat."""
        return self.flat

    def point(self, y: Tensor) -> Tensor:
        """See `Chart`."""
        return y @ y.new_tensor(self.flat.directions).T + y.new_tensor(self.flat.origin)

    def coordinates(self, x: Tensor) -> Tensor:
        """See `Chart`."""
        return x[:, list(self.flat.pivots)]

    def log_slope(self, x: Tensor) -> Tensor:
        """A constant."""
        return torch.full_like(x[:, 0], self.flat.log_stretch)


@dataclass(frozen=True)
class ChartImage(Law):
    """The law on a manifold whose coordinates have a law on R^k.

    Parameters
    ----------
    base : the law of the coordinates.
    chart : what they are.

    Raises
    ------
    ValueError
        If the base has another number of coordinates.
    """

    base: Law
    chart: Chart

    def __post_init__(self) -> None:
        wanted = self.chart.manifold.intrinsic
        if self.base.dim != wanted:
            raise ValueError(f"base must have {wanted} coordinates; got {self.base.dim}.")

    @property
    def dim(self) -> int:
        """Number of coordinates of a point of the manifold."""
        return self.chart.manifold.dim

    @property
    def support(self) -> Support:
        """The manifold: the base should have mass in all of its coordinates."""
        return self.chart.manifold if self.base.support == self.chart.domain else Unknown(self.dim)

    @property
    def blur(self) -> float:
        """The base's."""
        return self.base.blur

    def _log_prob(self, x: Tensor) -> Tensor:
        slope = self.chart.log_slope(x)
        inside = slope.isfinite()
        logs = torch.full_like(slope, -math.inf)
        held = self.base.log_prob(self.chart.coordinates(x[inside])) - slope[inside]
        return logs.index_put((inside.nonzero()[:, 0],), held)

    def push(self, y: FloatArray) -> FloatArray:
        """The points of coordinates (n, k)."""
        return np.asarray(self.chart.point(torch.from_numpy(y)).numpy())

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor:
        return self.chart.point(self.base.sample(n, rng))


def _of_sphere(manifold: Sphere) -> Chart | None:
    return {2: Direction(), 3: Cylinder()}.get(manifold.ambient)


_CHARTS: dict[type, Callable[..., Chart | None]] = {
    Circle: lambda manifold: Angle(),
    Sphere: _of_sphere,
    Simplex: lambda manifold: LogRatios(manifold.cells, manifold.logs),
    DefiniteCone: lambda manifold: LogCholesky(manifold.order),
    AffineSubspace: Pivots,
}


def chart_of(manifold: MeasuredSet) -> Chart | None:
    """The coordinates that are known of a manifold, or None."""
    maker = _CHARTS.get(type(manifold))
    return maker(manifold) if maker is not None else None


def in_chart(law: Law, chart: Chart) -> Law:
    """The law of the coordinates of a law on a manifold."""

    def log_density(y: Tensor) -> Tensor:
        x = chart.point(y.reshape(len(y), -1))
        logs: Tensor = law.log_prob(x) + chart.log_slope(x)
        return logs

    dim = chart.domain.dim
    marks = features_of(chart.coordinates(law.sample(_PILOT, 0)).numpy())
    label = f"coordinates of {law!r}"
    if dim == 1:
        return CallableLaw1D(label, log_density, chart.domain, marks)

    def draw(n: int, rng: np.random.Generator) -> Tensor:
        return chart.coordinates(law.sample(n, rng))

    return CallableLaw(label, log_density, dim, chart.domain, draw, marks, law.blur)
