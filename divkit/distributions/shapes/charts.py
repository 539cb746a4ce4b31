r"""Coordinates of manifolds of low dimension: y in a box of R^k, one to one but for a null set.

    circle       the angle in [−π, π]
    S¹           x = (cos φ, sin φ), φ in [−π, π]
    S²           x = (√(1−z²) cos φ, √(1−z²) sin φ, z), whose area is dz dφ (Archimedes)
    simplex      the first share of two; of more y_k = log(x_k / x_K), k < K; or by breaking a
                 stick, y_k = log(x_k / Σ_{j>k} x_j) + log(K − k): dx₁ … dx_{K−1} = Π_k x_k dy
    cone         the Cholesky factor by rows, with the logs of its diagonal
    flat         the coordinates that are its pivots

An f-divergence of two laws on one manifold is that of the laws of their coordinates.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch

from divkit.distributions.shapes.manifolds import (
    PERIOD,
    AffineSubspace,
    Circle,
    DefiniteCone,
    Simplex,
    Sphere,
)
from divkit.distributions.support import Boxes, MeasuredSet, full_space
from divkit.types import Tensor

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
class FirstShare(Chart):
    """The first of two shares."""

    @property
    def manifold(self) -> MeasuredSet:
        """The simplex of two cells."""
        return Simplex(2)

    @property
    def domain(self) -> Boxes:
        """See `Chart`."""
        return Boxes((((0.0, 1.0),),))

    def point(self, y: Tensor) -> Tensor:
        """See `Chart`."""
        return torch.cat([y, 1 - y], dim=1)

    def coordinates(self, x: Tensor) -> Tensor:
        """See `Chart`."""
        return x[:, :1]


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


def _of_sphere(manifold: Sphere) -> Chart | None:
    return {2: Direction(), 3: Cylinder()}.get(manifold.ambient)


def _of_simplex(manifold: Simplex) -> Chart:
    two = manifold.cells == 2 and not manifold.logs
    return FirstShare() if two else LogRatios(manifold.cells, manifold.logs)


_CHARTS: dict[type, Callable[..., Chart | None]] = {
    Circle: lambda manifold: Angle(),
    Sphere: _of_sphere,
    Simplex: _of_simplex,
    DefiniteCone: lambda manifold: LogCholesky(manifold.order),
    AffineSubspace: Pivots,
}


def chart_of(manifold: MeasuredSet) -> Chart | None:
    """The coordinates that are known of a manifold, or None."""
    maker = _CHARTS.get(type(manifold))
    return maker(manifold) if maker is not None else None
