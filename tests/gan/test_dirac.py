"""Dirac-GANs: each field is its objective's gradient, each step does what its spectrum says."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.special import expit, log_expit
from torch.nn.functional import logsigmoid

from divkit.training.dirac import games as dirac
from divkit.training.dirac.play import (
    Alternating,
    Simultaneous,
    play_dirac,
    step_eigenvalues,
    trajectory,
)

POINTS = [(1.0, 1.0), (-0.7, 1.3), (2.0, -0.4), (-1.1, -1.9)]


def tensor(x):
    return torch.tensor(x, dtype=torch.float64)


def gradients(down, up, theta, psi):
    """−∂down/∂θ and ∂up/∂ψ by autograd."""
    t, s = tensor(theta).requires_grad_(), tensor(psi).requires_grad_()
    (a,) = torch.autograd.grad(down(t, s), t)
    (b,) = torch.autograd.grad(up(t, s), s)
    return -float(a), float(b)


def minimax(t, s):
    return logsigmoid(t * s)


@pytest.mark.parametrize(
    ("game", "down", "up"),
    [
        (dirac.gan(), minimax, minimax),
        (dirac.non_saturating(), lambda t, s: -logsigmoid(-t * s), minimax),
        (dirac.wgan(), torch.mul, torch.mul),
        (dirac.wgan_gp(0.7), torch.mul, lambda t, s: t * s - 0.35 * (s.abs() - 1) ** 2),
        (dirac.gradient_penalty(0.3), minimax, lambda t, s: minimax(t, s) - 0.15 * s * s),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
@pytest.mark.parametrize(("theta", "psi"), POINTS)
def test_a_field_is_the_gradient_of_what_each_side_wants(game, down, up, theta, psi):
    found = [float(v) for v in game.field(tensor(theta), tensor(psi))]
    assert found == pytest.approx(gradients(down, up, theta, psi), abs=1e-14)


@pytest.mark.parametrize(("theta", "psi"), POINTS)
def test_consensus_descends_half_the_squared_speed(theta, psi):
    def energy(t, s):
        down, up = dirac.gan().field(t, s)
        return 0.5 * (down**2 + up**2)

    plain = [float(v) for v in dirac.gan().field(tensor(theta), tensor(psi))]
    inward = gradients(energy, lambda t, s: -energy(t, s), theta, psi)
    wanted = [v + 0.6 * g for v, g in zip(plain, inward, strict=True)]
    found = [float(v) for v in dirac.consensus(0.6).field(tensor(theta), tensor(psi))]
    assert found == pytest.approx(wanted, abs=1e-14)


@pytest.mark.parametrize(("theta", "psi"), POINTS)
def test_instance_noise_is_the_mean_over_the_noise(theta, psi):
    """By SciPy's adaptive quadrature of the objective's derivative in ψ, and of θ's pull."""

    def mean(f):
        return quad(lambda e: f(e) * math.exp(-e * e / 0.98) / math.sqrt(0.98 * math.pi), -8, 8)[0]

    down = mean(lambda e: -psi * expit(-psi * (theta + e)))
    up = mean(lambda e: (theta + e) * expit(-psi * (theta + e)) - e * expit(psi * e))
    found = [float(v) for v in dirac.instance_noise(0.7).field(tensor(theta), tensor(psi))]
    assert found == pytest.approx([down, up], abs=1e-10)


def test_the_discriminator_answers_whether_a_point_was_generated():
    """L(θ, ψ) is E log D on the fake point plus E log(1 − D) on the real one."""
    theta, psi, h = 0.8, 0.6, 1e-6

    def value(t, s):
        return log_expit(t * s) + log_expit(-0.0 * s)

    down, up = (float(v) for v in dirac.gan().field(tensor(theta), tensor(psi)))
    assert up == pytest.approx((value(theta, psi + h) - value(theta, psi - h)) / (2 * h), abs=1e-9)
    assert -down == pytest.approx(
        (value(theta + h, psi) - value(theta - h, psi)) / (2 * h), abs=1e-9
    )


@pytest.mark.parametrize("game", dirac.dirac_games(), ids=lambda game: game.label)
@pytest.mark.parametrize("n", [1, 5])
def test_a_step_near_rest_shrinks_as_its_spectrum_says(game, n):
    if game.eigenvalues is None:
        with pytest.raises(ValueError, match="weight"):
            dirac.wgan_gp(-1.0)
        return
    for update in (Simultaneous(0.2), Alternating(0.2, n)):
        found = np.sort_complex(step_eigenvalues(game, update).numpy())
        small = trajectory(game, update, 1e-9, 2e-9, steps=1)
        images = [
            trajectory(game, update, *start, steps=1)[1] / 1e-9
            for start in ((1e-9, 0.0), (0.0, 1e-9))
        ]
        matrix = torch.stack(images, dim=1)
        assert np.sum(found) == pytest.approx(float(matrix.trace()), abs=1e-7)
        assert np.prod(found) == pytest.approx(float(torch.linalg.det(matrix)), abs=1e-7)
        moved = matrix @ tensor([1e-9, 2e-9])
        assert small[1].tolist() == pytest.approx(moved.tolist(), abs=1e-15)


def test_simultaneous_steps_multiply_the_radius_by_one_plus_h2_s2():
    for first, second in itertools.islice(itertools.pairwise(play_dirac(dirac.gan())), 100):
        s = float(torch.sigmoid(-first.theta * first.state.psi))
        ratio = float(second.state.radius2 / first.state.radius2)
        assert ratio == pytest.approx(1 + 0.04 * s * s, abs=1e-15)
    assert first.index == 99


def test_many_starts_play_as_one():
    theta, psi = tensor([1.0, -0.5, 2.0]), tensor([1.0, 0.3, -1.0])
    for game in dirac.dirac_games():
        together = trajectory(game, Alternating(0.2, 2), theta, psi, steps=20)
        for k in range(3):
            alone = trajectory(game, Alternating(0.2, 2), float(theta[k]), float(psi[k]), steps=20)
            assert torch.allclose(together[:, k], alone, rtol=1e-13, atol=1e-15)


def test_a_clipped_critic_stays_within():
    path = trajectory(dirac.wgan(0.5), Simultaneous(0.2), steps=200)
    assert float(path[1:, 1].abs().max()) == 0.5
    assert float(path[:, 0].abs().max()) < 2


def test_a_false_spectrum_is_refused():
    with pytest.raises(ValueError, match="trace and determinant"):
        replace(dirac.gan(), eigenvalues=(1j, -1j))
    with pytest.raises(ValueError, match="trace and determinant"):
        replace(dirac.gradient_penalty(0.3), eigenvalues=dirac.gan().eigenvalues)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: dirac.wgan(0.0), "clip"),
        (lambda: dirac.instance_noise(0.0), "sd"),
        (lambda: dirac.gradient_penalty(math.nan), "weight"),
        (lambda: dirac.consensus(-1.0), "weight"),
        (lambda: Simultaneous(0.0), "rate"),
        (lambda: Alternating(0.2, 0), "critic_steps"),
        (lambda: play_dirac(dirac.gan(), theta=math.inf), "theta"),
        (lambda: play_dirac(dirac.gan(), psi=tensor([1.0, math.nan])), "psi"),
    ],
)
def test_what_cannot_be_played_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
