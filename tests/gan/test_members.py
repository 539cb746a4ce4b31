"""A seed's member is the same alone and beside others; records say which G they are of."""

from __future__ import annotations

import json

import matplotlib.pyplot as plt
import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from divkit.cli.main import app
from divkit.cli.train_progress import record_line
from divkit.distributions import Normal, ring
from divkit.gan import (
    AffineGenerator,
    Likelihood,
    MixtureGenerator,
    NetworkCritic,
    NetworkGenerator,
    Options,
    Penalties,
    Ramp,
    Recorder,
    measure,
    standard_normal,
    train_gan,
    train_system,
)
from divkit.plots import draw_critic_map, draw_game, draw_js
from divkit.training.gan.api import set_up
from divkit.training.run import walk

P = ring(8, 1.0, 0.1)
QUICK = Recorder(held_out=32, fakes=32, neighbourhood=0)
CHOICES = [
    {},
    {"n_critic": 2, "noise": Ramp(0.5, 0.0)},
    {"penalties": Penalties(r1=1.0, gradient=1.0)},
    {"penalties": Penalties(spectral=True), "average": 0.9},
    {"unroll": 2},
]


def player(out):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, out))


def sides():
    yield "networks", NetworkGenerator(hidden=(16, 16)), NetworkCritic(2, (16, 16))
    yield "mixture", MixtureGenerator(3, 2), NetworkCritic(2, (8,))
    yield "modules", player(2), player(1)


def last(seeds, generator, critic, data, **choices):
    options = Options(steps=20, batch=32, seeds=seeds, **choices)
    setup = set_up(P, "gan", generator, critic, options, data)
    *_, (state, _) = walk(setup)
    return setup, state


@pytest.mark.sweep(3)
@pytest.mark.parametrize("choices", CHOICES, ids=str)
@pytest.mark.parametrize("data", [None, 50])
@pytest.mark.parametrize(("name", "generator", "critic"), [*sides()], ids=[n for n, *_ in sides()])
def test_a_member_alone_is_the_one_in_an_ensemble(name, generator, critic, data, choices):
    """Draws are equal bit for bit; products of matrices round otherwise beside others.

    Rounding grows by less than 1e6 in 20 steps from 1e-16 (5e-14 was the largest seen).
    """
    if name == "modules" and choices.get("penalties", Penalties()).spectral:
        pytest.skip("spectral norm is of divkit's own networks")
    together, state = last((3, 4, 7), generator, critic, data, **choices)
    for e, seed in enumerate((3, 4, 7)):
        alone, own = last((seed,), generator, critic, data, **choices)
        for step in (0, 19, 300):
            for one, many in zip(alone.draws(step), together.draws(step), strict=True):
                assert torch.equal(one.real[0], many.real[e])
                assert torch.equal(one.latent[0], many.latent[e])
        for key, tensor in own.tensors().items():
            torch.testing.assert_close(tensor[0], state.tensors()[key][e], rtol=1e-9, atol=1e-10)


def test_a_system_sees_the_data_of_its_own_seed():
    system = Likelihood(MixtureGenerator(2, 1))
    both = list(train_system(Normal(1, 2), system, steps=5, data=20, seeds=(3, 4), recorder=QUICK))
    alone = list(train_system(Normal(1, 2), system, steps=5, data=20, seeds=(4,), recorder=QUICK))
    assert torch.equal(both[-1].theta[1], alone[-1].theta[0])
    assert both[-1].records[1].to_dict()["js"]["value"] == alone[-1].js.value


def test_records_are_of_the_averaged_g_and_say_so():
    choices = {"steps": 30, "every": 30, "batch": 32, "recorder": QUICK}
    sides = {"generator": AffineGenerator(), "critic": NetworkCritic(1, (4,))}
    plain, averaged = (
        list(train_gan(Normal(3, 1), average=kept, **sides, **choices))[-1] for kept in (0.0, 0.99)
    )
    assert torch.equal(plain.state.generator, averaged.state.generator)
    assert plain.record.generator == "last" and averaged.record.generator == "average"
    assert averaged.record.train_value != plain.record.train_value
    assert "averaged G" in str(averaged.record) and "averaged" not in str(plain.record)
    assert "(averaged G)" in record_line(averaged.record)
    assert "averaged" not in record_line(plain.record)
    batch = averaged.training.draws(29)[-1]
    y = averaged.training.generator.push(averaged.state.average[0], batch.latent[0])[0]
    real, fake = (
        averaged.training.critic.logits(averaged.state.critic[0], z) for z in (batch.real[0], y)
    )
    v = -nn.functional.softplus(-real).mean() - nn.functional.softplus(fake).mean()
    assert averaged.record.train_value == pytest.approx(float(v), rel=1e-12)
    assert measure(Normal(), lambda z: z, noise=1, recorder=QUICK).generator == "given"


def test_systems_say_it_too():
    system = Likelihood(MixtureGenerator(2, 1))
    steps = train_system(Normal(1, 2), system, steps=2, recorder=QUICK, average=0.5)
    assert {step.record.generator for step in steps} == {"average"}


def test_the_terminal_the_file_and_the_figures_say_it(tmp_path):
    words = ["--target", "normal", "--generator", "affine", "--steps", "2", "--batch", "8"]
    base = ["train", "--output", str(tmp_path), "--name", "a", *words, "--average", "0.9"]
    done = CliRunner().invoke(app, base)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.count("averaged G") == 2
    assert "(averaged G)" in done.stderr
    rows = (tmp_path / "a" / "records.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["generator"] for row in rows] == ["average", "average"]
    flat = NetworkGenerator(standard_normal(1), 2)
    steps = list(train_gan(P, generator=flat, steps=1, batch=8, recorder=QUICK, average=0.5))
    records = [step.record for step in steps]
    for draw in (draw_game, draw_js):
        axes = plt.figure().subplots()
        assert draw(axes, records).get_legend().get_title().get_text() == "averaged G"
    axes = draw_critic_map(plt.figure().subplots(), P, steps[-1], fakes=5, grid=0, arrows=0)
    assert "fakes of averaged G" in [t.get_text() for t in axes.get_legend().get_texts()]
    plt.close("all")
