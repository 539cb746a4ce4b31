r"""The generator's slope through steps that the critic has yet to take (Metz et al. 2017).

    θ_D^0 = θ_D,  θ_D^{k+1} = θ_D^k + η ∇[V(θ_D^k, θ_G) − penalties],  G descends loss(θ_D^K, θ_G),

with the derivative taken through all K steps (their equation 7). The steps ahead are those that
the critic will take: instance noise, penalties and clipped weights enter as they do there. It
needs second derivatives of every kind, so that autograd follows it.
"""

from __future__ import annotations

import torch

from divkit.training.gan.draws import Minibatch
from divkit.training.gan.penalties import clipped, taken
from divkit.training.gan.setup import Setup
from divkit.types import Tensor


def unrolled_slope(
    setup: Setup, theta_g: Tensor, theta_d: Tensor, batch: Minibatch, x: Tensor, t: float
) -> Tensor:
    """∂/∂θ_G of G's loss against the critic that K steps from θ_D lead to, (E, P).

    x has its instance noise already; the fakes get theirs here. t is the share of the training
    that is over.
    """
    loss, critic, o = setup.loss, setup.critic, setup.options
    kept = o.penalties
    with torch.enable_grad():
        free = theta_g.detach().requires_grad_(True)
        ahead = theta_d.detach().requires_grad_(True)
        y, b = setup.generator.push(free, batch.latent)
        if batch.jitter is not None:
            y = y + o.noise(t) * batch.jitter[..., x.shape[-2] :, :]
        a = x.new_full((x.shape[-2] // critic.pack,), critic.pack / x.shape[-2])
        b = a if critic.pack > 1 else b
        for _ in range(o.unroll):
            value = loss.value(critic.logits(ahead, x), critic.logits(ahead, y), a, b)
            value = value - taken(critic, ahead, (x, y), (a, b), batch.mix, kept, t)
            (slope,) = torch.autograd.grad(value.sum(), ahead, create_graph=True)
            ahead = clipped(ahead + o.unroll_rate * slope, kept.clip)
        lost = loss.generator_loss(critic.logits(ahead, x), critic.logits(ahead, y), b)
        return torch.autograd.grad(lost.sum(), free)[0].detach()
