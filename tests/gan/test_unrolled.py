"""The slope through steps ahead, against modules, autograd and loops written out here."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.functional import softplus

from divkit.distributions.toys import ring
from divkit.gan import SGD, Options, Penalties, Ramp
from divkit.generators.network import NetworkGenerator
from divkit.training.gan.critic import NetworkCritic
from divkit.training.gan.training import GanTraining
from divkit.training.losses import LOSSES

G, C = NetworkGenerator(hidden=(6,)), NetworkCritic(2, (6,))


def by_hand(setup):
    """One member's step of G as Metz et al. write it: every step ahead is one of D's."""
    o, kept = setup.options, setup.options.penalties
    start, (batch,) = setup.begin(), setup.draws(0)
    critic = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1)).double()
    names = [name for name, _ in critic.named_parameters()]
    shapes = [p.shape for p in critic.parameters()]

    def out(theta, x):
        parts = theta.split([shape.numel() for shape in shapes])
        named = {n: part.reshape(s) for n, part, s in zip(names, parts, shapes, strict=True)}
        return functional_call(critic, named, (x,))[:, 0]

    def slopes(theta, x):
        x = x if x.requires_grad else x.clone().requires_grad_()
        return torch.autograd.grad(out(theta, x).sum(), x, create_graph=True)[0]

    def earned(theta, x, y):
        v = -softplus(-out(theta, x)).mean() - softplus(out(theta, y)).mean()
        v = v - 0.5 * kept.r1 * slopes(theta, x).square().sum(1).mean()
        v = v - 0.5 * kept.r2 * slopes(theta, y).square().sum(1).mean()
        if kept.gradient:
            between = batch.mix[0] * x + (1 - batch.mix[0]) * y
            v = v - kept.gradient * (slopes(theta, between).norm(dim=1) - 1).square().mean()
        return v

    def ascended(theta, y, rate, graph):
        theta = theta if theta.requires_grad else theta.clone().requires_grad_()
        (up,) = torch.autograd.grad(earned(theta, x, y), theta, create_graph=graph)
        moved = theta + rate * up
        return moved if kept.clip is None else moved.clamp(-kept.clip, kept.clip)

    theta_g = start.generator[0].clone().requires_grad_()
    noise = o.noise(0.0)
    jitter = torch.zeros(64, 2).double() if batch.jitter is None else batch.jitter[0]
    x, y = (
        batch.real[0] + noise * jitter[:32],
        G.push(theta_g, batch.latent[0])[0] + noise * jitter[32:],
    )
    theta = ascended(start.critic[0], y.detach(), 0.1, False).detach()
    for _ in range(o.unroll):
        theta = ascended(theta, y, o.unroll_rate, True)
    (slope,) = torch.autograd.grad(softplus(-out(theta, y)).mean(), theta_g)
    return start.generator[0] - slope


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"noise": Ramp(0.5, 0.0)},
        {"penalties": Penalties(r1=3.0)},
        {"penalties": Penalties(r2=3.0, gradient=1.0)},
        {"penalties": Penalties(r1=1.0, r2=0.5, gradient=2.0, clip=0.4), "noise": Ramp(0.3, 0.3)},
    ],
    ids=["plain", "noise", "r1", "r2 and gradient", "all and clip"],
)
def test_steps_ahead_are_those_that_the_critic_will_take(choices):
    options = Options(
        steps=1, batch=32, unroll=3, unroll_rate=0.5, critic_rate=SGD(0.1),
        generator_rate=SGD(1.0), **choices,
    )  # fmt: skip
    setup = GanTraining(ring(8, 1.0, 0.1), LOSSES["gan"], G, C, options)
    found = setup.step(setup.begin()).generator[0]
    torch.testing.assert_close(found, by_hand(setup), rtol=1e-10, atol=1e-13)
