"""Rows of one's own as data, and noise of one's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from divkit import js_divergence
from divkit.distributions import Normal, Uniform, labelled, ring
from divkit.gan import (
    AffineGenerator,
    NetworkCritic,
    Recorder,
    SampledJS,
    Truth,
    Watch,
    measure,
    train_gan,
)
from divkit.training.measures.held_rows import HeldRows, parted

SMALL = Truth(estimate=SampledJS(fakes=400, fresh=200, trees=5))
QUICK = Recorder(held_out=2000, fakes=8, neighbourhood=100, truth=SMALL)
PLAY = {"steps": 3, "batch": 16, "every": 3, "recorder": QUICK}


def line(**choices):
    sides = {"generator": AffineGenerator(), "critic": NetworkCritic(1, (4,))}
    return train_gan(**{**PLAY, **sides, **choices})


def test_rows_are_parted_and_what_is_recorded_is_named_an_estimate():
    """JSD of N(0, 1) and the generator's start, from 200 rows; six standard errors: P = 2e-9."""
    rows = np.random.default_rng(0).normal(size=(1000, 1))
    step = next(line(data=rows, seeds=(0, 1)))
    law, record = step.training.p, step.record
    assert isinstance(law, HeldRows) and len(law.rows) == 200
    assert step.training.data.shape == (2, 800, 1)
    seen = {*step.training.data[0].flatten().tolist(), *law.rows.flatten().tolist()}
    assert seen == {*rows.flatten().tolist()}
    assert record.bound is None and record.excess is None and record.value is None
    assert record.js.is_estimate and record.critic_l2 is None
    theta = step.state.average[0]
    true = float(js_divergence(Normal(), step.training.generator.law(theta)))
    assert abs(record.js.value - true) < 6 * record.js.error
    batch = step.training.draws(0)[-1].real[0].flatten()
    assert set(batch.tolist()) <= {*step.training.data[0].flatten().tolist()}
    x = law.sample(200, 3)
    assert len({*x.flatten().tolist()}) == 200
    held = step.training.recorder
    assert held.held_out == 200 and held.neighbourhood == 100


def test_v_on_held_out_rows_is_the_formula_on_them():
    rows = np.random.default_rng(1).normal(size=(500, 1))
    step = next(line(data=rows))
    real = step.training.critic.logits(step.state.critic[0], step.training.p.rows)
    a = -nn.functional.softplus(-real)
    value, error = step.record.held_out_value, step.record.held_out_error
    fakes = value - float(a.mean())
    assert -10 < fakes < 0 and 0 < error < 1
    assert float(a.mean()) == pytest.approx(float(a.sum()) / 100)


def test_rows_of_a_law_that_is_known_have_its_truth():
    rows = Normal(1, 1).sample(300, 0)
    *_, step = line(p=Normal(1, 1), data=rows)
    assert step.js.kind == "quadrature" and step.record.bound is not None
    assert torch.equal(step.training.data[0], rows)


def test_what_is_no_data_is_refused():
    with pytest.raises(TypeError, match=r"pass the law of the data, or rows"):
        next(line())
    with pytest.raises(ValueError, match="at least 50 rows"):
        next(line(data=np.zeros((100, 1))))
    with pytest.raises(ValueError, match="finite"):
        next(line(data=np.full((500, 1), math.nan)))
    with pytest.raises(ValueError, match=r"data|dimension|coordinates"):
        next(line(p=Normal(), data=np.zeros((500, 2))))
    with pytest.raises(ValueError, match="200 rows are held out"):
        parted(np.random.default_rng(0).normal(size=1000))[1].sample(201)
    with pytest.raises(ValueError, match="no density"):
        parted(np.random.default_rng(0).normal(size=1000))[1].log_prob(np.zeros((1, 1)))


def uniform(n):
    return torch.rand(n, 3) * 2 - 1


def test_noise_of_ones_own_is_drawn_and_changes_nothing_of_the_callers():
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    before = torch.random.get_rng_state()
    step = next(train_gan(Normal(), generator=module, noise=uniform, **PLAY))
    assert torch.equal(torch.random.get_rng_state(), before)
    batch = step.training.draws(0)[-1]
    assert batch.latent.shape == (1, 16, 3) and float(batch.latent.abs().max()) <= 1
    assert step.js.one_sided == "lower"
    plain = nn.Linear(1, 1)
    *_, known = train_gan(Normal(), generator=plain, noise=Uniform(-1, 1), **PLAY)
    assert known.js.kind == "quadrature"
    flat = next(train_gan(ring(4), noise=lambda n: torch.rand(n, 1), **PLAY))
    assert flat.training.generator.latent.dim == 1 and flat.js.value == pytest.approx(math.log(2))


def test_noise_without_a_use_or_a_shape_is_refused():
    with pytest.raises(ValueError, match="noise of its own"):
        next(line(p=Normal(), noise=2))
    with pytest.raises(ValueError, match=r"noise must draw n points"):
        next(train_gan(Normal(), generator=nn.Linear(1, 1), noise=torch.rand, **PLAY))


def test_a_loop_of_rows_has_an_estimate_above_a_limit_and_no_truth():
    """Estimate and limit within six standard errors of the truth: P = 2e-9."""
    linear, critic = nn.Linear(1, 1), nn.Linear(1, 1)
    with torch.no_grad():
        linear.weight.fill_(1.0)
        linear.bias.fill_(1.0)
    rows = np.random.default_rng(2).normal(size=(400, 1))
    record = measure(rows, linear, critic, noise=1, recorder=QUICK)
    true, js = float(js_divergence(Normal(), Normal(1, 1))), record.js
    assert js.is_lower_bound and js.interval[1] == math.log(2)
    assert "an estimate" in js.warnings[0]
    assert abs(js.value - true) < 6 * js.error
    assert 0 <= js.interval[0] < min(js.value, true + 6 * js.error)
    assert record.bound is None and record.excess is None and record.value is None
    a = -nn.functional.softplus(-critic.double()(torch.from_numpy(rows))).detach()
    assert record.held_out_value < float(a.mean())  # less what fakes cost


def test_rows_that_are_none_are_refused_and_a_watch_takes_them():
    rows = np.random.default_rng(3).normal(size=(60, 1))
    watch = Watch(rows, nn.Linear(1, 1), noise=1, every=1, options={"recorder": QUICK})
    assert watch().js.is_estimate
    with pytest.raises(ValueError, match="at least 50 rows"):
        measure(rows[:20], nn.Linear(1, 1), noise=1)
    with pytest.raises(ValueError, match="finite"):
        measure(rows * np.inf, nn.Linear(1, 1), noise=1)
    with pytest.raises(ValueError, match=r"rows \(z, e_y\)"):
        measure(labelled([Normal(0, 1), Normal(1, 1)]), nn.Linear(1, 1), noise=1)
