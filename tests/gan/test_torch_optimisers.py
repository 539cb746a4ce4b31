"""Optimisers and schedulers of torch as people pass them, against the loop they write."""

from __future__ import annotations

import copy
import pickle
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.functional import softplus
from torch.optim import lr_scheduler

from divkit.distributions import Normal, ring
from divkit.gan import AdamOptimiser, Checkpoints, Recorder, TorchOptimiser, train_gan

P = ring(4, 1.0, 0.2)
QUICK = Recorder(held_out=16, fakes=16, neighbourhood=0)
PLAY = {"steps": 6, "batch": 8, "every": 100, "recorder": QUICK}
OPTIMIZERS = {
    "Adam": partial(torch.optim.Adam, lr=0.01, betas=(0.5, 0.9), weight_decay=0.1),
    "AdamW": partial(torch.optim.AdamW, lr=0.01),
    "SGD": partial(torch.optim.SGD, lr=0.1, momentum=0.9, nesterov=True),
    "RMSprop": partial(torch.optim.RMSprop, lr=0.01, centered=True),
    "NAdam": partial(torch.optim.NAdam, lr=0.01),
    "Adagrad": torch.optim.Adagrad,
    "Rprop": torch.optim.Rprop,
    "ASGD": torch.optim.ASGD,
}
SCHEDULERS = {
    "none": None,
    "cosine": partial(lr_scheduler.CosineAnnealingLR, T_max=5),
    "one cycle": partial(lr_scheduler.OneCycleLR, max_lr=0.1, total_steps=8),
    "exponential": partial(lr_scheduler.ExponentialLR, gamma=0.7),
}


def players():
    torch.manual_seed(3)
    sides = (nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, out)) for out in (2, 1))
    return tuple(side.double() for side in sides)


def plain(draws, g, d, optimizer, scheduler):
    """The loop that people write."""
    opt_g, opt_d = optimizer(g.parameters()), optimizer(d.parameters())
    planned = [] if scheduler is None else [scheduler(opt_g), scheduler(opt_d)]
    for k in range(6):
        (batch,) = draws(k)
        x, y = batch.real[0], g(batch.latent[0])
        opt_d.zero_grad()
        (softplus(-d(x)).mean() + softplus(d(y.detach())).mean()).backward()
        opt_d.step()
        opt_g.zero_grad()
        softplus(-d(y)).mean().backward()
        opt_g.step()
        for each in planned:
            each.step()
    return [nn.utils.parameters_to_vector(side.parameters()).detach() for side in (g, d)]


def ended(*sides, **choices):
    *_, last = train_gan(P, generator=sides[0], critic=sides[1], **PLAY, **choices)
    return last


@pytest.mark.sweep(2)
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULERS)
def test_a_training_is_that_of_the_plain_loop(name, schedule):
    optimizer, scheduler = OPTIMIZERS[name], SCHEDULERS[schedule]
    if schedule == "one cycle" and name in ("Adagrad", "Rprop", "ASGD"):
        pytest.skip("a cycle changes momenta, which it has not")
    last = ended(*players(), optimizer=optimizer, scheduler=scheduler)
    wanted = plain(last.training.draws, *players(), optimizer, scheduler)
    for found, end in zip((last.state.generator[0], last.state.critic[0]), wanted, strict=True):
        torch.testing.assert_close(found, end, rtol=1e-9, atol=1e-12)


def test_an_instance_a_side_is_read_as_its_class_and_options():
    sides = players()
    pair = (
        torch.optim.AdamW(sides[0].parameters(), lr=0.02, weight_decay=0.3),
        torch.optim.SGD(sides[1].parameters(), lr=0.1, momentum=0.5),
    )
    before = copy.deepcopy([side.state_dict() for side in sides])
    last = ended(*sides, optimizer=pair)
    rules = (
        partial(torch.optim.AdamW, lr=0.02, weight_decay=0.3),
        partial(torch.optim.SGD, lr=0.1, momentum=0.5),
    )
    other = ended(*sides, optimizer=rules)
    assert torch.equal(last.state.generator, other.state.generator)
    assert torch.equal(last.state.critic, other.state.critic)
    assert all(not optimizer.state for optimizer in pair)
    for side, kept in zip(sides, before, strict=True):
        assert all(torch.equal(side.state_dict()[key], kept[key]) for key in kept)


