"""Presets: what they choose, what wins over them, and that a run keeps what it was made of."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from divkit.cli.main import app
from divkit.generators import TARGETS
from divkit.training.entries import training_of
from divkit.training.presets import PRESETS, with_preset
from divkit.training_config import Config, from_dict

AFFINE = ("--generator", "affine", "--batch", "32")
SHORT = ("--steps", "2", "--every", "2", "--save-every", "2", "--json")


def call(*arguments):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_of_its_target_and_makes_a_training(name):
    config = with_preset(Config(target=name), "auto", {"target"})
    assert (config.preset, config.target) == (name, name)
    assert name in TARGETS
    assert from_dict(config.to_dict()) == config
    assert training_of(config).steps == PRESETS[name].options["steps"]


def test_a_preset_is_told_kept_and_resumed(tmp_path):
    """What is typed wins: an affine map, whose law is known at once."""
    run = ("--output", tmp_path, "--name", "a")
    done = call("--preset", "fgan", *AFFINE, *SHORT, *run)
    assert done.exit_code == 0, done.stderr
    assert "Preset: fgan. --generator affine --critic-activation tanh " in done.stderr
    told = json.loads(done.stdout)["config"]
    given = {"generator": "affine", "batch": 32, "steps": 2, "every": 2, "save_every": 2}
    assert told == with_preset(Config(**given), "fgan", given).to_dict()
    assert (told["target"], told["preset"], told["hidden"]) == ("fgan", "fgan", [64, 64])
    assert call("--resume", "--json", *run).exit_code == 0
    assert call("--resume", "--json", "--preset", "fgan", *run).exit_code == 0
    other = call("--resume", "--preset", "none", *run)
    assert (other.exit_code, "preset = 'none', but" in other.stderr) == (2, True)


def test_choices_that_are_typed_leave_a_targets_preset_out_and_it_is_told(tmp_path):
    alone = call("--target", "fgan", *AFFINE, *SHORT, "--output", tmp_path, "--name", "a")
    assert "Preset: none, as choices are given; --preset fgan makes the others." in alone.stderr
    assert json.loads(alone.stdout)["config"]["preset"] == "none"
    plain = call(
        "--target",
        "fgan",
        "--preset",
        "none",
        *AFFINE,
        *SHORT,
        "--output",
        tmp_path,
        "--name",
        "b",
    )
    assert "Preset" not in plain.stderr
    assert json.loads(plain.stdout)["config"] == json.loads(alone.stdout)["config"]


def test_a_generator_that_is_named_drops_the_choices_of_another():
    made = with_preset(Config(generator="network"), "ring8", {"generator"})
    assert (made.components, made.hidden, made.noise_end) == (8, (8,), 0.006)
    with pytest.raises(ValueError, match="of a game with a critic; 'ideal' has none"):
        with_preset(Config(game="ideal"), "ring8", {"game"})
    with pytest.raises(ValueError, match=r"unknown preset 'ring7'\. Did you mean 'ring8'"):
        with_preset(Config(), "ring7", ())


def test_presets_are_listed():
    assert "24 networks" in call("--list").stdout
    listed = json.loads(call("--list", "--json").stdout)["presets"]
    assert listed["ring8"]["waves"] == [1.5, 6.0, 24.0, 96.0]


def test_choices_of_the_critic_and_of_instance_noise_act():
    base = Config(target="normal(0, 1)", noise=0.5)
    made = training_of(replace(base, waves=(2.0,), critic_activation="tanh", noise_end=0.1))
    assert made.critic.waves == (2.0,)
    assert made.critic.activation.name == "tanh"
    assert made.options.noise(0.6) == pytest.approx(0.1)
    with pytest.raises(ValueError, match="Give noise, too"):
        training_of(replace(base, noise=0.0, noise_end=0.1))
    refused = call("--target", "fgan", "--waves", "1,x")
    assert (refused.exit_code, "--waves must be numbers" in refused.stderr) == (2, True)


def test_the_width_of_networks_acts_and_is_theirs():
    made = training_of(Config(target="moons", generator="networks", width=0.1))
    assert made.generator.width == 0.1
    with pytest.raises(ValueError, match="width is of no use"):
        training_of(Config(target="moons", width=0.1))
