r"""The sets on which such laws live, each with the measure that its densities refer to.

    circle            angles mod 2π, dx
    sphere S^{d−1}    unit vectors of R^d, surface area
    simplex           K positive numbers of sum 1, Lebesgue measure of the first K − 1; or their
                      logs, Lebesgue measure of the differences to the last
    cone              symmetric positive definite n × n matrices, Lebesgue measure of x_ij, i ≥ j
    correlations      those with unit diagonal, of x_ij, i > j; or their Cholesky factors, of
                      l_ij, i > j
    flat              offset + range of a matrix, Lebesgue measure of its own

as SciPy and PyTorch have them. A point is on a set if it is so within 1e-9: floats are on few.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import torch

from divkit.distributions.support import MeasuredSet, Support
from divkit.types import Tensor

_NEAR = 1e-9


@dataclass(frozen=True)
class Circle(MeasuredSet):
    """Angles mod 2π; every finite number is one."""

    @property
    def dim(self) -> int:
        """Always 1."""
        return 1

    @property
    def intrinsic(self) -> int:
        """Always 1."""
        return 1

    @property
    def words(self) -> str:
        """See `MeasuredSet`."""
        return "of the circle (angles mod 2π)"

    def contains(self, x: Tensor) -> Tensor:
        """See `MeasuredSet`."""
        return x.isfinite().all(dim=1)


@dataclass(frozen=True)
class Sphere(MeasuredSet):
    """Unit vectors of R^ambient, ambient ≥ 2."""

    ambient: int

    @property
    def dim(self) -> int:
        """Number of coordinates of a vector."""
        return self.ambient

    @property
    def intrinsic(self) -> int:
        """One less."""
        return self.ambient - 1

    @property
    def words(self) -> str:
        """See `MeasuredSet`."""
        return f"of the unit sphere in R^{self.ambient}"

    def contains(self, x: Tensor) -> Tensor:
        """See `MeasuredSet`."""
        return ((x * x).sum(dim=1) - 1).abs() <= _NEAR


@dataclass(frozen=True)
class Simplex(MeasuredSet):
    """K ≥ 2 numbers ≥ 0 of sum 1; or, with `logs`, their logarithms."""

    cells: int
    logs: bool = False

    @property
    def dim(self) -> int:
        """K."""
        return self.cells

    @property
    def intrinsic(self) -> int:
        """K − 1."""
        return self.cells - 1

    @property
    def words(self) -> str:
        """See `MeasuredSet`."""
        return f"of the {'logarithms of the ' if self.logs else ''}simplex of {self.cells} cells"

    def contains(self, x: Tensor) -> Tensor:
        """See `MeasuredSet`."""
        shares = x.exp() if self.logs else x
        return (shares >= 0).all(dim=1) & ((shares.sum(dim=1) - 1).abs() <= _NEAR)


@dataclass(frozen=True)
class DefiniteCone(MeasuredSet):
    """Symmetric positive definite matrices of an order, flattened by rows."""

    order: int

    @property
    def dim(self) -> int:
        """The number of entries."""
        return self.order**2

    @property
    def intrinsic(self) -> int:
        """The number of entries on and below the diagonal."""
        return self.order * (self.order + 1) // 2

    @property
    def words(self) -> str:
        """See `MeasuredSet`."""
        return f"of the positive definite matrices of order {self.order}"

    def contains(self, x: Tensor) -> Tensor:
        """See `MeasuredSet`."""
        return _is_definite(x.reshape(-1, self.order, self.order))


@dataclass(frozen=True)
class Correlations(MeasuredSet):
    """Correlation matrices of an order ≥ 2, flattened by rows; or their Cholesky factors."""

    order: int
    factors: bool = False

    @property
    def dim(self) -> int:
        """The number of entries."""
        return self.order**2

    @property
    def intrinsic(self) -> int:
        """The number of entries below the diagonal."""
        return self.order * (self.order - 1) // 2

    @property
    def words(self) -> str:
        """See `MeasuredSet`."""
        kind = "Cholesky factors of correlation" if self.factors else "correlation"
        return f"of the {kind} matrices of order {self.order}"

    def contains(self, x: Tensor) -> Tensor:
        """See `MeasuredSet`."""
        matrix = x.reshape(-1, self.order, self.order)
        if not self.factors:
            unit = ((matrix.diagonal(dim1=1, dim2=2) - 1).abs() <= _NEAR).all(dim=1)
            return unit & _is_definite(matrix)
        lower = (matrix.triu(1) == 0).all(dim=(1, 2))
        rows = (((matrix * matrix).sum(dim=2) - 1).abs() <= _NEAR).all(dim=1)
        return lower & rows & (matrix.diagonal(dim1=1, dim2=2) > 0).all(dim=1)


@dataclass(frozen=True)
class AffineSubspace(MeasuredSet):
    """The flat offset + B·R^r in R^d, B in reduced form: the identity in the rows of its pivots.

    Attributes
    ----------
    basis : B as d rows of r fractions.
    offset : its point whose pivot coordinates are 0.
    pivots : coordinates that say which point of the flat it is.
    """

    basis: tuple[tuple[Fraction, ...], ...]
    offset: tuple[Fraction, ...]
    pivots: tuple[int, ...]

    @property
    def dim(self) -> int:
        """d."""
        return len(self.basis)

    @property
    def intrinsic(self) -> int:
        """r."""
        return len(self.pivots)

    @property
    def words(self) -> str:
        """See `MeasuredSet`."""
        return f"of a flat of dimension {self.intrinsic} in R^{self.dim}"

    def apart(self, other: Support) -> bool | None:
        """Two flats of one dimension that are not one and the same meet in a null set of both."""
        return True if isinstance(other, AffineSubspace) else None

    def contains(self, x: Tensor) -> Tensor:
        """See `MeasuredSet`; relative to the coordinates."""
        there = x[:, list(self.pivots)] @ x.new_tensor(self.directions).T
        gap = (there + x.new_tensor(self.origin) - x).abs()
        size = 1 + x.abs().amax(dim=1, keepdim=True)
        return (gap <= _NEAR * size).all(dim=1)

    @property
    def log_stretch(self) -> float:
        """½ log det BᵀB: the log of the flat's volume per volume of pivot coordinates."""
        basis = torch.tensor(self.directions, dtype=torch.float64)
        return 0.5 * float(torch.logdet(basis.T @ basis))

    @property
    def directions(self) -> list[list[float]]:
        """B, rounded."""
        return [[float(b) for b in row] for row in self.basis]

    @property
    def origin(self) -> list[float]:
        """The offset, rounded."""
        return [float(c) for c in self.offset]


def _is_definite(matrix: Tensor) -> Tensor:
    gap = (matrix - matrix.mT).abs().amax(dim=(1, 2))
    finite = matrix.isfinite().all(dim=2).all(dim=1)
    size = matrix.abs().amax(dim=(1, 2))
    safe = torch.where(finite[:, None, None], matrix, torch.eye(matrix.shape[1]).to(matrix))
    failed: Tensor = torch.linalg.cholesky_ex(safe)[1]
    return finite & (failed == 0) & (gap <= _NEAR * size)


PERIOD = 2 * math.pi
