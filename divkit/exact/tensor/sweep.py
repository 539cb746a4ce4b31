"""One run of a tensor quadrature: seed, grow outwards, refine where the error is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.divergences.base import FDivergence
from divkit.exact.method import NotApplicableError
from divkit.exact.tensor import seed
from divkit.exact.tensor.rule import NODES, Cells, Integrand, cut, divide, integrate, shell
from divkit.exact.tensor.seed import Pair
from divkit.types import Tensor

Step: TypeAlias = tuple[int, Tensor]
"""Points of a refinement so far and the errors (c,) then, in units of its tolerance."""

_EPS = float(np.finfo(float).eps)
_SHELLS = 80
_LACK = 1e-12
_SLOW = 2.0  # power of 1/points at which the error falls: 1 across kinks, ½ across jumps
_SHARE_KEPT = 0.3  # of the error: the boxes that together carry no more are left as they are
_SHARE_SPLIT = 0.5  # of the worst axis' error: an axis that has more is halved with it


@dataclass
class Sweep:
    """One run: the pair, the tolerance, and the evaluations spent so far.

    Attributes
    ----------
    divergences : the integrals on boxes in common, in the columns before those of both masses.
    patience : boxes after which integrals whose error falls too slowly are given up.
    forecast : points (c,) that the tolerance would take of an integral that was given up, else 0.
    """

    p: Law
    q: Law
    divergences: tuple[FDivergence, ...]
    tolerance: float
    max_points: int
    patience: float = math.inf
    points: int = 0
    forecast: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self.forecast = torch.zeros(len(self.divergences) + 2, dtype=torch.float64)

    def run(self) -> tuple[Cells, Tensor]:
        """Return the boxes with their integrals, and what is left beyond the last shell, (c,).

        Where mass is missing, a heavy tail along one axis was passed over between the nodes of
        another: the second run resolves each feature's place on every axis all the way out.
        """
        cells, beyond = self._run(axiswise=False)
        lack = (cells.value[:, -2:].sum(dim=0) - 1).abs() - cells.error[:, -2:].sum(dim=0)
        if float(lack.max()) <= _LACK or 2 * self.points > self.max_points:
            return cells, beyond
        return self._run(axiswise=True)

    def _run(self, axiswise: bool) -> tuple[Cells, Tensor]:
        hull, faces = seed.hull(self.p, self.q), seed.faces(self.p, self.q)
        centers, scales = seed.features(self.p, self.q)
        inner = seed.core(centers, scales, hull)

        def first(low: Tensor, high: Tensor) -> Pair:
            return seed.graded(*cut(low, high, faces), centers, scales, axiswise)

        cells = self._integrate(*first(inner[0][None], inner[1][None]))
        outside = first if axiswise else (lambda low, high: cut(low, high, faces))
        cells, beyond = self._grow(cells, inner, hull, outside)
        return self._refine(cells), beyond

    def _integrate(self, low: Tensor, high: Tensor) -> Cells:
        self.points += len(low) * len(NODES) ** low.shape[1]
        return integrate(self._integrand(), low, high)

    def _integrand(self) -> Integrand:
        def integrand(x: Tensor) -> Tensor:
            lp, lq = self.p.log_prob(x), self.q.log_prob(x)
            columns = [kind.integrand(lp, lq) for kind in self.divergences]
            values = torch.stack([*columns, lp.exp(), lq.exp()], dim=1)
            if not bool(values.isfinite().all()):
                _complain(x, values)
            return values

        return integrand

    def _grow(
        self, cells: Cells, box: Pair, hull: Tensor, first: Callable[[Tensor, Tensor], Pair]
    ) -> tuple[Cells, Tensor]:
        last = torch.full((len(self.divergences) + 2,), math.inf, dtype=torch.float64)
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
            ring = self._refine(self._integrate(*first(low, high)), share=0.02)
            cells, box = cells + ring, outer
            held = (ring.value.abs() + ring.error).sum(dim=0)
            ratio = torch.where(held > 0, held / last, torch.zeros_like(held))
            if bool(((held <= 0.01 * self._target(cells)) & (ratio < 0.9)).all()):
                return cells, held * ratio / (1 - ratio)
            last = held
        return cells, torch.full_like(last, math.inf)

    def _target(self, cells: Cells) -> Tensor:
        return self.tolerance * cells.value.sum(dim=0).abs().clamp(min=1.0)

    def _refine(self, cells: Cells, share: float = 1.0) -> Cells:
        """Halve the boxes that carry the error until it is below the tolerance.

        Boxes that carry a small share of it wait. Where a kink or a jump lies across the boxes the
        error falls like a low power of the number of points: such an integral is given up, and the
        boxes are then chosen by the others.
        """
        path: list[Step] = []
        before = self.points - len(cells) * len(NODES) ** self.p.dim
        while True:
            cost = cells.gaps / (share * self._target(cells))  # (n, d, c)
            cost = cost * _wide(cells)[:, :, None]
            path.append((self.points - before, cost.sum(dim=(0, 1))))
            self.forecast = self._needed(path, share)
            cost = cost * (self.forecast == 0)
            error = cost.sum(dim=(1, 2))
            if float(error.sum()) <= 1 or self.points >= self.max_points:
                return cells
            order = error.argsort()
            carried = error[order].cumsum(dim=0)
            rest = int((carried <= max(0.5, _SHARE_KEPT * float(carried[-1]))).sum())
            room = max(1, (self.max_points - self.points) // (2 * len(NODES)) ** self.p.dim)
            split = order[max(rest, len(order) - room) :]
            kept = order[: len(order) - len(split)]
            along = cost[split].sum(dim=2)
            wide = along >= _SHARE_SPLIT * along.amax(dim=1, keepdim=True)
            parts = divide(cells.low[split], cells.high[split], wide)
            cells = cells.take(kept) + self._integrate(*parts)

    def _needed(self, path: list[Step], share: float) -> Tensor:
        """Points (c,) that each integral needs, where these are more than max_points; else 0.

        The rate is read over the last half of the points, past this share of the patience only.
        """
        points, error = path[-1]
        before = [step for step in path if 2 * step[0] <= points]
        if points < share * self.patience * len(NODES) ** self.p.dim or not before:
            return torch.zeros_like(error)
        rate = (before[-1][1] / error).log() / math.log(points / before[-1][0])
        needed = points * (error.log() / rate.clamp(min=0.0)).exp()
        slow = (error > 1) & (rate < _SLOW) & (needed > self.max_points)
        return torch.where(slow, needed, torch.zeros_like(needed))

    def warnings(self, which: int, beyond: Tensor) -> list[str]:
        """Say what went short of the tolerance in one of the integrals."""
        words = []
        if bool(beyond.isinf().any()):
            words.append("the integrand does not decay outwards: the divergence may be infinite")
        needed = float(self.forecast[which])
        if self.points >= self.max_points:
            words.append(f"stopped at max_points = {self.max_points}")
        elif needed:
            words.append(
                f"stopped at {self.points} points: as the error falls across kinks and jumps, the "
                f"tolerance would take {needed:.1g}, more than max_points; in Python a greater "
                "patience= of method='tensor' gives a smaller error"
            )
        return words


def _wide(cells: Cells) -> Tensor:
    """Whether each side (n, d) still holds enough floats to be halved."""
    size = torch.maximum(cells.low.abs(), cells.high.abs())
    return (cells.high - cells.low) > 1e5 * _EPS * size


def _complain(x: Tensor, values: Tensor) -> None:
    """Name the point at which a density, or the integrand, is not finite."""
    row = int((~values.isfinite().all(dim=1)).nonzero()[0, 0])
    point, (*integrands, p, q) = x[row].tolist(), values[row].tolist()
    if math.isnan(p) or math.isnan(q):
        raise ValueError(f"the density of {'p' if math.isnan(p) else 'q'} is NaN at {point}.")
    if math.isinf(p) or math.isinf(q):
        raise NotApplicableError(f"a density is infinite at {point}, where tensor nodes lie.")
    value = next(value for value in integrands if not math.isfinite(value))
    raise NotApplicableError(
        f"the integrand is {value} at {point}, where the densities are {p:.3g} and {q:.3g}: the "
        "divergence is infinite if that holds on a set of positive measure."
    )
