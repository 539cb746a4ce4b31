r"""Divergences in two and three dimensions by adaptive tensor quadrature.

    D_f = f(1) + ∫ integrand(log p, log q) dx,   with ∫ p = ∫ q = 1 integrated on the same boxes.

1. A box around all features of both laws (centres ± 8 scales, within the supports) is cut along
   the supports' faces and halved until near each feature no side exceeds two of its scales,
   growing with the distance: a narrow peak far away is seen before any error is estimated.
2. Shells of doubling width are added until they hold nothing; what is left beyond the last is
   taken from the geometric decay of the last two. Shells that do not decay are not converged.
3. Boxes that carry the error are halved, all of one level evaluated at once, until the summed
   differences of two orders are below the tolerance for the divergence and both masses.

The masses are the witness that nothing was missed: what they lack of 1 is added to the error.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.support import full_space, share_measure
from divkit.divergences.base import Divergence, FDivergence, Transformed
from divkit.exact.common_map import peel
from divkit.exact.method import LOG_SIZE, NotApplicableError, transformed
from divkit.exact.tensor.rule import Cells
from divkit.exact.tensor.sweep import Sweep
from divkit.results import Result
from divkit.types import Tensor

_EPS = float(np.finfo(float).eps)
_MASS_AT_LEAST = 1e-4
_LOG_ERROR = 1e-14


@dataclass(frozen=True)
class TensorQuadrature:
    """Adaptive Gauss–Kronrod quadrature on boxes, for laws on R² and R³ with a density.

    Applies to every f-divergence and every function of one.

    Parameters
    ----------
    tolerance : wanted error, absolute below 1 and relative above; the error found is reported.
    max_points : evaluations of the two densities at most; about 1 to 5 million a second.

    Raises
    ------
    NotApplicableError
        If the dimension is not 2 or 3, a law has no density, or the divergence is no f-divergence.
    ValueError
        If the density of p or q does not integrate to 1; the mass found is named.
    """

    tolerance: float = 1e-11
    max_points: int = 6_000_000

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 1:
            raise ValueError(f"tolerance must be in (0, 1); got {self.tolerance!r}.")
        if self.max_points < 1:
            raise ValueError(f"max_points must be at least 1; got {self.max_points!r}.")

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence of p and q with its error."""
        if isinstance(divergence, Transformed):
            return transformed(divergence, self(p, q, divergence.base))
        if not isinstance(divergence, FDivergence):
            raise NotApplicableError(f"tensor quadrature takes f-divergences; got {divergence!r}.")
        require_density(p, q)
        start = time.perf_counter()
        sweep = Sweep(*peel(p, q), divergence, self.tolerance, self.max_points)
        cells, beyond = sweep.run()
        if sweep.points < self.max_points:
            _check_masses(cells)
        blur = LOG_SIZE * (p.blur + q.blur)
        value, error = _assemble(cells, beyond, divergence, _LOG_ERROR + blur)
        return Result.exact(
            value,
            error,
            "quadrature",
            repr(self),
            name=divergence.name,
            mass_p=float(cells.value[:, 1].sum()),
            mass_q=float(cells.value[:, 2].sum()),
            boxes=len(cells),
            nodes=sweep.points,
            warnings=tuple(sweep.warnings(cells, beyond)),
            seconds=time.perf_counter() - start,
        )


def require_density(p: Law, q: Law) -> None:
    """Raise NotApplicableError unless both laws have densities on R² or R³."""
    if p.dim != q.dim:
        raise ValueError(f"p and q must have one dimension; got {p.dim} and {q.dim}.")
    if p.dim not in (2, 3):
        raise NotApplicableError(f"tensor quadrature takes dimension 2 or 3; got {p.dim}.")
    for name, law in (("p", p), ("q", q)):
        if not share_measure(law.support, full_space(law.dim)):
            raise NotApplicableError(
                f"{name} has no density on R^{law.dim}: its support is {law.support!r}."
            )


def _check_masses(cells: Cells) -> None:
    total, spread = cells.value.sum(dim=0)[1:], cells.error.sum(dim=0)[1:]
    for name, mass, error in zip("pq", total.tolist(), spread.tolist(), strict=True):
        if not abs(mass - 1) <= max(_MASS_AT_LEAST, error):
            raise ValueError(
                f"the density of {name} integrates to {mass:.9g} ± {error:.1g}, not 1; check its "
                "normalisation, that it returns log densities, and the features it names."
            )


def _assemble(
    cells: Cells, beyond: Tensor, divergence: FDivergence, log_error: float
) -> tuple[float, float]:
    total, spread = cells.value.sum(dim=0), cells.error.sum(dim=0)
    lack = (total[1:] - 1).abs()
    known = spread[1:] + log_error  # a defect within this is the quadrature's own
    scale = 1 + abs(float(total[0]))
    missed = sum(
        max(gap - own, 0.0) * price + min(gap, own) * min(price, scale)
        for gap, own, price in zip(
            lack.tolist(), known.tolist(), _price_of_mass(cells, divergence), strict=True
        )
    )
    error = float(spread[0] + beyond[0]) + missed
    error += _rounding(float(total[0]), divergence, log_error)
    return divergence.at_one + float(total[0]), error


def _rounding(size: float, divergence: FDivergence, log_error: float) -> float:
    """Worth of errors of that size (1e-14, if no law is blurred) in the log densities.

    Where p ≈ q, D ≈ ½f''(1) ∫q l², so that an error ε of l moves it by ε f''(1) ∫q|l|, which is
    at most ε √(2 f''(1) D); elsewhere by about ε (1 + D).
    """
    near = math.sqrt(2 * divergence.curvature * abs(size)) if size else 0.0
    return log_error * (min(near, 1.0) + abs(size)) + 2 * _EPS * abs(divergence.at_one)


def _price_of_mass(cells: Cells, divergence: FDivergence) -> tuple[float, float]:
    """Cost at most of a unit of p's and of q's missing mass: f's limits, or the dearest box."""
    mass = cells.value[:, 1] + cells.value[:, 2]
    dear = float((cells.value[:, 0] / mass.clamp(min=1e-300)).max().clamp(min=1.0))
    return min(divergence.slope_at_infinity, dear), min(divergence.at_zero, dear)
