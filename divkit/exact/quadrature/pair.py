"""The field of two laws: several integrands of a pair, their rounding, and both masses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from divkit.distributions.base import Law1D
from divkit.divergences.stable import times
from divkit.exact.quadrature.fields import ROUNDOFF, Integrand, log_density, log_error
from divkit.exact.quadrature.push import Nodes
from divkit.exact.quadrature.rule import Values
from divkit.types import Tensor


@dataclass(frozen=True)
class PairField:
    """Values of m integrands g of two laws: [g …, p, q, (|∂g/∂log p|, |∂g/∂log q|) …].

    Where a law is doubtful, two more for each: how wrong g may be, and g itself where it is in
    doubt. The densities, which cost most, are computed once for all.
    """

    p: Law1D
    q: Law1D
    integrands: tuple[Integrand, ...]

    @property
    def doubtful(self) -> bool:
        """Whether either law's log density may fail inside its support."""
        return self.p.doubtful or self.q.doubtful

    @property
    def groups(self) -> list[list[int]]:
        """The rows [g, p, q, |∂g/∂log p|, |∂g/∂log q|] of each integrand, and the two of doubt."""
        m = len(self.integrands)
        pairs = [m + 2, 3 * m + 2][: 1 + self.doubtful]
        return [
            [k, m, m + 1, *(at + 2 * k + side for at in pairs for side in (0, 1))]
            for k in range(m)
        ]

    def only(self, which: Sequence[int]) -> PairField:
        """The field of those integrands."""
        return replace(self, integrands=tuple(self.integrands[k] for k in which))

    def __call__(self, anchor: float, offset: Tensor) -> Values:
        """The integrands with their rounding."""
        return self.values(*self.parts(anchor, offset))

    def parts(self, anchor: float, offset: Tensor) -> tuple[Tensor, ...]:
        """log p, log q and their errors at anchor + offset; the doubts of both, if there are."""
        lp = log_density(self.p, "p", anchor, offset)
        lq = log_density(self.q, "q", anchor, offset)
        errors = log_error(self.p, lp, anchor, offset), log_error(self.q, lq, anchor, offset)
        if not self.doubtful:
            return lp, lq, *errors
        return lp, lq, *errors, self.p._doubt_at(anchor, offset), self.q._doubt_at(anchor, offset)

    def values(
        self, lp: Tensor, lq: Tensor, error_p: Tensor, error_q: Tensor, *doubts: Tensor
    ) -> Values:
        """The integrands with their rounding, from what `parts` are at nodes."""
        nodes = Nodes(lp, lq)
        error = error_p + error_q
        hidden, known = nodes.hidden(error), bool(error.isfinite().all())
        weigh = torch.mul if known else times  # 0 · inf = 0
        heights = [each.at(nodes) for each in self.integrands]
        slopes = [
            part
            for each, g in zip(self.integrands, heights, strict=True)
            for part in each.push(nodes, g)
        ]
        tall, steep = torch.stack(heights), torch.stack(slopes).abs()  # (m, n, k), (2m, n, k)
        errors = torch.stack([error_p, error_q])
        moved = weigh(steep.view(len(heights), *errors.shape), errors).sum(dim=1)
        noise = torch.add(moved, tall.abs(), alpha=10 * ROUNDOFF)
        if hidden is not None:
            noise += torch.stack(
                [torch.as_tensor(each.unseen(hidden)) for each in self.integrands]
            )
        masses = torch.stack([nodes.p, nodes.q])
        dark = self._in_doubt(lp, lq, heights, doubts) if doubts else []
        nothing = lp.new_zeros(len(steep) + len(dark), *lp.shape)
        kinks = tuple(k for k, each in enumerate(self.integrands) if each.kinked)
        return Values(
            torch.cat([tall, masses, steep, *(row[None] for row in dark)]),
            torch.cat([noise, weigh(masses, errors), nothing]),
            nodes.ratio if kinks else None,
            kinks,
            len(heights) + 2,
        )

    def _in_doubt(
        self, lp: Tensor, lq: Tensor, heights: list[Tensor], doubts: Sequence[Tensor]
    ) -> list[Tensor]:
        pairs = zip(self.integrands, heights, strict=True)
        doubt_p, doubt_q = doubts
        return [
            row for each, g in pairs for row in in_doubt(each.value, lp, lq, g, doubt_p, doubt_q)
        ]


def in_doubt(
    value: Callable[[Tensor, Tensor], Tensor],
    lp: Tensor,
    lq: Tensor,
    g: Tensor,
    doubt_p: Tensor,
    doubt_q: Tensor,
) -> tuple[Tensor, Tensor]:
    """Distance of g from its values with both log densities moved by their doubts; g in doubt.

    A doubt reaches down in full, and up by a tenth: a continued tail is known to be a tail. An
    infinite one reaches down only: the density is not known to be positive there.
    """
    moved = [value(lp + up_p, lq + up_q) for up_p in _moves(doubt_p) for up_q in _moves(doubt_q)]
    gaps = [torch.where(other == g, torch.zeros_like(g), (other - g).abs()) for other in moved]
    doubted = (doubt_p > 0) | (doubt_q > 0)
    nothing = torch.zeros_like(g)
    return (
        torch.where(doubted, torch.stack(gaps).amax(dim=0), nothing),
        torch.where(doubted, g, nothing),
    )


def _moves(doubt: Tensor) -> tuple[Tensor, Tensor]:
    return torch.where(doubt < math.inf, 0.1 * doubt, torch.zeros_like(doubt)), -doubt
