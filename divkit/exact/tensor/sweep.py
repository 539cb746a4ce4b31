"""One run of a tensor quadrature: seed, grow outwards, refine where the error is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.divergences.base import FDivergence
from divkit.exact.method import NotApplicableError
from divkit.exact.tensor import seed
from divkit.exact.tensor.rule import NODES, Cells, Integrand, cut, halve, integrate, shell
from divkit.exact.tensor.seed import Pair
from divkit.types import Tensor

_EPS = float(np.finfo(float).eps)
_SHELLS = 80
_LACK = 1e-12


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
        """Return the boxes with their integrals, and what is left beyond the last shell, (c,).

        Where mass is missing, a heavy tail along one axis was passed over between the nodes of
        another: the second run resolves each feature's place on every axis all the way out.
        """
        cells, beyond = self._run(axiswise=False)
        lack = (cells.value[:, 1:].sum(dim=0) - 1).abs() - cells.error[:, 1:].sum(dim=0)
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
            values = torch.stack([self.divergence.integrand(lp, lq), lp.exp(), lq.exp()], dim=1)
            if not bool(values.isfinite().all()):
                _complain(x, values)
            return values

        return integrand

    def _grow(
        self, cells: Cells, box: Pair, hull: Tensor, first: Callable[[Tensor, Tensor], Pair]
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
        """Halve the boxes that carry the error until it is below the tolerance."""
        while True:
            cost = cells.gaps / (share * self._target(cells))  # (n, d, c)
            cost = cost * _wide(cells)[:, :, None]
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
        words = []
        if bool(beyond.isinf().any()):
            words.append("the integrand does not decay outwards: the divergence may be infinite")
        if self.points >= self.max_points:
            words.append(f"stopped at max_points = {self.max_points}")
        return words


def _wide(cells: Cells) -> Tensor:
    """Whether each side (n, d) still holds enough floats to be halved."""
    size = torch.maximum(cells.low.abs(), cells.high.abs())
    return (cells.high - cells.low) > 1e5 * _EPS * size


def _complain(x: Tensor, values: Tensor) -> None:
    """Name the point at which a density, or the integrand, is not finite."""
    row = int((~values.isfinite().all(dim=1)).nonzero()[0, 0])
    point, (value, p, q) = x[row].tolist(), values[row].tolist()
    if math.isnan(p) or math.isnan(q):
        raise ValueError(f"the density of {'p' if math.isnan(p) else 'q'} is NaN at {point}.")
    if math.isinf(p) or math.isinf(q):
        raise NotApplicableError(f"a density is infinite at {point}, where tensor nodes lie.")
    raise NotApplicableError(
        f"the integrand is {value} at {point}, where the densities are {p:.3g} and {q:.3g}: the "
        "divergence is infinite if that holds on a set of positive measure."
    )
