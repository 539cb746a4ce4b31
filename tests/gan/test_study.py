"""Systems without a critic, with a GAN's record: the bound, the truth, checkpoints, names."""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from divkit.distributions import Normal, bars_and_stripes
from divkit.distributions.toys import ring
from divkit.exact.named import js_divergence
from divkit.generators import AffineGenerator, MixtureGenerator
from divkit.generators.decoders import BinaryDecoder, GaussianDecoder
from divkit.training.entries import SYSTEMS, training_of
from divkit.training.measures.recorder import Recorder
from divkit.training.measures.records import Record
from divkit.training.measures.truth import Truth
from divkit.training.optimisers import SGD
from divkit.training.options import Options
from divkit.training.run import walk
from divkit.training.session import follow
from divkit.training.state import TrainingDivergedError
from divkit.training.store.checkpoints import Checkpoints, load_newest
from divkit.training.store.runs import Run
from divkit.training.systems.api import train_system
from divkit.training.systems.measures import at_best
from divkit.training.systems.system import Copying, Ideal, Likelihood, VariationalSystem
from divkit.training.systems.training import SystemTraining
from divkit.training.systems.vae import VAE
from divkit.training_config import Config

QUICK = Recorder(held_out=256, fakes=256, neighbourhood=64)
SMALL = Config(steps=12, every=6, save_every=4, average=0.5, seeds=(0, 1))
OWN = {
    "ideal": {},
    "likelihood": {"batch": 32},
    "vae": {"hidden": (4,)},
    "autoencoder": {"hidden": (4,)},
}
"""What each is made from: an option that would do nothing is refused."""
ON = {"ideal": "normal", "likelihood": "ring8-wide", "vae": "bars3", "autoencoder": "bars3"}


def configured(name, **changes):
    return replace(SMALL, game=name, target=ON[name], **(OWN[name] | changes))


def go(run, config, resume=False, stop_at=None):
    seen = []
    return follow(
        run, config, resume, (lambda step: seen.append(step.index),),
        lambda: stop_at is not None and seen[-1] >= stop_at, pytest.fail, QUICK,
    )  # fmt: skip


def test_every_system_is_tried_here():
    assert set(ON) == set(SYSTEMS)


@pytest.mark.parametrize("name", ON)
def test_the_record_is_a_gans(name):
    study = training_of(configured(name), QUICK)
    for record in study.measure(study.begin()):
        assert isinstance(record, Record)
        assert record.bound.value == pytest.approx(-2 * math.log(2) + 2 * record.js.value)
        assert record.objective.name == study.system.objective[0]
        assert abs(record.held_out_value - record.bound.value) < 6 * record.held_out_error + (
            2 * (record.js.interval[1] - record.js.interval[0])
        )
        assert record.slope_minimax > 0
        assert 0 <= record.coverage <= 1
        assert (record.modes is None) == (name != "likelihood")
        assert json.loads(json.dumps(record.to_dict(), allow_nan=False))["seed"] == record.seed


@pytest.mark.sweep(4)
@pytest.mark.parametrize("name", ON)
def test_a_resumed_run_is_the_run_that_was_never_stopped(tmp_path, name):
    whole, cut, config = Run(tmp_path, "whole"), Run(tmp_path, "cut"), configured(name)
    assert go(whole, config)
    assert not go(cut, config, stop_at=5)
    assert load_newest(cut.folder).state.step == 5
    assert go(cut, config, resume=True)
    one, other = (load_newest(run.folder).state.tensors() for run in (whole, cut))
    assert set(one) == set(other)
    assert all(torch.equal(one[key], other[key]) for key in one)
    assert [row["js"]["value"] for row in cut.rows()] == [
        row["js"]["value"] for row in whole.rows()
    ]
    assert [row["step"] for row in cut.rows()] == [0, 0, 6, 6, 12, 12]


@pytest.mark.sweep(4)
@pytest.mark.parametrize("name", ON)
def test_each_lowers_its_objective(name):
    study = training_of(configured(name, steps=60, rate=0.02, average=0.0), QUICK)
    *_, (end, _) = walk(study)
    for first, last in zip(study.measure(study.begin()), study.measure(end), strict=True):
        spread = first.objective.error + last.objective.error
        assert last.objective.value < first.objective.value - 6 * spread * (name != "ideal")


@pytest.mark.slow
def test_the_ideal_game_follows_gradient_flow_to_the_data():
    ideal = Ideal(Normal(1, 2), AffineGenerator())
    steps = train_system(
        ideal.p, ideal, steps=200, every=20, recorder=QUICK, generator_rate=SGD(0.5)
    )
    values = [step.js.value for step in steps]
    assert all(later <= before for before, later in itertools.pairwise(values))
    assert values[-1] < 1e-6


def test_the_slopes_are_those_at_the_best_critic():
    """At q = p the best critic is constant: neither loss moves G."""
    generator = AffineGenerator()
    study = training_of(replace(configured("ideal"), target="normal(0, 1)"), QUICK)
    theta = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    assert js_divergence(generator.law(theta[0]), Normal(0, 1)).value < 1e-15
    same = replace(study.begin(), generator=theta, average=theta)
    (record,) = study.measure(same)
    assert record.js.value == pytest.approx(0, abs=record.js.error)
    assert record.slope_minimax == pytest.approx(0, abs=1e-12)
    assert record.held_out_value == pytest.approx(-2 * math.log(2), abs=1e-12)


