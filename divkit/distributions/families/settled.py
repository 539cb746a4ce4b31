"""One side of a law whose density is a sum on nodes, with a step that half of it confirms."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import ClassVar

import torch

from divkit.types import Tensor

_EPS = sys.float_info.epsilon
_PROBES = torch.cat(
    [torch.zeros(1, dtype=torch.float64), torch.logspace(-6, 12, 91, dtype=torch.float64)]
)


class SettledSide:
    """The density at z ≥ 0 by a rule whose step is halved until nothing moves.

    A law has `_density`, its leading power far out, and the z from which on that is all of it.
    """

    widest: ClassVar[float]
    narrowest: ClassVar[float]
    chunk: ClassVar[int]

    def _density(self, z: Tensor, step: float) -> tuple[Tensor, Tensor]:
        """p at z ≥ 0 and the sum of the moduli of its terms, both (n,)."""
        raise NotImplementedError

    @property
    def _far(self) -> float:
        """The z from which on the density is its leading power."""
        raise NotImplementedError

    def _leading(self, z: Tensor) -> Tensor:
        """log of the leading power, (n,)."""
        raise NotImplementedError

    @property
    def _probes(self) -> Tensor:
        """Points from 0 on where the rule is asked."""
        return _PROBES

    @cached_property
    def _settled(self) -> tuple[float, float]:
        """The widest step that half of it confirms on many points, and what is left."""
        probes = self._probes
        step, (before, _) = self.widest, self._density(probes, self.widest)
        while True:
            now, size = self._density(probes, step / 2)
            left = float(((now - before).abs() / size).max())
            if left < 4 * _EPS or step < self.narrowest:
                return step, float(((now - before).abs() / now).max())
            step, before = step / 2, now

    @cached_property
    def rounding(self) -> float:
        """Error of the density as a share of it, at its worst of many points."""
        step, left = self._settled
        density, size = self._density(self._probes, step)
        return left + 8 * _EPS * float((size / density).max())

    def log_density(self, z: Tensor) -> Tensor:
        """log p at z ≥ 0, (n,)."""
        far = z > self._far
        step, _ = self._settled
        parts = torch.where(far, 1.0, z).split(self.chunk)
        near = torch.cat([self._density(part, step)[0] for part in parts])
        return torch.where(far, self._leading(torch.where(far, z, 1.0)), torch.log(near))
