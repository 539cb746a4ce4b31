r"""Penalties on a critic's slope, and the two ways in which its weights are held.

R1 = ½γ E_p|∇f|², R2 = ½γ E_q|∇f|², and the gradient penalty λ E(|∇f| − 1)² at points between real
ones and fakes. With s_i = ∇f(x_i), each penalty's derivative in θ is that of Σ v_i·∂f/∂x_i with
v_i = ∂penalty/∂s_i held fixed, which a critic's `curve` gives.
"""

from __future__ import annotations

import torch

from divkit.training.gan.critic import CriticSweep, PlayedCritic
from divkit.training.options import Penalties, at
from divkit.types import Tensor


def slopes_of(sweep: CriticSweep) -> Tensor:
    """∇f at each point (..., n, d), of a pack's logit with respect to each of its points."""
    return sweep.points(torch.ones_like(sweep.logits))


def slope_penalty(sweep: CriticSweep, kept: Penalties, a: Tensor, b: Tensor, t: float) -> Tensor:
    """∂(R1 + R2)/∂θ of a sweep over real points and then fakes.

    a and b are the weights of their logits, (packs,) or (E, packs); t is the share of the training
    that is over.
    """
    slopes = slopes_of(sweep)  # (E, n + m, d)
    pack = slopes.shape[-2] // sweep.logits.shape[-1]
    shape = sweep.logits.shape[:-1]
    real = (at(kept.r1, t) * a).expand(*shape, a.shape[-1])
    fake = (at(kept.r2, t) * b).expand(*shape, b.shape[-1])
    weight = torch.cat([real, fake], -1).repeat_interleave(pack, -1)
    return sweep.curve(weight[..., None] * slopes)


def gradient_penalty(
    critic: PlayedCritic, theta: Tensor, x: Tensor, y: Tensor, u: Tensor, amount: float
) -> Tensor:
    """∂/∂θ of λE(|∇f| − 1)² at ux + (1 − u)y, one u (E, packs, 1) a pack."""
    packs = u.shape[-2]
    sweep = critic.sweep(theta, torch.lerp(y, x, u.repeat_interleave(critic.pack, -2)))
    slopes = slopes_of(sweep).unflatten(-2, (packs, critic.pack))
    norm = slopes.square().sum((-2, -1), keepdim=True).sqrt()
    pull = torch.where(norm > 0, 2 * amount * (norm - 1) / (packs * norm), torch.zeros_like(norm))
    return sweep.curve((pull * slopes).flatten(-3, -2))


def taken(
    critic: PlayedCritic,
    theta: Tensor,
    points: tuple[Tensor, Tensor],
    weight: tuple[Tensor, Tensor],
    mix: Tensor | None,
    kept: Penalties,
    t: float,
) -> Tensor:
    """All that penalties take from V (...,), by operations that autograd follows in θ and points.

    Points are real ones and fakes with the weights of their logits; mix as in a minibatch.
    """
    x, y = points
    lost = theta.new_zeros(theta.shape[:-1])
    for amount, seen, share in ((kept.r1, x, weight[0]), (kept.r2, y, weight[1])):
        if amount:
            squares = _squared_slopes(critic, theta, seen)
            lost = lost + 0.5 * at(amount, t) * (share * squares).sum(-1)
    if mix is not None:
        u = mix[..., : x.shape[-2] // critic.pack, :].repeat_interleave(critic.pack, -2)
        squares = _squared_slopes(critic, theta, torch.lerp(y, x, u))
        steep = squares > 0  # at 0 the norm has no slope
        norm = torch.where(steep, torch.where(steep, squares, 1).sqrt(), 0)
        lost = lost + kept.gradient * (norm - 1).square().mean(-1)
    return lost


def _squared_slopes(critic: PlayedCritic, theta: Tensor, x: Tensor) -> Tensor:
    """|∇f|² of each pack (..., n/pack), with a graph to θ and to the points."""
    seen = x if x.requires_grad else x.detach().requires_grad_(True)
    logits = critic.logits(theta, seen)
    (slopes,) = torch.autograd.grad(logits.sum(), seen, create_graph=True)
    found: Tensor = slopes.square().sum(-1).unflatten(-1, (-1, critic.pack)).sum(-1)
    return found


def clipped(theta: Tensor, clip: float | None) -> Tensor:
    """Every weight within ±clip."""
    return theta if clip is None else theta.clamp(-clip, clip)
