"""A critic's written derivatives against autograd's, for every kind of network."""

import numpy as np
import pytest
import torch

from divkit.critics.activations import RELU, TANH
from divkit.critics.perceptron import Perceptron
from divkit.generators.network import NetworkGenerator
from divkit.training.gan.critic import AutogradCritic, NetworkCritic
from divkit.training.gan.spectral import SpectralCritic, normalised

CRITICS = [
    wrap(NetworkCritic(2, (7, 5, 6), activation, 0.3, 2.0, waves, pack))
    for activation in (TANH, RELU)
    for waves in ((), (1.0, 3.0))
    for pack in (1, 2)
    for wrap in (lambda c: c, SpectralCritic)
]


@pytest.mark.parametrize("critic", CRITICS, ids=str)
def test_every_derivative_is_autograds(critic):
    rng = np.random.default_rng(0)
    theta = torch.stack([critic.start(rng) for _ in range(3)])
    x = torch.from_numpy(rng.normal(size=(3, 8, 2)))
    ours, followed = critic.sweep(theta, x), AutogradCritic.sweep(critic, theta, x)
    u, v = (
        torch.from_numpy(rng.normal(size=ours.logits.shape)),
        torch.from_numpy(rng.normal(size=x.shape)),
    )
    torch.testing.assert_close(ours.logits, followed.logits, rtol=1e-13, atol=1e-13)
    for one, other in (
        (ours.pull(u), followed.pull(u)),
        (ours.points(u), followed.points(u)),
        (ours.curve(v), followed.curve(v)),
    ):
        assert float(other.abs().max()) > 1e-3
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-13)


def test_a_spectral_critic_never_rises_faster_than_its_slope_says():
    critic = SpectralCritic(NetworkCritic(2, (16, 16), spread=0.5))
    rng = np.random.default_rng(1)
    theta = 3 * critic.start(rng)
    x, y = (torch.from_numpy(rng.normal(size=(500, 2))) for _ in range(2))
    rise = (critic.logits(theta, x) - critic.logits(theta, y)).abs()
    assert critic.slope == 2
    assert bool((rise <= 2 * (x - y).norm(dim=-1)).all())
    for weight, _ in critic.inner.network.layers(normalised(critic.inner.network, theta)):
        assert float(torch.linalg.matrix_norm(weight, ord=2)) == pytest.approx(1, abs=1e-12)


def test_a_generator_network_pulls_back_as_autograd_does():
    generator = NetworkGenerator(hidden=(9, 8), activation=TANH, centre=1.0, spread=3.0)
    rng = np.random.default_rng(2)
    theta = torch.stack([generator.start(rng) for _ in range(2)])
    z = generator.draw(12, rng).reshape(2, 6, 2)
    x, back = generator.pullback(theta, z)
    u = torch.from_numpy(rng.normal(size=x.shape))
    free = theta.clone().requires_grad_(True)
    pushed, weight = generator.push(free, z)
    (wanted,) = torch.autograd.grad(pushed, free, u)
    torch.testing.assert_close(x, pushed.detach())
    torch.testing.assert_close(back(u), wanted, rtol=1e-12, atol=1e-13)
    assert torch.equal(weight, torch.full((2, 6), 1 / 6, dtype=torch.float64))


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="widths must be positive"):
        Perceptron((2, 0, 1))
    with pytest.raises(ValueError, match="pack must be at least 1"):
        NetworkCritic(2, pack=0)
    with pytest.raises(ValueError, match="spread"):
        NetworkCritic(2, spread=0.0)
