"""Bounds of pairs and packs of a network's points, and its critic on draws of known density.

Standard errors: six of them, 2e-9 a comparison; limits at the level 1 − 1e-8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
import torch

from divkit.critics.activations import leaky
from divkit.critics.judging import judge
from divkit.critics.population import mixture_points, training_points
from divkit.distributions import MultivariateNormal, Normal, Product
from divkit.divergences import named
from divkit.exact.api import divergence
from divkit.games import GAN, HINGE, LSGAN, RELATIVISTIC, f_gan
from divkit.gan import AdamOptimiser, NetworkCritic, Recorder, SampledJS, train_gan
from divkit.generators.flows import FlowGenerator
from divkit.generators.generator import standard_normal
from divkit.generators.mesh import Layers, mesh_law
from divkit.generators.network import NetworkGenerator
from divkit.training.measures.lifted import lifted, most_by_draws

PLANE = standard_normal(2)
SURE = 1 - 1e-8
HALF = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])


def network(last):
    """Units max(±z₁, 0), max(±z₂, 0), and a last layer."""
    first = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    return mesh_law(
        PLANE, Layers(((first, np.zeros(4)), (np.array(last), np.zeros(2))), (leaky(0.0),))
    )


def scaled(s):
    """N(0, diag(1, s²)) as a network's law, and as one that is known."""
    law = network([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, s, -s]])
    return law, MultivariateNormal((0.0, 0.0), ((1.0, 0.0), (0.0, s * s)))


@pytest.mark.parametrize(
    ("game", "pack"), [(GAN, 2), (GAN, 3), (HINGE, 2), (LSGAN, 2)], ids=lambda part: str(part)[:12]
)
def test_packs_of_a_network_have_the_bound_of_the_law_that_it_is(game, pack):
    law, _ = scaled(0.5)
    found = most_by_draws(game, Product((PLANE,) * pack), Product((law,) * pack))
    # only the second coordinates differ: packs of the line
    line = Product((Normal(0, 1),) * pack), Product((Normal(0, 0.5),) * pack)
    exact = divergence(*line, game.divergence)
    truth = game.bound(exact.value)
    assert found.kind == "standard error"
    assert abs(found.value - truth) <= 6 * (found.error + game.scale * exact.error)


def test_pairs_of_a_network_have_the_bound_of_the_law_that_it_is():
    law, _ = scaled(0.5)
    found = most_by_draws(RELATIVISTIC, Product((PLANE, law)), Product((law, PLANE)))
    pairs = RELATIVISTIC.lifting.laws(Normal(0, 1), Normal(0, 0.5))
    exact = divergence(*pairs, RELATIVISTIC.divergence)
    assert abs(found.value - RELATIVISTIC.bound(exact.value)) <= 6 * (found.error + exact.error)


def test_packs_of_an_unbounded_divergence_have_a_limit_from_below():
    law, known = scaled(0.5)
    game = f_gan(named("reverse_kl"))
    found = most_by_draws(game, Product((PLANE,) * 2), Product((law,) * 2), level=SURE)
    truth = 2 * divergence(PLANE, known, "reverse_kl").value
    assert found.is_lower_bound
    assert 0.5 * truth < game.implied(found.interval[0]) <= truth


@pytest.mark.parametrize("pack", [1, 2])
def test_a_sampled_critic_bounds_pairs_and_packs(pack):
    p, q = Normal(0, 1), Normal(0, 0.5)
    critic = SampledJS(fakes=2000, fresh=8000, level=SURE).fitted(p, q.sample, 0)
    game = RELATIVISTIC if pack == 1 else GAN
    together = Product((p, q) if pack == 1 else (p, p)), Product((q, p) if pack == 1 else (q, q))
    found = lifted(critic, pack == 1, pack).most(game)
    truth = game.bound(divergence(*together, game.divergence).value)
    assert found.is_lower_bound and found.interval[0] <= truth
    assert found.interval[0] > truth - 0.1


