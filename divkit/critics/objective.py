r"""What a critic maximises: an expectation is a weighted set of points.

    V(c) = Σ_i v_i a(c(x_i)) + Σ_i w_i b(c(x_i))

with v_i the weight of point i under P and w_i under Q. Quadrature nodes x_i with v_i = p(x_i) h_i
and w_i = q(x_i) h_i make the population objective (m = ∞); m samples of each make the sample
objective, where a point of P has v = 1/m, w = 0. A trainer cannot tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from divkit.distributions.base import Law
from divkit.games import GAN, Game
from divkit.types import Critic, Tensor


@dataclass(frozen=True)
class Objective:
    """V of a critic on weighted points.

    Attributes
    ----------
    points : (n, d) float64.
    on_p, on_q : weights (n,) under P and under Q, each summing to about 1.
    game : the payoffs.
    """

    points: Tensor
    on_p: Tensor
    on_q: Tensor
    game: Game = GAN

    def __call__(self, critic: Critic) -> Tensor:
        """V(critic), differentiable."""
        return self.of_outputs(critic(self.points))

    def of_outputs(self, c: Tensor) -> Tensor:
        """V, given the critic's outputs (n,) at the points."""
        return self.on_p @ self.game.on_p(c) + self.on_q @ self.game.on_q(c)


def population(p: Law, q: Law, nodes: Tensor, weights: Tensor, game: Game = GAN) -> Objective:
    """The objective at m = ∞, on quadrature nodes (n, d) with Lebesgue weights (n,)."""
    v, w = p.log_prob(nodes).exp() * weights, q.log_prob(nodes).exp() * weights
    return Objective(nodes, v, w, game)


def samples(x: Tensor, y: Tensor, game: Game = GAN) -> Objective:
    """The objective of samples x (m, d) of P and y (n, d) of Q.

    Raises
    ------
    ValueError
        If a sample is empty, or the dimensions differ.
    """
    if len(x) == 0 or len(y) == 0 or x.shape[1:] != y.shape[1:]:
        raise ValueError(
            "both samples need at least one row and the same dimension; "
            f"got shapes {tuple(x.shape)} and {tuple(y.shape)}."
        )
    on_p = torch.cat([torch.full((len(x),), 1 / len(x)), torch.zeros(len(y))])
    on_q = torch.cat([torch.zeros(len(x)), torch.full((len(y),), 1 / len(y))])
    return Objective(torch.cat([x, y]), on_p.to(x.dtype), on_q.to(x.dtype), game)
