r"""An expectation is a weighted set of points: the population and a sample are one type.

A game's value is V = Σ_i a_i φ(f(x_i)) + b_i ψ(f(x_i)), f a critic's logit. On samples a is 1/n on
the real points and 0 on the others. On the population the same nodes carry both laws,
a_i = w_i p(x_i) and b_i = w_i q(x_i), with quadrature weights w in one and two dimensions, and
beyond them w = 1/(N m(x_i)) at points drawn from m = (p+q)/2. Then a_i/b_i is the true ratio at
every node, so that a critic equal to log p − log q there maximises the sum whatever the nodes
are: the population objective of a finite number of nodes has no noise in its labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class WeightedPoints:
    """Points (n, d) with the weights (n,) of E_p and of E_q; `log_ratio` where it is known."""

    x: Tensor
    p_weight: Tensor
    q_weight: Tensor
    log_ratio: Tensor | None = None
    origin: str = ""

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return int(self.x.shape[-1])

    def __len__(self) -> int:
        return int(self.x.shape[-2])

    @property
    def weight(self) -> Tensor:
        """The weight of each point under m = (p + q)/2, times 2."""
        return self.p_weight + self.q_weight

    def to(self, device: str | torch.device) -> WeightedPoints:
        """The same points on another device."""
        ratio = None if self.log_ratio is None else self.log_ratio.to(device)
        return WeightedPoints(
            self.x.to(device),
            self.p_weight.to(device),
            self.q_weight.to(device),
            ratio,
            self.origin,
        )

    def heavier_than(self, mass: float) -> WeightedPoints:
        """The points whose weight a + b exceeds `mass`."""
        keep = self.weight > mass
        ratio = None if self.log_ratio is None else self.log_ratio[keep]
        a, b = self.p_weight[keep], self.q_weight[keep]
        return WeightedPoints(self.x[keep], a, b, ratio, self.origin)

    def standardiser(self) -> tuple[Tensor, Tensor]:
        """Per coordinate the weighted median (d,) and half the 16 % to 84 % range (d,) under m.

        Quantiles exist for every law, the Cauchy too. A range of 0 gives way to the standard
        deviation, and that of a constant coordinate to 1.
        """
        mass = self.weight / self.weight.sum()
        columns = [_quantiles(column, mass) for column in self.x.mT]
        low, middle, high = torch.stack(columns, dim=1)
        mean = mass @ self.x
        deviation = (mass @ (self.x - mean) ** 2).sqrt()
        spread = torch.where(high > low, 0.5 * (high - low), deviation)
        return middle, torch.where(spread > 0, spread, torch.ones_like(spread))


def _quantiles(column: Tensor, mass: Tensor) -> Tensor:
    """The weighted 16 %, 50 % and 84 % quantiles."""
    values, order = column.sort()
    levels = column.new_tensor([0.16, 0.5, 0.84])
    at = torch.searchsorted(mass[order].cumsum(0), levels)
    return values[torch.minimum(at, torch.full_like(at, len(values) - 1))]


def from_samples(x: Tensor, y: Tensor) -> WeightedPoints:
    """The sample objective: x (n, d) real, y (m, d) from the other law, weights 1/n and 1/m."""
    n, m = len(x), len(y)
    a = torch.cat([x.new_full((n,), 1 / n), x.new_zeros(m)])
    b = torch.cat([x.new_zeros(n), x.new_full((m,), 1 / m)])
    return WeightedPoints(torch.cat([x, y]), a, b, None, f"{n} + {m} samples")


def from_nodes(x: Tensor, w: Tensor, lp: Tensor, lq: Tensor, origin: str) -> WeightedPoints:
    """The population objective on quadrature nodes: weights w·p and w·q; empty nodes dropped."""
    mass = w * torch.logaddexp(lp, lq).exp()
    keep = mass > 0
    x, w, lp, lq = x[keep], w[keep], lp[keep], lq[keep]
    return WeightedPoints(x, w * lp.exp(), w * lq.exp(), lp - lq, origin)


def from_mixture_draws(x: Tensor, lp: Tensor, lq: Tensor, origin: str) -> WeightedPoints:
    """The population objective on N draws from m = (p+q)/2: a = 2σ(l)/N, b = 2σ(−l)/N."""
    ratio = lp - lq
    return WeightedPoints(
        x,
        torch.sigmoid(ratio) * (2 / len(x)),
        torch.sigmoid(-ratio) * (2 / len(x)),
        ratio,
        origin,
    )