def test_a_limit_of_least_squares_is_near_the_truth():
    """Its payoffs fall beyond the best output, which is the label."""
    p, q = Normal(0, 1), Normal(0, 0.5)
    critic = SampledJS(fakes=4000, fresh=20_000, level=SURE).fitted(p, q.sample, 0)
    found, truth = critic.most(LSGAN), LSGAN.bound(divergence(p, q, LSGAN.divergence).value)
    assert truth - 0.1 < found.interval[0] <= truth
    assert abs(found.value - truth) < 0.02 + 6 * found.error


def test_draws_of_a_network_tell_what_is_singular():
    law = network(HALF)  # (max(z₁, 0), z₂): half of it on a line
    x, logs = law.drawn(4000, np.random.default_rng(0))
    flat = logs == math.inf
    assert torch.equal(flat, x[:, 0] == 0)
    assert torch.allclose(logs[~flat], PLANE.log_prob(x[~flat]))
    points = mixture_points(PLANE, law, 4000, 0)
    best = torch.sigmoid(points.log_ratio)
    assert bool((best[2000:][points.x[2000:, 0] == 0] == 0).all())


def test_the_best_critic_of_a_network_is_at_no_distance_of_itself():
    law, known = scaled(0.5)
    far = judge(PLANE, law, lambda x: torch.zeros(len(x), dtype=torch.float64), GAN)
    near = judge(PLANE, law, lambda x: PLANE.log_prob(x) - known.log_prob(x), GAN)
    truth = GAN.bound(divergence(PLANE, known).value)
    assert near.l2 < 1e-9 < far.l2 and near.kind == "standard error"
    assert abs(near.value - truth) <= 6 * near.value_error
    assert far.value == pytest.approx(-2 * math.log(2))
    assert abs(far.value + far.gap - truth) <= 6 * (far.gap_error + far.value_error)
    assert len(training_points(PLANE, law, 512)) == 512


def test_an_atom_on_the_line_is_told():
    layers = Layers(
        ((np.array([[1.0, 0.0]]), np.zeros(1)), (np.ones((1, 1)), np.zeros(1))), (leaky(0.0),)
    )
    law = mesh_law(PLANE, layers)  # max(z₁, 0)
    x, logs = law.drawn(1000, np.random.default_rng(0))
    assert torch.equal(logs == math.inf, x[:, 0] == 0)
    rest = logs < math.inf
    assert torch.allclose(logs[rest], Normal().log_prob(x[rest]))


@dataclass(frozen=True)
class Lying(NetworkGenerator):
    """A network that says its law is that of the data."""

    def law(self, theta):
        return PLANE


@pytest.mark.parametrize("kind", [NetworkGenerator, Lying])
def test_a_law_that_is_wrong_is_an_alarm_in_a_record(kind):
    """V of an honest network exceeds its bound by five standard errors once in three million."""
    *_, last = train_gan(
        PLANE, generator=kind(hidden=(8,), centre=2.0), critic=NetworkCritic(2, (16,)), steps=150,
        every=150, batch=64, recorder=Recorder(1000, 64, 0), generator_rate=AdamOptimiser(1e-6),
        critic_rate=AdamOptimiser(0.01),
    )  # fmt: skip
    alarms = [words for words in last.record.bound.warnings if "above its bound" in words]
    assert len(alarms) == (kind is Lying)
    assert (last.record.excess > 1) == (kind is Lying)


def test_a_flow_is_measured_by_draws():
    """A first record took 59 CPU seconds by boxes. V − bound in five standard errors: 3e-7."""
    zuko = pytest.importorskip("zuko")
    flow = FlowGenerator(partial(zuko.flows.MAF, 2, transforms=1, hidden_features=(8,)))
    first = next(train_gan(PLANE, generator=flow, steps=1, recorder=Recorder(500, 64, 0))).record
    assert first.js.kind == "standard error" and first.js.error < 1e-3
    assert first.value is not None and first.critic_l2 is not None and first.excess <= 1