def test_divkits_own_adam_is_torchs():
    one = ended(*players(), optimizer=partial(torch.optim.Adam, lr=1e-3, betas=(0.5, 0.999)))
    two = ended(*players(), generator_rate=AdamOptimiser(), critic_rate=AdamOptimiser())
    torch.testing.assert_close(one.state.generator, two.state.generator, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["Adam", "NAdam", "ASGD", "SGD"])
def test_its_state_is_saved_and_goes_on(tmp_path, name):
    store = Checkpoints(tmp_path, {})
    play = partial(
        train_gan, Normal(1, 1), optimizer=OPTIMIZERS[name], scheduler=SCHEDULERS["cosine"],
        checkpoints=store, save_every=3, seeds=(0, 1), **PLAY,
    )  # fmt: skip
    whole = list(play())[-1].state.tensors()
    assert len(store.files()) == 2
    store.files()[-1].unlink()
    again = list(play(resume=True))[-1].state.tensors()
    assert whole.keys() == again.keys() and all(torch.equal(whole[k], again[k]) for k in whole)
    with pytest.raises(ValueError, match=r"options\.generator_rate\.make"):
        next(play(resume=True, optimizer=torch.optim.Adamax))


def test_rules_travel():
    rule = TorchOptimiser(OPTIMIZERS["Adam"], SCHEDULERS["cosine"])
    assert rule.rate == 0.01
    twin = pickle.loads(pickle.dumps(rule))
    assert twin.make.keywords == rule.make.keywords and twin.rate == 0.01


class Uneven(torch.optim.SGD):
    """A rule that divides a slope by the norm of them all."""

    def step(self, closure=None):
        for part in self.param_groups[0]["params"]:
            part.grad = part.grad / part.grad.norm()
        return super().step(closure)


class Hoarder(torch.optim.SGD):
    """A rule that keeps a list."""

    def step(self, closure=None):
        (part,) = self.param_groups[0]["params"]
        self.state[part]["seen"] = [1]
        return super().step(closure)


def with_steps(side):
    optimizer = torch.optim.Adam(side.parameters())
    for part in side.parameters():
        part.grad = torch.zeros_like(part)
    optimizer.step()
    return optimizer


def with_schedule(side):
    optimizer = torch.optim.Adam(side.parameters())
    lr_scheduler.ExponentialLR(optimizer, 0.9)
    return optimizer


def in_groups(side):
    return torch.optim.Adam([{"params": [part]} for part in side.parameters()])


@pytest.mark.parametrize(
    ("optimizer", "words"),
    [
        (Uneven, "moves a number by other slopes than its own"),
        (torch.optim.Adafactor, "moves a number by other slopes than its own"),
        (torch.optim.LBFGS, "cannot take a step by slopes alone"),
        (Hoarder, "which no checkpoint of members can hold"),
        (lambda parts: 3, "must make a torch optimiser"),
        ("adam", "must be a class or partial of torch.optim"),
        ((torch.optim.Adam,) * 3, "a pair for generator and critic"),
        (with_steps, "has taken steps"),
        (with_schedule, "has a scheduler"),
        (in_groups, "in one group"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_the_way_out(optimizer, words):
    sides = players()
    if optimizer in (with_steps, with_schedule, in_groups):
        optimizer = (optimizer(sides[0]), torch.optim.Adam)
    with pytest.raises(ValueError, match=words):
        ended(*sides, optimizer=optimizer)


def test_schedulers_that_ask_for_more_and_double_choices_are_refused():
    play = partial(ended, *players())
    with pytest.raises(ValueError, match="asks for a metric"):
        play(optimizer=torch.optim.Adam, scheduler=lr_scheduler.ReduceLROnPlateau)
    with pytest.raises(ValueError, match="pass optimizer too"):
        play(scheduler=SCHEDULERS["cosine"])
    with pytest.raises(ValueError, match="generator_rate in torch's words"):
        play(optimizer=torch.optim.Adam, generator_rate=AdamOptimiser())
    with pytest.raises(ValueError, match="scheduler must make"):
        play(optimizer=torch.optim.Adam, scheduler=3)
