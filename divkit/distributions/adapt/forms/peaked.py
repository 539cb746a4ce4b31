"""Integrals of e^{−depth} over a line, where depth has its only minimum, 0, at 0."""

from __future__ import annotations

from typing import ClassVar

import torch

from divkit.types import Tensor

DEEP = 42.0
"""e^{−42} is no part of a float."""


class PeakedIntegral:
    """log ∫ e^{−depth(s)} ds by the trapezoidal rule between the places where it has fallen off.

    A law has `_depth`, the parameter of its points, and between which logs of |s| it is as deep
    as `DEEP`. `count` intervals are taken.
    """

    count: int
    halvings: ClassVar[int]

    def _depth(self, s: Tensor, t: Tensor) -> Tensor:
        """Minus the log of the integrand, which rises from 0 on both sides."""
        raise NotImplementedError

    def _bracket(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Logs of |s| where the depth is not yet, and is, as large as `DEEP`."""
        raise NotImplementedError

    def _log_integral(self, t: Tensor) -> Tensor:
        first, last = (self._reach(t.detach(), side) for side in (-1, 1))
        step = (last - first) / self.count
        places = torch.arange(self.count + 1, dtype=t.dtype)
        s = first[:, None] + step[:, None] * places  # (n, count + 1)
        return torch.log(torch.exp(-self._depth(s, t[:, None])).sum(dim=1) * step)

    def _reach(self, t: Tensor, side: int) -> Tensor:
        """s on a side of 0 beyond which the integrand is none of the integral."""
        inner, outer = self._bracket(t)
        for _ in range(self.halvings):
            middle = 0.5 * (inner + outer)
            deep = self._depth(side * torch.exp(middle), t) > DEEP
            inner, outer = torch.where(deep, inner, middle), torch.where(deep, middle, outer)
        return side * torch.exp(outer)
