r"""Maximum likelihood of a decoder, its integral over codes summed: no bound stands in between.

    max over θ of E_x log Σ_j w_j p_θ(x|z_j),

z_j and w_j the nodes of a grid of codes. What a VAE bounds from below is here the objective
itself, which a code of one or two coordinates allows. Its optimum is the least KL(p ‖ p_θ).
"""

from __future__ import annotations

import torch

from divkit.generators.decoders import Decoder
from divkit.generators.latent import normal_grid
from divkit.types import Tensor


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
