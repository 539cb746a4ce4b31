"""Extragradient and optimistic steps, against their formulas on games that turn."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from divkit.critics.model import LinearModel
from divkit.distributions import FiniteLaw, Normal, ring
from divkit.gan import (
    LOSSES,
    SGD,
    AdamOptimiser,
    AutogradCritic,
    Extragradient,
    GanTraining,
    NetworkCritic,
    NetworkGenerator,
    Optimistic,
    OptimisticUpdate,
    Options,
    Penalties,
    trajectory,
)
from divkit.generators.generator import NORMAL, FromNoise, evenly
from divkit.training.config import options_of
from divkit.training.dirac import games as dirac
from divkit.training.dirac.play import step_eigenvalues
from divkit.training.run import walk
from divkit.training_config import Config

RATE = 0.2
CIRCLING = [dirac.gan(), dirac.non_saturating(), dirac.wgan(math.inf)]


@dataclass(frozen=True)
class Point(FromNoise):
    """x = θ, whatever the noise."""

    latent: Normal = NORMAL
    dim: int = 1
    size: int = 1

    def start(self, rng):
        return torch.ones(1, dtype=torch.float64)

    def push(self, theta, z):
        x = theta[..., None, :].expand(*z.shape[:-1], 1)
        return x, evenly(x)

    def law(self, theta):
        return None


@dataclass(frozen=True)
class Itself:
    """The feature x."""

    size: int = 1

    def __call__(self, x):
        return x

    def member(self, at):
        return self


def bilinear(**choices):
    """V = −ψθ by a linear critic ψx, a point θ and data at 0: θ' = ψ, ψ' = −θ."""
    options = Options(steps=40, batch=2, **choices)
    critic = AutogradCritic(LinearModel(Itself()))
    p = FiniteLaw(((0.0,),), (1.0,))
    return GanTraining(p, LOSSES["wgan"], Point(), critic, options)


def path(setup):
    return np.array([[float(s.generator[0]), float(s.critic[0])] for s, _ in walk(setup)])


TURN = np.array([[0.0, 1.0], [-1.0, 0.0]])


def extra(z):
    return z + RATE * TURN @ (z + RATE * TURN @ z)


def test_extragradient_steps_are_the_formula_and_spiral_in():
    setup = bilinear(order="extragradient", generator_rate=SGD(RATE), critic_rate=SGD(RATE))
    wanted = [path(setup)[0]]
    for _ in range(40):
        wanted.append(extra(wanted[-1]))
    np.testing.assert_allclose(path(setup), wanted, rtol=1e-13, atol=1e-15)
    shrunk = 1 - RATE**2 + RATE**4
    assert sum(wanted[-1] ** 2) == pytest.approx(shrunk**40 * sum(wanted[0] ** 2))
    plain = path(bilinear(order="simultaneous", generator_rate=SGD(RATE), critic_rate=SGD(RATE)))
    assert sum(plain[-1] ** 2) == pytest.approx((1 + RATE**2) ** 40 * sum(plain[0] ** 2))


def test_optimistic_steps_are_the_formula_and_spiral_in():
    rate = Optimistic(SGD(RATE))
    setup = bilinear(order="simultaneous", generator_rate=rate, critic_rate=rate)
    before = path(setup)[0]
    wanted = [before, before + RATE * TURN @ before]
    for _ in range(39):
        wanted.append(wanted[-1] + RATE * TURN @ (2 * wanted[-1] - wanted[-2]))
    np.testing.assert_allclose(path(setup), wanted, rtol=1e-13, atol=1e-15)
    assert sum(wanted[-1] ** 2) < 0.5 * sum(wanted[0] ** 2)


def test_extragradient_with_adam_is_the_algorithm_written_out():
    """Gidel et al. 2019, algorithm 4: both looks move the moments, both steps start at z."""
    setup = bilinear(
        order="extragradient", generator_rate=AdamOptimiser(0.1), critic_rate=AdamOptimiser(0.1)
    )
    z, m, v, wanted, count = path(setup)[0], np.zeros(2), np.zeros(2), [path(setup)[0]], 0
    for _ in range(40):
        at = z
        for _ in range(2):
            count += 1
            slope = -TURN @ at
            m, v = 0.5 * m + 0.5 * slope, 0.999 * v + 0.001 * slope**2
            root = np.sqrt(v / (1 - 0.999**count)) + 1e-8
            at = z - 0.1 * m / (1 - 0.5**count) / root
        z = at
        wanted.append(z)
    np.testing.assert_allclose(path(setup), wanted, rtol=1e-10, atol=1e-12)


def test_the_two_looks_of_a_step_are_two_minibatches():
    choices = {"steps": 3, "batch": 8, "critic_rate": SGD(0.1), "generator_rate": SGD(0.1)}
    options = Options(order="extragradient", penalties=Penalties(r1=0.5, clip=0.4), **choices)
    p, g, d = ring(4), NetworkGenerator(hidden=(4,)), NetworkCritic(2, (4,))
    setup = GanTraining(p, LOSSES["gan"], g, d, options)
    first, second = setup.draws(1)
    assert not torch.equal(first.real, second.real)
    plain = GanTraining(p, LOSSES["gan"], g, d, Options(order="simultaneous", **choices))
    *_, (end, _) = walk(setup)
    *_, (other, _) = walk(plain)
    assert float(end.critic.abs().max()) <= 0.4
    assert not torch.equal(end.generator, other.generator)


@pytest.mark.parametrize("game", CIRCLING, ids=lambda game: game.name)
def test_spectra_on_dirac_games_are_the_closed_forms(game):
    """Eigenvalues ±iω of the field become 1 + hλ + (hλ)², and the roots of a square."""
    found = np.sort_complex(step_eigenvalues(game, Extragradient(RATE)).numpy())
    flow = [RATE * value for value in game.eigenvalues]
    np.testing.assert_allclose(found, np.sort_complex([1 + x + x * x for x in flow]), atol=1e-14)
    four = np.sort_complex(step_eigenvalues(game, OptimisticUpdate(RATE)).numpy())
    roots = np.concatenate([np.roots([1, -(1 + 2 * x), x]) for x in flow])
    np.testing.assert_allclose(four, np.sort_complex(roots), atol=1e-13)
    for values in (found, four):
        assert np.abs(values).max() < 1


def test_dirac_steps_are_the_formulas_and_come_to_rest():
    game = dirac.gan()
    z, before = (1.0, 1.0), None
    plain, kept = trajectory(game, Extragradient(RATE), steps=500), []
    optimistic = trajectory(game, OptimisticUpdate(RATE), steps=500)
    field = lambda t, s: (-s / (1 + math.exp(t * s)), t / (1 + math.exp(t * s)))  # noqa: E731
    for _ in range(50):
        now = field(*z)
        then = now if before is None else field(*before)
        before, z = z, tuple(a + RATE * (2 * n - t) for a, n, t in zip(z, now, then, strict=True))
        kept.append(z)
    np.testing.assert_allclose(optimistic[1:51], kept, rtol=1e-12)
    for path_of_rule in (plain, optimistic):
        radii = (path_of_rule**2).sum(-1)
        assert float(radii[-1]) < 0.05
    for (t, s), after in itertools.pairwise(plain[:50].tolist()):
        down, up = field(t, s)
        down, up = field(t + RATE * down, s + RATE * up)
        assert after == pytest.approx([t + RATE * down, s + RATE * up], rel=1e-12)


def test_the_command_lines_names_make_them():
    made = options_of(
        Config(optimiser="optimistic-adam", rate=0.5, beta1=0.9, order="extragradient")
    )
    assert made.generator_rate == Optimistic(AdamOptimiser(0.5, (0.9, 0.999)))
    assert made.order == "extragradient" and made.looks == 2
    assert options_of(Config(optimiser="optimistic-sgd")).critic_rate == Optimistic(SGD(1e-3))
    with pytest.raises(ValueError, match="beta1 is Adam's"):
        options_of(Config(optimiser="optimistic-sgd", beta1=0.9))
    with pytest.raises(ValueError, match="moves both sides once"):
        Options(order="extragradient", n_critic=2)
