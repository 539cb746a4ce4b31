"""An option of a training changes it or is refused; a slice of `benchmarks/options_sweep.py`.

What leaves the range of the floats stops, with the last good state.
"""

import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from divkit.cli.main import app
from divkit.distributions import Normal, bars_and_stripes
from divkit.generators import AffineGenerator
from divkit.generators.decoders import BinaryDecoder, GaussianDecoder
from divkit.training.batches import fresh_draws
from divkit.training.entries import training_of
from divkit.training.gan.api import set_up, train_gan
from divkit.training.gan.critic import AutogradCritic, NetworkCritic
from divkit.training.gan.spectral import SpectralCritic
from divkit.training.options import Options, Penalties
from divkit.training.state import TrainingDivergedError
from divkit.training.store.checkpoints import Checkpoints
from divkit.training.systems.api import train_system
from divkit.training.systems.descents import train_vae
from divkit.training.systems.ideal import IdealGame
from divkit.training.systems.system import Ideal, VariationalSystem
from divkit.training.systems.vae import VAE
from divkit.training_config import Config, resumed

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import options_sweep

SLICE = random.Random(1).sample(list(options_sweep.cases(40, 1)), 40)


def test_every_option_is_swept():
    assert options_sweep.missing() == []


@pytest.mark.slow
def test_every_option_acts_or_is_refused():
    """Which cases are taken is fixed: no chance of a false alarm."""
    found = {case: options_sweep.verdict(case) for case in SLICE}
    bad = {case: said for case, said in found.items() if said not in options_sweep.PROPER}
    assert not bad
    assert sum(said == "acts" for said in found.values()) > len(SLICE) / 2


def test_spectral_norm_is_put_on_the_critic_that_is_given():
    given = NetworkCritic(1, (4,))
    options = Options(penalties=Penalties(spectral=True))
    setup = set_up(Normal(), "wgan", None, given, options)
    assert setup.critic == SpectralCritic(given)
    (*_, last) = train_gan(
        Normal(1, 1), "wgan", critic=given, penalties=Penalties(spectral=True), steps=2, batch=8
    )
    assert last.record.bound is not None
    followed = AutogradCritic(options_sweep.critics()["followed"].model)
    with pytest.raises(ValueError, match="spectral norm divides"):
        set_up(Normal(), "gan", None, followed, options)


def test_a_spectral_critics_slope_scales_the_bound_of_wasserstein_alone():
    given = NetworkCritic(1, (4,), spread=2.0)
    options = Options(penalties=Penalties(spectral=True), steps=1, batch=8)
    (first, *_) = train_gan(Normal(1, 1), "gan", critic=given, options=options)
    assert first.record.bound.value == pytest.approx(2 * first.js.value - 1.3862943611198906)


@pytest.mark.parametrize(
    "choice",
    [
        {"n_critic": 2}, {"order": "simultaneous"}, {"penalties": Penalties(r1=1.0)},
        {"unroll": 1}, {"batch": 8}, {"dtype": torch.float32},
    ],
    ids=str,
)  # fmt: skip
def test_a_system_without_a_critic_refuses_what_it_does_not_see(choice):
    ideal = Ideal(Normal(1, 1), AffineGenerator())
    with pytest.raises(ValueError, match=r"critic|batch|float64"):
        train_system(ideal.p, ideal, steps=2, **choice)


def test_data_and_batches_that_nobody_sees_are_refused():
    ideal = Ideal(Normal(1, 1), AffineGenerator())
    with pytest.raises(ValueError, match="data"):
        train_system(ideal.p, ideal, steps=2, data=10)
    p, decoder = bars_and_stripes(2), BinaryDecoder(4, 1, (4,))
    with pytest.raises(ValueError, match="batch"):
        train_system(p, VariationalSystem(VAE(decoder, (4,)), decoder), steps=2, batch=8)


