"""Records: V under its bound, the truth beside it, and scores against what is known."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

import divkit
from divkit.distributions import Normal, bars_and_stripes, mixture
from divkit.distributions.toys import grid, moons, ring, spiral
from divkit.divergences import KL, TV, W1
from divkit.exact.named import js_divergence
from divkit.generators import AffineGenerator, MixtureGenerator, MLPGenerator
from divkit.generators.decoders import BinaryDecoder
from divkit.generators.generator import UnknownLawError, standard_normal
from divkit.generators.network import NetworkGenerator
from divkit.training.entries import SYSTEMS
from divkit.training.gan.api import place_of, set_up, train_gan
from divkit.training.gan.critic import NetworkCritic
from divkit.training.gan.measures import generator_slopes
from divkit.training.losses import LOSSES
from divkit.training.measures.modes import manifold, modes_of
from divkit.training.measures.recorder import Recorder
from divkit.training.measures.records import Record
from divkit.training.measures.truth import Truth, fresh_fakes
from divkit.training.options import Options, Penalties

QUICK = Recorder(held_out=256, fakes=256, neighbourhood=0)
P = Normal(1.0, 1.0)


def records(game="gan", p=P, **choices):
    options = {"steps": 60, "batch": 64, "every": 60, "recorder": QUICK, **choices}
    return [r for step in train_gan(p, game, **options) for r in step.records]


@pytest.mark.sweep(5)
@pytest.mark.parametrize("game", [name for name in LOSSES if name != "wgan"])
def test_v_never_exceeds_its_bound(game):
    for record in records(game, critic=NetworkCritic(1, (16,)), seeds=(0, 1)):
        assert record.bound is not None
        assert record.value <= record.bound.value + record.value_error + record.bound.error
        assert record.excess <= 1


@pytest.mark.slow
def test_wasserstein_critics_of_known_slope_stay_below_it():
    measure = Recorder(256, 256, 0, Truth((W1,)))
    for record in records("wgan", penalties=Penalties(spectral=True), recorder=measure):
        slope = 1 / place_of(P)[1]
        assert record.bound.value == pytest.approx(slope * record.divergences["w1"].value)
        assert record.value <= record.bound.value + record.value_error + record.bound.error
    assert all(r.bound is None for r in records("wgan", penalties=Penalties(gradient=1.0)))


def test_packs_are_bounded_by_the_packed_laws():
    (first, *_) = records(critic=NetworkCritic(1, (8,), pack=2), steps=1)
    assert first.value <= first.bound.value + first.value_error + first.bound.error
    assert first.bound.value > -2 * math.log(2) + 2 * first.js.value


@pytest.mark.slow
def test_a_critic_that_is_right_reaches_the_bound():
    last = records(steps=1500, seeds=(1,), critic=NetworkCritic(1, (16, 16)))[-1]
    assert 0 <= last.bound.value - last.value < 0.01
    assert last.critic_l2 < 0.05
    assert abs(last.held_out_value - last.value) < 6 * last.held_out_error


def test_the_truth_is_that_of_the_generators_law():
    step = list(train_gan(P, steps=5, batch=32, recorder=Recorder(64, 64, 0, Truth((KL, TV)))))[-1]
    law = step.law()
    assert step.js.value == pytest.approx(float(js_divergence(P, law)), rel=1e-12)
    assert step.record.divergences["kl"].value == pytest.approx(
        math.log(law.scale) + (1 + (1 - law.loc) ** 2) / (2 * law.scale**2) - 0.5, rel=1e-9
    )
    assert set(step.record.divergences) == {"kl", "tv"}
    json.dumps(step.record.to_dict(), allow_nan=False)


def test_slopes_of_both_losses_are_autograds():
    setup = set_up(P, "gan", AffineGenerator(), NetworkCritic(1, (8,)), Options())
    state = setup.begin()
    theta, critic = state.generator[0], state.critic[0]
    got = generator_slopes(setup, theta, critic, np.random.default_rng(5), 100)
    z = setup.generator.draw(100, np.random.default_rng(5))
    free = theta.clone().requires_grad_(True)
    logits = setup.critic.logits(critic, setup.generator.push(free, z)[0])
    losses = (logsigmoid(-logits).mean(), -logsigmoid(logits).mean())
    for size, loss in zip(got, losses, strict=True):
        (slope,) = torch.autograd.grad(loss, free, retain_graph=True)
        assert size == pytest.approx(float(slope.norm()), rel=1e-10)


def test_noise_of_too_few_coordinates_is_singular_and_says_log_2():
    generator = NetworkGenerator(standard_normal(1), 2, (8,))
    (first, *_) = records(p=ring(4, 1.0, 0.1), generator=generator, steps=1)
    assert first.js.value == math.log(2)
    assert first.bound.value == 0
    assert first.value is None


def test_where_no_density_is_known_the_jsd_is_a_limit_from_below():
    generator = NetworkGenerator(standard_normal(3), 2, (8,))
    (first, *_) = records(p=ring(4, 1.0, 0.1), generator=generator, steps=1)
    assert first.js.kind == "standard error"
    assert first.js.diagnostics["estimate"]
    assert first.js.is_lower_bound
    assert first.js.interval[0] < first.js.value < first.js.interval[1]


@pytest.mark.slow
def test_a_network_of_noise_in_the_plane_is_recorded_by_its_law():
    """Its bound holds for V on held-out points, by 6 standard errors: false alarm 1e-9."""
    measure = Recorder(2048, 256, 0, Truth((TV,)))
    for r in records(p=ring(4, 1.0, 0.1), steps=100, every=100, recorder=measure):
        assert (r.js.kind, r.js.error < 2e-3) == ("quadrature", True)
        assert r.held_out_value <= r.bound.value + r.bound.error + 6 * r.held_out_error
        assert r.js.value <= r.divergences["tv"].value * math.log(2) + 4e-3


def test_modes_are_counted_and_a_perfect_sample_has_the_ceiling():
    """Share within 3σ: 1 − e^{−4.5}; 6 standard errors of 20,000 draws, false alarm 2e-9."""
    p = ring(8, 1.0, 0.01)
    modes = modes_of(p)
    count, quality = modes(p.sample(20_000, 0))
    ceiling = 1 - math.exp(-4.5)
    assert (len(modes), count) == (8, 8)
    assert abs(quality - ceiling) < 6 * math.sqrt(ceiling * (1 - ceiling) / 20_000)
    assert modes(p.components[2].sample(500, 0))[0] == 1
    assert modes(10 + p.sample(100, 0)) == (0, 0.0)
    assert modes_of(P) is None


@pytest.mark.parametrize(("target", "count"), [(moons, 2), (spiral, 1), (grid, 25)])
def test_components_that_draw_a_curve_are_one_mode(target, count):
    p = target()
    modes = modes_of(p)
    assert len(modes) == count
    assert modes(p.sample(2500, 0))[0] == count
    assert modes(p.components[0].sample(100, 0))[0] == 1


def test_two_gaussians_are_one_mode_until_the_density_falls_between_them():
    """φ(d/2) against [φ(0) + φ(d)]/2: they are equal at d = 2.2079σ."""
    for gap, count in ((2.2, 1), (2.22, 2), (100.0, 2)):
        assert len(modes_of(mixture([0.5, 0.5], [Normal(0, 1), Normal(gap, 1)]))) == count


def test_manifold_scores():
    rng = np.random.default_rng(0)
    x, y = (torch.from_numpy(rng.normal(size=(400, 2))) for _ in range(2))
    same = manifold(x, y)
    assert min(same.precision, same.recall) > 0.85
    assert same.density == pytest.approx(1, abs=0.2)
    n, k = 400, 5
    wanted = 1 - math.prod((n - i) / (2 * n - i) for i in range(1, k + 1))
    assert same.coverage == pytest.approx(wanted, abs=0.06)
    part = manifold(x, 0.01 * y)
    assert part.precision > 0.95
    assert part.recall < 0.1
    assert part.coverage < 0.3
    away = manifold(x, y + 100)
    assert (away.precision, away.recall, away.density, away.coverage) == (0, 0, 0, 0)
    with pytest.raises(ValueError, match="more than k rows"):
        manifold(x[:5], y)


def test_fakes_of_a_mixture_are_drawn_by_weight():
    generator = MixtureGenerator(2, 1)
    theta = torch.tensor([2.0, 0.0, -5.0, 5.0, -2.0, -2.0], dtype=torch.float64)
    y = fresh_fakes(generator, theta, 4000, np.random.default_rng(0))
    share = float((y < 0).double().mean())
    wanted = 1 / (1 + math.exp(-2))
    assert abs(share - wanted) < 6 * math.sqrt(wanted * (1 - wanted) / 4000)


def test_steps_are_refused_where_they_make_no_sense():
    with pytest.raises(ValueError, match="every and save_every"):
        train_gan(P, every=0)
    with pytest.raises(ValueError, match="the data have 1 coordinates"):
        train_gan(P, generator=NetworkGenerator())
    with pytest.raises(ValueError, match="multiple of pack"):
        train_gan(P, critic=NetworkCritic(1, pack=3), batch=64)
    with pytest.raises(TypeError, match="unknown option 'sped'"):
        train_gan(P, sped=1)
    with pytest.raises(ValueError, match="unknown game"):
        train_gan(P, "gna")
    for name in SYSTEMS:  # what the command line takes and this does not
        with pytest.raises(ValueError, match=r"train_system\(p, divkit.gan.(\w+)\(") as refused:
            train_gan(P, name)
        named = re.search(r"divkit\.gan\.(\w+)\(…", str(refused.value))[1]
        assert hasattr(divkit.gan, named)
    assert isinstance(records(steps=1)[0], Record)


@pytest.mark.parametrize(
    ("generator", "game", "pack"),
    [
        (BinaryDecoder(4, 1, (4,)), "relativistic", 1),
        (BinaryDecoder(4, 1, (4,)), "gan", 2),
        (MixtureGenerator(2, 4), "relativistic", 1),
    ],
)
def test_pairs_and_packs_refuse_points_of_unequal_weight(generator, game, pack):
    critic = NetworkCritic(4, (8,), pack=pack)
    with pytest.raises(ValueError, match="fakes of equal weight"):
        train_gan(bars_and_stripes(2), game, generator=generator, critic=critic, batch=32)


def test_a_law_that_has_an_atom_is_recorded_by_an_estimate():
    network = MLPGenerator(hidden=(2,))
    setup = set_up(P, "gan", network, None, Options(steps=1, batch=32))
    start = setup.begin()
    flat = replace(start, average=torch.zeros_like(start.average))  # G is constant
    with pytest.raises(UnknownLawError, match="atom"):
        network.law(flat.average[0])
    (record,) = replace(setup, recorder=QUICK).measure(flat)
    assert record.js.diagnostics["estimate"]
    assert (record.js.kind, record.value, record.divergences) == ("standard error", None, {})
    assert record.js.interval[0] > 0.5
