"""A run goes on with the choices it was started with: each that differs is refused by its name."""

from __future__ import annotations

import json
import sys
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from divkit.cli.main import app
from divkit.cli.options import options_of
from divkit.distributions import Normal, ring
from divkit.gan import (
    LOSSES,
    SGD,
    AffineGenerator,
    CheckpointError,
    Checkpoints,
    Ideal,
    MixtureGenerator,
    NetworkCritic,
    Options,
    Penalties,
    Recorder,
    train_gan,
    train_system,
)
from divkit.training.gan.api import set_up
from divkit.training.store.described import described, told
from divkit.training_config import Config

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import options_sweep

QUICK = Recorder(held_out=16, fakes=16, neighbourhood=0)
PLAY = {"steps": 2, "batch": 8, "recorder": QUICK}
OTHER = {
    "target": "ring8", "game": "wgan", "generator": "mlp", "activation": "tanh",
    "optimiser": "sgd", "order": "simultaneous", "dtype": "float32", "device": "cuda",
    "critic_activation": "tanh",
}  # fmt: skip
"""Other texts; other numbers are made of the ones there are."""


def another(name, value, default):
    """Another value of a choice, as it is typed."""
    if isinstance(default, bool) or name in OTHER:
        return OTHER.get(name, "")
    if isinstance(default, tuple):
        return "kl,tv" if name == "kinds" else "3,5"
    return {"clip": "0.5", "data": "100"}.get(name) or str(2 * value + 1)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    words = ["--target", "normal", "--generator", "affine", "--steps", "2", "--batch", "8"]
    done = CliRunner().invoke(app, ["train", "--output", str(folder), "--name", "a", *words])
    assert done.exit_code == 0, done.stderr
    return folder


@pytest.mark.parametrize("option", options_of(Config), ids=lambda option: option.name)
def test_the_command_line_refuses_every_option_that_differs(kept, option):
    run = Config(target="normal", generator="affine", steps=2, batch=8)
    there, flag = getattr(run, option.name), option.flags[0]
    typed = another(option.name, there, option.field.default)
    words = [flag, typed] if typed else [flag]
    done = CliRunner().invoke(
        app, ["train", "--resume", "--output", str(kept), "--name", "a", *words]
    )
    assert done.exit_code == 2
    assert f"{option.name} = " in done.stderr
    assert "A run keeps its choices" in " ".join(done.stderr.split())


def base():
    return {"game": "gan", "generator": AffineGenerator(), "critic": NetworkCritic(1, (4,))}


def choices():
    """Each choice of `train_gan` with another value, and the word that an error has of it."""
    yield "game", {"game": "wgan"}
    yield "p", {"p": Normal(1, 3)}
    yield "generator", {"generator": MixtureGenerator(2, 1)}
    yield "critic.hidden", {"critic": NetworkCritic(1, (5,))}
    yield "data", {"data": 10}
    for name in [f.name for f in fields(Options) if f.name not in options_sweep.NOT_SWEPT]:
        more = {"unroll": 1} if name == "unroll_rate" else {}
        yield f"options.{name}", {name: options_sweep.OPTIONS[name], **more}
    for name in [f.name for f in fields(Penalties)]:
        where = "critic" if name == "spectral" else f"options.penalties.{name}"
        yield where, {"penalties": Penalties(**{name: options_sweep.PENALTIES[name]})}


@pytest.mark.parametrize(("where", "choice"), [*choices()], ids=[where for where, _ in choices()])
def test_train_gan_refuses_every_choice_that_differs(tmp_path, where, choice):
    p = Normal(1, 2)
    store = Checkpoints(tmp_path, {})
    begun = {**base(), **PLAY}
    if where == "options.steps":
        choice = {"steps": 3}
    list(train_gan(p, checkpoints=store, **begun))
    again = {**begun, **choice}
    with pytest.raises(CheckpointError, match=f"(another training: |; ){where}"):
        next(train_gan(again.pop("p", p), checkpoints=store, resume=True, **again))
    (last,) = train_gan(p, checkpoints=store, resume=True, **begun)
    assert last.index == 2


def test_a_gan_does_not_go_on_as_a_wgan_with_another_optimiser(tmp_path):
    store = Checkpoints(tmp_path, {"run": "mine"})
    list(train_gan(Normal(1, 2), checkpoints=store, **base(), **PLAY))
    other = {**base(), "game": "wgan", "critic_rate": SGD(0.1)}
    words = (
        r"game\.name is 'gan' there, 'wgan' here; options\.critic_rate is '.*AdamOptimiser' there"
    )
    with pytest.raises(CheckpointError, match=words):
        next(train_gan(Normal(1, 2), checkpoints=store, resume=True, **other, **PLAY))


def layers(slope):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 4), nn.LeakyReLU(slope), nn.Linear(4, 2))


def test_a_module_of_other_layers_or_buffers_is_another_training(tmp_path):
    store = Checkpoints(tmp_path, {})
    play = partial(train_gan, ring(4), checkpoints=store, **PLAY)
    list(play(generator=layers(0.1)))
    with pytest.raises(CheckpointError, match=r"generator\.make\.args\[0\]\.structure"):
        next(play(generator=layers(0.2), resume=True))
    assert next(play(generator=layers(0.1), resume=True)).index == 2


def test_a_system_refuses_too(tmp_path):
    store = Checkpoints(tmp_path, {})
    ideal = Ideal(Normal(1, 1), AffineGenerator())
    list(train_system(ideal.p, ideal, steps=2, checkpoints=store))
    with pytest.raises(CheckpointError, match=r"options\.generator_rate is .*rate|SGD' here"):
        next(
            train_system(
                ideal.p, ideal, steps=2, checkpoints=store, resume=True, generator_rate=SGD(0.1)
            )
        )


def test_a_checkpoint_that_does_not_say_its_training_is_refused(tmp_path):
    store = Checkpoints(tmp_path, {})
    (*_, last) = train_gan(Normal(1, 2), **base(), **PLAY)
    store.save(last.state)
    with pytest.raises(CheckpointError, match=r"what is trained is None there.*run\(training"):
        next(train_gan(Normal(1, 2), checkpoints=store, resume=True, **base(), **PLAY))


@pytest.mark.parametrize("game", LOSSES)
def test_what_is_described_holds_no_address(game):
    """Another process has others, and would not go on."""
    p = ring(4)
    for generator in (None, layers(0.1), MixtureGenerator(2, 2)):
        for critic in (None, nn.Sequential(nn.Linear(2, 1))):
            if game == "relativistic" and isinstance(generator, MixtureGenerator):
                continue
            training = set_up(p, game, generator, critic, Options(penalties=Penalties(r1=1.0)))
            assert "0x" not in json.dumps(described(training), allow_nan=False)


def test_functions_differ_by_their_code_and_by_what_they_hold():
    def scaled(by):
        return lambda x: by * x

    assert told(described(scaled(2)), described(scaled(2))) == ""
    assert "closure[0] is 2 there, 3 here" in told(described(scaled(2)), described(scaled(3)))
    assert told(described(lambda x: x + 1), described(lambda x: x + 2))
    looped = {"self": None}
    looped["self"] = looped
    assert described(looped) == {"self": "itself"}
    data = torch.arange(4.0)
    assert told(described(data), described(data.clone())) == ""
    assert told(described(data), described(data + 1e-6))
    assert told(described(replace(Config(), rate=0.5)), described(Config()))
