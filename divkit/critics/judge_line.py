r"""A judge on the line whose panels resolve the critic, however steep training made it.

The panels of the exact engine resolve the densities. A network that memorised its samples bends
between two of their nodes, so that they are split further until

    p φ(f) + q ψ(f)   and   p[φ(c*) − φ(f)] + q[ψ(c*) − ψ(f)]

are integrated to 1e-10, by the same refinement that serves divergences.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from divkit.critics.gap import pointwise_gap
from divkit.critics.judge_nodes import NodeJudge, Verdict, seen
from divkit.critics.payoff import payoffs
from divkit.critics.population import jsd_field, line_nodes
from divkit.distributions.base import Law1D
from divkit.exact.quadrature.fields import ROUNDOFF
from divkit.exact.quadrature.panels import Layout
from divkit.exact.quadrature.refine import Limits, refine
from divkit.exact.quadrature.rule import Values
from divkit.games import Game
from divkit.types import Critic, Kind, Tensor

_LIMITS = Limits(rounds=40, panels=3000, side=1e-10)


@dataclass(frozen=True, eq=False)
class LineJudge:
    """Panels to begin with, and the two orders of the rule on the panels of a critic."""

    p: Law1D
    q: Law1D
    game: Game
    plan: Layout
    orders: tuple[int, int]
    kind: Kind = "quadrature"
    resolves: bool = True

    def __call__(self, critic: Critic) -> Verdict:
        """Split panels for this critic, then measure it on them."""
        field = CriticField(self.p, self.q, self.game, critic)
        refined = refine(field, self.plan, _LIMITS, sides=2)
        plan = replace(self.plan, panels=refined.sums.panels)
        rough, fine = (line_nodes(self.p, self.q, plan, order) for order in self.orders)
        return NodeJudge(self.game, fine, rough, self.kind)(critic)


@dataclass(frozen=True, eq=False)
class CriticField:
    """Values of the integrands of JSD, of V(D) and of its gap at nodes of the line."""

    p: Law1D
    q: Law1D
    game: Game
    critic: Critic

    def __call__(self, anchor: float, offset: Tensor) -> Values:
        """The three integrands with their rounding."""
        best = jsd_field(self.p, self.q)(anchor, offset)
        lp, lq = (law.log_prob_at(anchor, offset) for law in (self.p, self.q))
        a, b = lp.exp(), lq.exp()
        empty = (a == 0) & (b == 0)
        x = (anchor + offset).reshape(-1, 1)
        f = seen(self.critic, x, ~empty.reshape(-1)).reshape(offset.shape)
        both = payoffs(self.game, f, a, b)
        ratio = torch.where(empty, 0.0, lp - lq)
        lack = torch.where(empty, 0.0, pointwise_gap(self.game, ratio, f, a, b))
        noise = 16 * ROUNDOFF * (both.abs().sum(0) + torch.where(empty, 0.0, (a + b) * f.abs()))
        return Values(
            torch.cat([best.integrands[:1], both.sum(0)[None], lack[None]]),
            torch.cat([best.noise[:1], noise[None], noise[None]]),
        )
