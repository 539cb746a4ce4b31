r"""Maximum likelihood of a decoder, its integral over codes summed: no bound stands in between.

    max over θ of E_x log Σ_j w_j p_θ(x|z_j),

z_j and w_j the nodes of a grid of codes. What a VAE bounds from below is here the objective
itself, which a code of one or two coordinates allows. Its optimum is the least KL(p ‖ p_θ).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from divkit.distributions.base import Law
from divkit.gan.batches import Batches, descend
from divkit.gan.decoders import Decoder
from divkit.gan.latent import normal_grid
from divkit.rng import RandomState, as_generator
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class MarginalStep:
    """State after a step.

    Attributes
    ----------
    index : steps so far.
    log_likelihood : E log p_θ(x) on this step's batch, in nats.
    theta : the decoder's parameters (P,).
    decoder : what they belong to.
    """

    index: int
    log_likelihood: float
    theta: Tensor
    decoder: Decoder

    def law(self) -> Law:
        """The decoder's law under the prior."""
        return self.decoder.law(self.theta)


def log_marginal(decoder: Decoder, theta: Tensor, x: Tensor, grid: int) -> Tensor:
    """Log p_θ(x) at points (n, d), summed over `grid` codes along each axis, (n,).

    Raises
    ------
    ValueError
        If the grid has too many points.
    """
    z, weight = normal_grid(decoder.code, grid)
    given = decoder.log_likelihood(theta, z, x[:, None, :])  # (n, codes)
    return torch.logsumexp(given + weight.log(), dim=-1)


def train_marginal(
    decoder: Decoder, data: Batches, rate: float = 3e-3, grid: int = 128, rng: RandomState = None
) -> Iterator[MarginalStep]:
    """Yield a state after each step of Adam on the log likelihood, without end.

    Parameters
    ----------
    decoder : what is trained.
    data : the points of each step, with their weights.
    rate : of Adam.
    grid : codes along each axis.
    rng : of the start and the batches.

    Raises
    ------
    ArithmeticError
        If the likelihood is not finite; the states yielded before are good.
    """
    source = as_generator(rng)
    theta = decoder.start(source).requires_grad_()
    solver = torch.optim.Adam([theta], lr=rate)
    index = 0
    while True:
        index += 1
        x, weight = data(source)
        value = log_marginal(decoder, theta, x, grid) @ weight
        descend(solver, theta, -value, index)
        yield MarginalStep(index, float(value.detach()), theta.detach().clone(), decoder)