def test_v_at_the_best_critic_is_the_bound_in_the_mean():
    p, q = Normal(0, 1), Normal(1, 1)
    value, spread = at_best(p, q, p.sample(20_000, 0), q.sample(20_000, 1))
    bound = -2 * math.log(2) + 2 * js_divergence(p, q).value
    assert abs(value - bound) < 5 * spread  # false alarms: 6e-7


def test_the_auto_encoders_noise_is_read_off_fresh_points():
    decoder = GaussianDecoder(2, 1, (4,))
    study = training_of(replace(SMALL, game="autoencoder", target="ring8-wide"), QUICK)
    batch = study.batch(0, 0)
    theta = study.begin().generator[0]
    error = float(study.system.terms(theta, batch)["loss"].mean())
    made = study.system.generating(theta, lambda: error)
    assert float(decoder.scale(made)) == pytest.approx(math.sqrt(error / 2))


@pytest.mark.slow
def test_densities_without_a_rule_are_compared_by_draws():
    """A fine rule on the line is the truth; 9 errors of 16 replicates: false alarms 2e-7."""
    p, decoder = Normal(1, 1), GaussianDecoder(1, 1, (4,), noise=0.2)
    theta = decoder.start(np.random.default_rng(0))
    known = Truth().known(p, decoder, theta, np.random.default_rng(1))
    found, law = known.js, known.law
    x = torch.linspace(-12, 12, 20_001, dtype=torch.float64)[:, None]
    lp, lq = p.log_prob(x), law.log_prob(x)
    lm = torch.logaddexp(lp, lq) - math.log(2)
    terms = lp.exp() * (lp - lm) + lq.exp() * (lq - lm)
    truth = 0.5 * float(torch.trapezoid(terms, x[:, 0]))
    assert abs(found.value - truth) < 9 * found.error
    assert (found.error < 1e-3, found.kind) == (True, "standard error")
    again = Truth().known(p, decoder, theta, np.random.default_rng(1)).js
    assert (again.value, again.method) == (found.value, found.method)


def test_points_that_are_drawn_once_come_again():
    system = Likelihood(MixtureGenerator(2, 2))
    options = {"steps": 1, "batch": 64, "data": 3, "recorder": QUICK}
    first = next(iter(train_system(ring(), system, **options)))
    rows = {tuple(row) for k in range(5) for row in first.training.batch(k, 0).x.tolist()}
    assert len(rows) == 3


def test_an_end_is_kept_when_parameters_leave_the_floats(tmp_path):
    kept = Checkpoints(tmp_path, {})
    steps = train_system(
        Normal(), Likelihood(MixtureGenerator(2)), steps=50, every=50, checkpoints=kept,
        recorder=QUICK, generator_rate=SGD(1e5),
    )  # fmt: skip
    with pytest.raises(TrainingDivergedError, match="not finite"):
        list(steps)
    assert kept.load().state.finite


@pytest.mark.slow
def test_a_start_is_kept_when_an_exact_gradient_is_not_resolved(tmp_path):
    run = Run(tmp_path, "folds")
    config = Config(game="ideal", target="normal", generator="mlp", hidden=(4,), steps=2)
    with pytest.raises(TrainingDivergedError, match=r"step 1: .*panels.*step 0 is kept"):
        go(run, config)
    assert load_newest(run.folder).state.step == 0


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"game": "vae", "r1": 0.1}, "r1 is a critic's"),
        ({"game": "vae", "generator": "affine"}, "needs a decoder"),
        ({"game": "likelihood", "generator": "mlp", "target": "normal"}, "written in θ"),
        ({"game": "ideall"}, "ideal"),
        ({"game": "ideal", "target": "ring8"}, "noise on the line"),
        ({"game": "vae", "dtype": "float32"}, "float64"),
        ({"game": "vae", "data": 0}, "data must be"),
    ],
)
def test_what_does_not_fit_is_said(changes, advice):
    with pytest.raises(ValueError, match=advice):
        training_of(replace(SMALL, **changes))


def test_dimensions_and_choices_are_checked():
    system = Likelihood(AffineGenerator())
    with pytest.raises(ValueError, match="2 coordinates"):
        train_system(ring(), system)
    with pytest.raises(TypeError, match="unknown option 'stepz'"):
        train_system(Normal(), system, stepz=1)
    with pytest.raises(ValueError, match="needs checkpoints"):
        train_system(Normal(), system, resume=True)
    with pytest.raises(ValueError, match="at least 1"):
        train_system(Normal(), system, every=0)


def test_objectives_say_what_they_are():
    decoder = BinaryDecoder(4, 1, (4,))
    names = [
        VariationalSystem(VAE(decoder, **choices), decoder).objective[0]
        for choices in ({}, {"kl_weight": 0.5}, {"codes": 8, "bound": "importance"})
    ]
    assert names == [
        "negative ELBO",
        "negative ELBO, KL × 0.5",
        "negative bound of 8 importance weights",
    ]
    study = training_of(replace(SMALL, game="autoencoder", target="bars3"), QUICK)
    assert isinstance(study, SystemTraining)
    assert isinstance(study.system, Copying)
    assert study.system.generator.dim == bars_and_stripes(3).dim
    assert isinstance(study.options, Options)