@pytest.mark.parametrize(
    "choices",
    [
        {"generator": "affine", "hidden": (4,)},
        {"generator": "mixture", "latent": 2},
        {"generator": "mlp", "components": 3},
        {"game": "vae", "activation": "tanh"},
        {"optimiser": "sgd", "beta1": 0.9},
        {"unroll_rate": 0.3},
        {"game": "ideal", "pack": 2},
        {"game": "ideal", "batch": 8},
        {"game": "lsgan", "label_smoothing": 0.1},
    ],
    ids=str,
)
def test_a_configuration_refuses_what_it_is_not_made_from(choices):
    with pytest.raises(ValueError, match=list(choices)[-1].replace("_", ".")):
        training_of(replace(Config(target="normal"), **choices))


def test_a_resumed_run_is_asked_what_was_typed(tmp_path):
    kept = Config(rate=0.01)
    assert resumed(kept, Config(), set()) == kept
    with pytest.raises(ValueError, match=r"rate = 0\.001"):
        resumed(kept, Config(), {"rate"})
    base = ["train", "--target", "normal", "--generator", "affine", "--output", str(tmp_path)]
    begun = CliRunner().invoke(app, [*base, "--steps", "2", "--batch", "8", "--rate", "0.01"])
    assert begun.exit_code == 0
    done = CliRunner().invoke(app, [*base, "--resume", "--rate", "0.001"])
    assert done.exit_code == 2
    assert "rate = 0.001" in done.stderr


@pytest.mark.sweep(3)
@pytest.mark.parametrize(
    ("game", "own"),
    [
        ("gan", ("--generator", "affine")),
        ("wgan", ("--generator", "affine")),
        ("ideal", ()),
        ("likelihood", ()),
        ("vae", ("--hidden", "4")),
        ("autoencoder", ("--hidden", "4")),
    ],
)
def test_a_training_that_leaves_the_range_stops_and_says_the_step(tmp_path, game, own):
    done = CliRunner().invoke(
        app,
        ["train", "--target", "normal", "--game", game, "--rate", "1e300", "--steps", "6",
         "--every", "3", "--name", "far", "--output", str(tmp_path), *own],
    )  # fmt: skip
    assert done.exit_code == 1, done.stderr
    assert "step 1: a parameter is not finite, or too large" in done.stderr
    assert "nan" not in done.stdout + done.stderr
    assert not (tmp_path / "far").exists()


def test_points_out_of_range_are_seen_before_they_are_saved(tmp_path):
    """Parameters of 1e120 are in range, what a perceptron makes of them is not."""
    kept = Checkpoints(tmp_path, {})
    with pytest.raises(TrainingDivergedError, match="lower the rates") as caught:
        generator = options_sweep.generators()["mlp"]
        steps = train_gan(
            Normal(), generator=generator, steps=3, batch=8, every=1, checkpoints=kept,
            generator_rate=options_sweep.SGD(1e120),
        )  # fmt: skip
        list(steps)
    assert caught.value.last.step == kept.load().state.step
    assert caught.value.last.generator.abs().max() < 1e3


def test_the_other_loops_stop_at_the_last_good_state():
    decoder = GaussianDecoder(1, 1, (4,), 0.2)
    steps = train_vae(VAE(decoder, (4,)), fresh_draws(Normal(), 8), rate=1e300, rng=0)
    with pytest.raises(ArithmeticError, match="step 1: a parameter"):
        next(steps)
    theta = torch.tensor([0.0, 1.0], dtype=torch.float64)
    with pytest.raises(ArithmeticError, match="step 1: a parameter"):
        list(IdealGame(rate=1e300, steps=3)(Normal(1, 1), AffineGenerator(), theta))


@pytest.mark.slow
def test_a_damaged_checkpoint_is_told_and_the_one_before_it_taken(tmp_path):
    base = ["train", "--output", str(tmp_path), "--name", "run"]
    begun = CliRunner().invoke(
        app,
        [*base, "--target", "normal", "--generator", "affine", "--steps", "4", "--batch", "8",
         "--save-every", "2"],
    )  # fmt: skip
    assert begun.exit_code == 0, begun.stderr
    newest = max((tmp_path / "run").glob("step-*.safetensors"))
    newest.write_bytes(newest.read_bytes()[:-3])
    done = CliRunner().invoke(app, [*base, "--resume"])
    assert done.exit_code == 0, done.stderr
    assert f"Warning: {newest.name}" in done.stderr
