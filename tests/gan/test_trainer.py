"""The loop against the plain one that people write, and its options one by one."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from divkit.critics.mlp import MLP
from divkit.critics.points import from_samples
from divkit.distributions import Normal
from divkit.distributions.toys import ring
from divkit.games import GAN
from divkit.generators import AffineGenerator, MixtureGenerator
from divkit.generators.network import NetworkGenerator
from divkit.training.gan.critic import AutogradCritic, NetworkCritic
from divkit.training.gan.spectral import SpectralCritic
from divkit.training.gan.training import GanTraining
from divkit.training.losses import LOSSES, Loss
from divkit.training.optimisers import SGD, AdamOptimiser
from divkit.training.options import Options, Penalties, Ramp
from divkit.training.run import walk
from divkit.training.state import TrainingDivergedError

P = ring(8, 1.0, 0.1)
G, C = NetworkGenerator(hidden=(8, 8)), NetworkCritic(2, (8, 8))


def made(game="gan", generator=G, critic=C, p=P, **choices):
    options = Options(**{"steps": 5, "batch": 16, **choices})
    return GanTraining(p, LOSSES[game], generator, critic, options)


def final(setup):
    *_, (state, _) = walk(setup)
    return state


def as_module(network, theta):
    """The same perceptron as a PyTorch user writes it."""
    layers = []
    for k, (weight, bias) in enumerate(network.layers(theta)):
        layer = nn.Linear(weight.shape[1], weight.shape[0], dtype=theta.dtype)
        layer.weight.data.copy_(weight)
        layer.bias.data.copy_(bias[:, 0])
        layers += [layer] if k == len(network.shapes) - 1 else [layer, nn.LeakyReLU(0.2)]
    if network.activation.name == "tanh":
        layers = [nn.Tanh() if isinstance(one, nn.LeakyReLU) else one for one in layers]
    return nn.Sequential(*layers)


def flat(module):
    return torch.cat([part.detach().flatten() for part in module.parameters()])


@pytest.mark.parametrize("penalty", [0.0, 0.5])
def test_a_training_is_that_of_the_plain_loop(penalty):
    setup = made(steps=20, penalties=Penalties(r1=penalty))
    state = setup.begin()
    g, d = as_module(G.network, state.generator[0]), as_module(C.network, state.critic[0])
    adam_g = torch.optim.Adam(g.parameters(), 1e-3, betas=(0.5, 0.999))
    adam_d = torch.optim.Adam(d.parameters(), 1e-3, betas=(0.5, 0.999))
    for k in range(20):
        (batch,) = setup.draws(k)
        x, y = batch.real[0].clone().requires_grad_(True), g(batch.latent[0])
        real = d(x)
        loss = softplus(-real).mean() + softplus(d(y.detach())).mean()
        if penalty:
            (slope,) = torch.autograd.grad(real.sum(), x, create_graph=True)
            loss = loss + 0.5 * penalty * slope.square().sum(-1).mean()
        adam_d.zero_grad()
        loss.backward()
        adam_d.step()
        adam_g.zero_grad()
        softplus(-d(y)).mean().backward()
        adam_g.step()
    last = final(setup)
    torch.testing.assert_close(last.generator[0], flat(g), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(last.critic[0], flat(d), rtol=1e-9, atol=1e-12)


def test_members_of_an_ensemble_do_not_mix():
    together = final(made(seeds=(3, 4)))
    start = made(seeds=(4,)).begin()
    assert torch.equal(start.generator[0], made(seeds=(3, 4)).begin().generator[1])
    other = made(seeds=(3, 4))
    state = other.begin()
    state = replace(state, generator=state.generator * torch.tensor([[5.0], [1.0]]))
    *_, (state, _) = walk(other, state)
    assert torch.equal(state.generator[1], together.generator[1])
    assert not torch.equal(state.generator[0], together.generator[0])


@pytest.mark.sweep(4)
@pytest.mark.parametrize("game", list(LOSSES))
def test_every_game_moves_both_sides_as_autograd_says(game):
    setup = made(game, order="simultaneous", steps=1)
    setup = replace(setup, options=replace(setup.options, generator_rate=SGD(), critic_rate=SGD()))
    start = setup.begin()
    state = setup.step(start)
    (batch,), loss = setup.draws(0), setup.loss
    theta_g = start.generator.clone().requires_grad_(True)
    theta_d = start.critic.clone().requires_grad_(True)
    y, b = G.push(theta_g, batch.latent)
    a = torch.full((16,), 1 / 16, dtype=torch.float64)
    real, fake = C.logits(theta_d, batch.real), C.logits(theta_d, y)
    (up,) = torch.autograd.grad(loss.value(real, fake, a, b).sum(), theta_d, retain_graph=True)
    (down,) = torch.autograd.grad(loss.generator_loss(real, fake, b).sum(), theta_g)
    torch.testing.assert_close(state.critic - start.critic, 0.01 * up, rtol=1e-9, atol=1e-14)
    torch.testing.assert_close(
        state.generator - start.generator, -0.01 * down, rtol=1e-9, atol=1e-14
    )


def test_gradient_penalty_is_autograds():
    setup = made("wgan", steps=1, critic_rate=SGD(1.0), penalties=Penalties(gradient=10.0))
    start = setup.begin()
    state = setup.step(start)
    (batch,) = setup.draws(0)
    theta = start.critic.clone().requires_grad_(True)
    y, _ = G.push(start.generator, batch.latent)
    between = (batch.mix * batch.real + (1 - batch.mix) * y).requires_grad_(True)
    (slope,) = torch.autograd.grad(C.logits(theta, between).sum(), between, create_graph=True)
    value = C.logits(theta, batch.real).mean() - C.logits(theta, y).mean()
    taken = 10 * ((slope.norm(dim=-1) - 1) ** 2).mean()
    (up,) = torch.autograd.grad(value - taken, theta)
    torch.testing.assert_close(state.critic - start.critic, up, rtol=1e-9, atol=1e-12)


def test_unrolling_nothing_is_the_plain_answer_and_more_is_not():
    base = final(made(steps=1, generator_rate=SGD(1.0)))
    still = final(made(steps=1, generator_rate=SGD(1.0), unroll=1, unroll_rate=1e-12))
    ahead = final(made(steps=1, generator_rate=SGD(1.0), unroll=5, unroll_rate=1.0))
    torch.testing.assert_close(still.generator, base.generator, rtol=1e-9, atol=1e-11)
    assert float((ahead.generator - base.generator).abs().max()) > 1e-5


def test_clipping_holds_every_weight_and_the_average_lags():
    last = final(made("wgan", penalties=Penalties(clip=0.01), average=0.9))
    assert float(last.critic.abs().max()) <= 0.01
    assert not torch.equal(last.average, last.generator)
    assert torch.equal(final(made()).average, final(made()).generator)


def test_packs_share_a_logit():
    critic = NetworkCritic(2, (8, 8), pack=4)
    assert critic.logits(
        critic.start(np.random.default_rng(0)), torch.zeros(16, 2).double()
    ).shape == (4,)
    assert final(made(critic=critic, penalties=Penalties(r1=1.0, gradient=1.0))).finite


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    "choices",
    [
        {"n_critic": 3},
        {"noise": Ramp(0.5, 0.0)},
        {"decay": Ramp(1.0, 0.1, shape="cosine")},
        {"critic_rate": AdamOptimiser(4e-3)},
        {"generator_rate": SGD(0.1, 0.9)},
        {"penalties": Penalties(r2=1.0)},
        {"order": "simultaneous"},
        {"dtype": torch.float32},
    ],
    ids=str,
)
def test_every_choice_changes_the_training_and_repeats(choices):
    one, again, plain = final(made(**choices)), final(made(**choices)), final(made())
    assert torch.equal(one.generator, again.generator)
    assert not torch.equal(one.generator, plain.generator.to(one.generator))
    assert not torch.equal(one.critic, plain.critic.to(one.critic))


def test_weighted_fakes_train_and_refuse_packs():
    mixture = MixtureGenerator(4, 2)
    assert final(made(generator=mixture)).finite
    with pytest.raises(ValueError, match="packs and relativistic pairs"):
        final(made(generator=mixture, critic=NetworkCritic(2, (8,), pack=2)))


def test_a_critic_of_divkit_critics_is_followed():
    model = MLP((8,)).bind(from_samples(P.sample(50, 0), P.sample(50, 1)))
    assert final(made(critic=AutogradCritic(model))).finite


def test_spectral_norm_trains():
    assert final(made("wgan", critic=SpectralCritic(C), penalties=Penalties(spectral=True))).finite


def test_the_gan_pulls_a_normal_to_the_data():
    setup = made(
        generator=AffineGenerator(),
        critic=NetworkCritic(1, (16, 16)),
        p=Normal(1, 1),
        steps=600,
        batch=128,
        generator_rate=AdamOptimiser(5e-3),
        critic_rate=AdamOptimiser(5e-3),
    )
    law = AffineGenerator().law(final(setup).generator[0])
    assert abs(law.loc - 1) < 0.5
    assert abs(law.scale - 1) < 0.5


def test_divergence_stops_with_the_last_good_state():
    setup = made("lsgan", critic_rate=SGD(1e3), steps=50)
    with pytest.raises(
        TrainingDivergedError, match=r"step \d+: a parameter is not finite"
    ) as caught:
        final(setup)
    assert caught.value.last.finite
    assert f"step {caught.value.last.step + 1}:" in str(caught.value)


def test_a_saturated_critic_has_no_infinite_loss():
    loss = LOSSES["gan"]
    c = torch.tensor([40.0], dtype=torch.float32)
    one = torch.ones(1)
    assert float(loss.value(-c, c, one, one)) == -80
    assert float(loss.climb(-c, c, one, one)[0]) == 1


def test_a_wrong_slope_is_refused():
    with pytest.raises(ValueError, match="a slope is not its payoff's"):
        Loss("bad", "bad", GAN, GAN.on_q, (torch.sigmoid, torch.sigmoid, torch.sigmoid))


@pytest.mark.parametrize(
    ("choices", "advice"),
    [
        ({"steps": 0}, "steps must be an int of at least 1"),
        ({"seeds": ()}, "seeds must be"),
        ({"seeds": (-1,)}, "seeds must be"),
        ({"seeds": (1.5,)}, "seeds must be"),
        ({"order": "both"}, "alternating or simultaneous"),
        ({"order": "simultaneous", "n_critic": 2}, "moves both sides once"),
        ({"average": 1.0}, "average must be in"),
        ({"dtype": torch.float16}, "float32 or torch.float64"),
        ({"noise": Ramp(-1.0, 0.0)}, "noise must be at least 0"),
        ({"decay": Ramp(1.0, -1.0)}, "decay must be at least 0"),
        ({"unroll_rate": math.nan}, "unroll_rate must be in"),
        ({"device": "cuda:7"}, "device='cpu'"),
    ],
)
def test_bad_options_are_refused(choices, advice):
    with pytest.raises(ValueError, match=advice):
        Options(**choices)


def test_bad_penalties_and_rates_are_refused():
    for wrong in ({"r1": -1.0}, {"clip": 0.0}, {"gradient": float("inf")}):
        with pytest.raises(ValueError, match="must be"):
            Penalties(**wrong)
    with pytest.raises(ValueError, match="rate"):
        AdamOptimiser(0.0)
    with pytest.raises(ValueError, match="momentum"):
        SGD(0.1, 1.0)
