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
import torch

from divkit.distributions.base import Law
from divkit.distributions.support import Atoms, Boxes, Singular, bounding_box, edges
from divkit.divergences.base import Divergence, FDivergence, Transformed
from divkit.exact.method import NotApplicableError, transformed
from divkit.exact.tensor_rule import NODES, Cells, Integrand, cut, halve, integrate, shell
from divkit.results import Result, deterministic
from divkit.types import Tensor

_EPS = float(np.finfo(float).eps)
_SPREAD = 8.0
_SHELLS = 80
_MASS_AT_LEAST = 1e-4


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
        sweep = Sweep(p, q, divergence, self.tolerance, self.max_points)
        cells, beyond = sweep.run()
        value, error = _assemble(cells, beyond, divergence)
        return deterministic(
            value,
            error,
            "quadrature",
            repr(self),
            name=divergence.name,
            mass_p=float(cells.value[:, 1].sum()),
            mass_q=float(cells.value[:, 2].sum()),
            boxes=len(cells),
            nodes=sweep.points,
            warnings=sweep.warnings(cells, beyond),
            seconds=time.perf_counter() - start,
        )


def require_density(p: Law, q: Law) -> None:
    """Raise NotApplicableError unless both laws have densities on R² or R³."""
    if p.dim != q.dim:
        raise ValueError(f"p and q must have one dimension; got {p.dim} and {q.dim}.")
    if p.dim not in (2, 3):
        raise NotApplicableError(f"tensor quadrature takes dimension 2 or 3; got {p.dim}.")
    for name, law in (("p", p), ("q", q)):
        if isinstance(law.support, (Atoms, Singular)):
            raise NotApplicableError(f"{name} has no density: its support is {law.support!r}.")


