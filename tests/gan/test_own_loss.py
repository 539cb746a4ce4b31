"""Losses of one's own: with a theorem that is checked, or without one and without a bound."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import mse_loss, relu, softplus

from divkit.cli.train_progress import record_line
from divkit.distributions import Normal
from divkit.gan import (
    LOSSES,
    SGD,
    AdamOptimiser,
    AffineGenerator,
    MixtureGenerator,
    NetworkCritic,
    OwnLoss,
    Record,
    Recorder,
    from_table,
    measure,
    own_loss,
    to_table,
    train_gan,
)
from divkit.plots import draw_game

P = Normal(1, 1)
QUICK = Recorder(held_out=1024, fakes=16, neighbourhood=0)
SIDES = {"generator": AffineGenerator(), "critic": NetworkCritic(1, (6,))}
PLAY = {"steps": 8, "batch": 32, "every": 8, "recorder": QUICK, "seeds": (0, 1), **SIDES}


def bce_critic(real, fake):
    return bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))


def bce_generator(fake):
    return bce(fake, torch.ones_like(fake))


def last(game, **choices):
    *_, step = train_gan(P, game, **{**PLAY, **choices})
    return step


PAIRS = {
    "gan": (bce_critic, bce_generator),
    "gan-minimax": (bce_critic, lambda fake: -softplus(fake).mean()),
    "wgan": (lambda real, fake: fake.mean() - real.mean(), lambda fake: -fake.mean()),
    "hinge": (
        lambda real, fake: relu(1 - real).mean() + relu(1 + fake).mean(),
        lambda fake: -fake.mean(),
    ),
    "lsgan": (
        lambda real, fake: (
            0.5 * mse_loss(real, torch.ones_like(real))
            + 0.5 * mse_loss(fake, -torch.ones_like(fake))
        ),
        lambda fake: 0.5 * fake.square().mean(),
    ),
    "relativistic": (
        lambda real, fake: softplus(fake - real).mean(),
        lambda real, fake: softplus(real - fake).mean(),
    ),
}


@pytest.mark.parametrize("game", PAIRS)
@pytest.mark.parametrize("order", ["alternating", "simultaneous", "unrolled"])
def test_functions_train_as_the_game_of_that_name(game, order):
    choices = {"unroll": 2} if order == "unrolled" else {"order": order}
    choices |= {"critic_rate": SGD(0.05), "generator_rate": SGD(0.1)}
    found, wanted = (last(each, every=9, **choices).state for each in (PAIRS[game], game))
    torch.testing.assert_close(found.generator, wanted.generator, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(found.critic, wanted.critic, rtol=1e-9, atol=1e-12)


def test_without_a_theorem_no_bound_is_claimed_and_all_that_is_printed_says_so():
    step = last(PAIRS["gan"])
    record = step.record
    assert record.bound is None and record.excess is None and not record.bounded
    assert record.critic_l2 is None and record.value is None
    assert "no bound: losses without a theorem" in str(record)
    assert "bound none: losses without a theorem" in record_line(record)
    axes = draw_game(plt.figure().subplots(), [record])
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "no bound: losses without a theorem" in shown
    assert not any("max V" in text or "JSD" in text for text in shown)
    plt.close("all")
    assert record.to_dict()["bounded"] is False
    assert not from_table(to_table([record]))[0].bounded
    assert not Record.from_dict(record.to_dict()).bounded
    assert last("gan").record.bounded
    line = nn.Linear(1, 1)
    found = measure(P, line, lambda x: x, noise=1, game=PAIRS["gan"], recorder=QUICK)
    assert found.bound is None and not found.bounded
    house = measure(P, line, lambda x: x, noise=1, game="gan", recorder=QUICK)
    assert found.held_out_value == pytest.approx(house.held_out_value, rel=1e-12)


def test_v_on_fresh_points_is_that_of_batches_as_they_are_trained():
    """A loss that is no mean: its value depends on how many points it sees."""

    def uneven(real, fake):
        return softplus(-(real - fake.mean())).mean() + real.std() + softplus(fake).mean()

    record = last((uneven, bce_generator), batch=64).record
    assert record.held_out_value is not None and record.held_out_error > 0
    values = [-float(uneven(*torch.randn(2, 64, dtype=torch.float64))) for _ in range(3)]
    free = own_loss(uneven, bce_generator)
    x, y = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 128)))
    found, error = free.estimate(x, y, 64)
    two = [-float(uneven(x[k : k + 64], y[k : k + 64])) for k in (0, 64)]
    assert found == pytest.approx(sum(two) / 2)
    assert error == pytest.approx(np.std(two, ddof=1) / math.sqrt(2))
    assert free.estimate(x, y, 128)[1] is None
    assert all(math.isfinite(value) for value in values)


@pytest.mark.parametrize(
    ("game", "kind", "scale", "shift", "optimal"),
    [
        ("gan", "js", 2.0, -2 * math.log(2), None),
        ("lsgan", "triangular", LOSSES["lsgan"].theorem.scale, LOSSES["lsgan"].theorem.shift,
         lambda l: torch.tanh(0.5 * l)),
        ("hinge", "tv", LOSSES["hinge"].theorem.scale, LOSSES["hinge"].theorem.shift, torch.sign),
    ],
)  # fmt: skip
def test_a_theorem_gives_the_bound_of_the_game(game, kind, scale, shift, optimal):
    more = {} if optimal is None else {"optimal": optimal}
    loss = own_loss(*PAIRS[game], divergence=kind, scale=scale, shift=shift, **more)
    found, wanted = last(loss).record, last(game).record
    assert found.bounded
    assert found.bound.value == pytest.approx(wanted.bound.value, rel=1e-12)
    assert found.held_out_value == pytest.approx(wanted.held_out_value, rel=1e-9)
    assert found.held_out_error == pytest.approx(wanted.held_out_error, rel=1e-9)


@pytest.mark.parametrize(
    ("losses", "theorem", "words"),
    [
        (PAIRS["gan"], {"divergence": "js", "scale": 1.0, "shift": 0.0}, "its maximum is not"),
        (PAIRS["gan"], {"divergence": "kl", "scale": 1.0, "shift": 0.0}, "its maximum is not"),
        (PAIRS["gan"], {"divergence": "w1"}, "of an f-divergence"),
        (PAIRS["relativistic"], {"divergence": "js"}, "outputs on fakes alone"),
        ((lambda r, f: softplus(f - r).mean(), bce_generator), {"divergence": "js"}, "are means"),
        ((lambda r, f: softplus(-r).mean() + f.std(correction=0), bce_generator),
         {"divergence": "js"}, "are means"),
        ((lambda r, f: r, bce_generator), {}, "critic_loss must give one finite number"),
        ((bce_critic, lambda f: torch.tensor(1.0)), {}, "generator_loss must give one finite"),
    ],
)  # fmt: skip
def test_a_false_theorem_and_what_is_no_loss_are_refused(losses, theorem, words):
    with pytest.raises(ValueError, match=words):
        own_loss(*losses, **theorem)


def test_what_is_no_function_and_weighted_fakes_are_refused():
    with pytest.raises(TypeError, match="critic_loss must be a function"):
        own_loss("bce", bce_generator)
    with pytest.raises(ValueError, match="fakes of equal weight"):
        next(train_gan(P, PAIRS["gan"], generator=MixtureGenerator(2, 1)))
    assert isinstance(own_loss(nn.BCEWithLogitsLoss(), bce_generator), OwnLoss)


def test_packs_and_penalties_play_with_them():
    step = last(PAIRS["gan"], critic=NetworkCritic(1, (6,), pack=2), critic_rate=AdamOptimiser())
    assert step.state.finite and step.record.held_out_error > 0