@dataclass
class Sweep:
    """One run: the pair, the tolerance, and the evaluations spent so far."""

    p: Law
    q: Law
    divergence: FDivergence
    tolerance: float
    max_points: int
    points: int = 0

    def run(self) -> tuple[Cells, Tensor]:
        """Return the boxes with their integrals, and what is left beyond the last shell, (c,)."""
        hull, faces = _hull(self.p, self.q), _faces(self.p, self.q)
        centers, scales = _features(self.p, self.q)
        inner = _core(centers, scales, hull)
        low, high = graded(*cut(inner[0][None], inner[1][None], faces), centers, scales)
        cells, beyond = self._grow(self._integrate(low, high), inner, hull, faces)
        return self._refine(cells), beyond

    def _integrate(self, low: Tensor, high: Tensor) -> Cells:
        self.points += len(low) * len(NODES) ** low.shape[1]
        return integrate(self._integrand(), low, high)

    def _integrand(self) -> Integrand:
        def integrand(x: Tensor) -> Tensor:
            lp, lq = self.p.log_prob(x), self.q.log_prob(x)
            return torch.stack([self.divergence.integrand(lp, lq), lp.exp(), lq.exp()], dim=1)

        return integrand

    def _grow(
        self, cells: Cells, box: tuple[Tensor, Tensor], hull: Tensor, faces: list[list[float]]
    ) -> tuple[Cells, Tensor]:
        last = torch.full((3,), math.inf, dtype=torch.float64)
        middle, half = 0.5 * (box[0] + box[1]), 0.5 * (box[1] - box[0])
        for _ in range(_SHELLS):
            half = 2 * half
            outer = (
                torch.maximum(middle - half, hull[:, 0]),
                torch.minimum(middle + half, hull[:, 1]),
            )
            low, high = shell(box, outer)
            if len(low) == 0:
                return cells, torch.zeros_like(last)
            ring = self._refine(self._integrate(*cut(low, high, faces)), share=0.02)
            cells, box = cells + ring, outer
            held = (ring.value.abs() + ring.error).sum(dim=0)
            ratio = held / last
            if bool(((held <= 0.01 * self._target(cells)) & (ratio < 0.9)).all()):
                return cells, held * ratio / (1 - ratio)
            last = held
        return cells, torch.full_like(last, math.inf)

    def _target(self, cells: Cells) -> Tensor:
        return self.tolerance * cells.value.sum(dim=0).abs().clamp(min=1.0)

    def _refine(self, cells: Cells, share: float = 1.0) -> Cells:
        """Halve the boxes that carry the error until it is below the tolerance."""
        while True:
            cost = cells.gaps / (share * self._target(cells))  # (n, d, c)
            error = cost.sum(dim=(1, 2))
            if float(error.sum()) <= 1 or self.points >= self.max_points:
                return cells
            order = error.argsort()
            rest = int((error[order].cumsum(dim=0) <= 0.5).sum())
            room = max(1, (self.max_points - self.points) // (2 * len(NODES) ** self.p.dim))
            split = order[max(rest, len(order) - room) :]
            kept = order[: len(order) - len(split)]
            halves = halve(
                cells.low[split], cells.high[split], cost[split].sum(dim=2).argmax(dim=1)
            )
            cells = cells.take(kept) + self._integrate(*halves)

    def warnings(self, cells: Cells, beyond: Tensor) -> list[str]:
        """Say what went short of the tolerance."""
        found = []
        if bool(beyond.isinf().any()):
            found.append("the integrand does not decay outwards: the divergence may be infinite")
        if self.points >= self.max_points:
            found.append(f"stopped at max_points = {self.max_points}")
        return found


def graded(
    low: Tensor, high: Tensor, centers: Tensor, scales: Tensor, most: int = 200_000
) -> tuple[Tensor, Tensor]:
    """Halve boxes until no side exceeds 2 scales of a feature plus half of the distance to it."""
    done: list[tuple[Tensor, Tensor]] = []
    while 0 < len(low) <= most:
        ratio = torch.zeros_like(low)
        for center, scale in zip(centers, scales, strict=True):
            gap = torch.maximum(low - center, center - high).clamp(min=0.0) / scale
            allowed = scale * (2 + 0.5 * gap.amax(dim=1, keepdim=True))
            ratio = torch.maximum(ratio, (high - low) / allowed)
        worst, axis = ratio.max(dim=1)
        fine = worst <= 1
        done.append((low[fine], high[fine]))
        low, high = halve(low[~fine], high[~fine], axis[~fine])
    done.append((low, high))
    return torch.cat([pair[0] for pair in done]), torch.cat([pair[1] for pair in done])


def _features(p: Law, q: Law) -> tuple[Tensor, Tensor]:
    both = [*p.features, *q.features]
    centers = torch.tensor([f.center for f in both], dtype=torch.float64)
    return centers, torch.tensor([f.scale for f in both], dtype=torch.float64)


def _hull(p: Law, q: Law) -> Tensor:
    """The smallest box (d, 2) around both supports, infinite where one is not known."""
    everywhere = np.tile([-math.inf, math.inf], (p.dim, 1))
    ends = [
        bounding_box(law.support) if isinstance(law.support, Boxes) else everywhere
        for law in (p, q)
    ]
    low, high = np.minimum(ends[0], ends[1])[:, 0], np.maximum(ends[0], ends[1])[:, 1]
    return torch.from_numpy(np.stack([low, high], axis=1))


def _faces(p: Law, q: Law) -> list[list[float]]:
    supports = [law.support for law in (p, q) if isinstance(law.support, Boxes)]
    return [sorted({end for s in supports for end in edges(s, axis)}) for axis in range(p.dim)]


def _core(centers: Tensor, scales: Tensor, hull: Tensor) -> tuple[Tensor, Tensor]:
    low = (centers - _SPREAD * scales).amin(dim=0)
    high = (centers + _SPREAD * scales).amax(dim=0)
    return torch.maximum(low, hull[:, 0]), torch.minimum(high, hull[:, 1])


def _assemble(cells: Cells, beyond: Tensor, divergence: FDivergence) -> tuple[float, float]:
    total, spread = cells.value.sum(dim=0), cells.error.sum(dim=0)
    lack = (total[1:] - 1).abs()
    for name, mass, error in zip("pq", total[1:].tolist(), spread[1:].tolist(), strict=True):
        if abs(mass - 1) > max(_MASS_AT_LEAST, error):
            raise ValueError(
                f"the density of {name} integrates to {mass:.9g} ± {error:.1g}, not 1; check its "
                "normalisation, that it returns log densities, and the features it names."
            )
    price = _price_of_mass(cells, divergence)
    missed = float(lack[0] * price[1] + lack[1] * price[0])
    rounding = 32 * _EPS * (abs(divergence.at_one) + float(cells.value[:, 0].abs().sum()))
    error = float(spread[0] + beyond[0]) + missed + rounding
    return divergence.at_one + float(total[0]), error


def _price_of_mass(cells: Cells, divergence: FDivergence) -> tuple[float, float]:
    """What a unit of q's and of p's missing mass can cost: f's limits, or the dearest box."""
    mass = cells.value[:, 1] + cells.value[:, 2]
    dear = float((cells.value[:, 0] / mass.clamp(min=1e-300)).max().clamp(min=1.0))
    return min(divergence.at_zero, dear), min(divergence.slope_at_infinity, dear)
