"""The plane: the house's training by turns, its record's numbers, pictures that say the truth."""

import dataclasses

import numpy as np
import pytest
import torch
from lab_scripts import numbers_of, printed_by

from divkit.distributions.parse import parse_law
from divkit.lab.protocol.frames import Picture
from divkit.lab.screens.fields import changed
from divkit.lab.screens.plane import STAGES, PlaneScreen
from divkit.lab.screens.plane_laws import MOST_NORMALS, target_text
from divkit.lab.screens.plane_pictures import cells, map_of_best, map_of_d, seen
from divkit.lab.screens.plane_state import GAMES, PlaneState, config_of
from divkit.lab.screens.screen import NotKnown
from divkit.training.entries import training_of
from divkit.training.gan.turns import Turns, state_after
from divkit.training_config import Config

MOST_FRAME = 10_000
TWO_SPOTS = {
    "target": "strokes", "strokes": [-1.0, 0.0, 1.0, 0.0], "stroke": 0.5, "components": 2,
    "rate": 0.02, "critic_rate": 0.02,
}  # fmt: skip
SMALL = {"batch": 32, "width": 8, "critic_width": 8, "layers": 1}


def plane(**fields):
    return PlaneScreen(changed(PlaneState(), {**SMALL, **fields}))


def numbers(screen):
    return {name: each for found in screen.numbers() for name, each in found.items()}


def test_the_numbers_are_those_of_the_exported_script(capsys):
    screen = plane(target="checkerboard", components=2)
    for who, n in (("both", 4), ("d", 2), ("g", 1)):
        screen.step(who, n)
    shown = numbers_of(screen)
    assert printed_by(screen, capsys) == pytest.approx(shown, rel=0, abs=1e-12)
    assert shown["value"] <= shown["bound"] + 1e-9


def test_v_keeps_to_its_bound_over_two_hundred_steps():
    """Twice exact, within the two errors; on fresh draws within six standard errors, which ten
    reports of one game exceed with probability 1e-8."""
    screen = plane(**TWO_SPOTS)
    for _ in range(10):
        screen.step("both", 20)
        found = numbers(screen)
        value, top, fresh = found["value"], found["bound"], found["value_fresh"]
        assert value.value <= top.value + top.error + value.error
        assert fresh.value <= top.value + top.error + 6 * fresh.error
    assert screen.at == 200


def test_one_side_alone_leaves_the_other_as_it_is():
    turns = Turns(training_of(config_of(changed(PlaneState(), SMALL))))
    before = turns.state
    after = turns.take("d")
    assert torch.equal(after.generator, before.generator)
    assert not torch.equal(after.critic, before.critic)
    last = turns.take("g")
    assert torch.equal(last.critic, after.critic)
    assert not torch.equal(last.generator, after.generator)
    assert [last.step, turns.taken] == [2, [("d", 1), ("g", 1)]]


def test_adam_counts_the_steps_that_its_side_took():
    """Adam's first step has the length of its rate in every coordinate, however long G waited."""
    turns = Turns(training_of(config_of(changed(PlaneState(), SMALL))))
    for _ in range(7):
        turns.take("d")
    before = turns.state.generator
    moved = (turns.take("g").generator - before).abs()
    felt = moved > 1e-9
    assert felt.any()
    torch.testing.assert_close(moved[felt].max(), torch.tensor(0.003).double(), rtol=1e-3, atol=0)


def test_turns_of_both_are_the_training_itself():
    training = training_of(Config(target="moons", batch=32, steps=50, n_critic=2))
    state = training.begin()
    for _ in range(3):
        state = training.step(state)
    other = state_after(training, [("both", 3)])
    assert torch.equal(state.generator, other.generator)
    assert torch.equal(state.critic, other.critic)


def test_slow_motion_is_one_step_in_named_stages():
    slow, quick = plane(), plane()
    quick.step("both", 1)
    named = []
    for _ in STAGES:
        slow.step("stage", 1)
        named.append(slow.picture().head["stage"])
        assert list(slow.numbers()) == [] if slow.stage else True
    assert named == [*STAGES[1:], STAGES[0]]
    assert slow.at == quick.at == 1
    assert torch.equal(slow.turns.state.generator, quick.turns.state.generator)
    slow.step("stage", 2)
    slow.step("d", 1)
    assert slow.at == 2


@pytest.mark.parametrize("game", GAMES)
def test_a_picture_of_every_game_is_small_and_its_arrows_are_of_its_own_loss(game):
    screen = plane(game=game, generator="network", map="away")
    screen.step("both", 2)
    picture = screen.picture()
    assert isinstance(picture, Picture)
    assert len(picture.packed(frame=1, seq=1, step=2, screen="plane")) <= MOST_FRAME
    training, state = screen.training, screen.turns.state
    found = seen(training, state)
    x = torch.from_numpy(found.fake).requires_grad_()
    real = training.critic.logits(state.critic[0], training.draws(state.step)[-1].real[0])
    fake = training.critic.logits(state.critic[0], x)
    paid = training.loss.on_g(training.loss.outputs(real, fake)[1]).sum()
    if training.loss.paired:
        return  # a real point's output is in the loss of each fake: checked as the others' code
    (slope,) = torch.autograd.grad(paid, x)
    np.testing.assert_allclose(found.arrows, -slope.numpy(), rtol=1e-9, atol=1e-12)


def test_the_largest_frame_is_below_ten_kilobytes():
    screen = plane(batch=1024, generator="network", seed=1)
    assert len(screen.picture().packed(frame=10**6, seq=10**6, step=10**5)) <= MOST_FRAME


def test_d_star_of_a_mixture_is_drawn_at_once_and_is_p_over_p_and_q():
    screen = plane(map="best")
    assert screen.picture().head["map"] == "best"
    x, law = cells(screen.square), screen.law()
    lp, lq = screen.training.p.log_prob(x), law.log_prob(x)
    best = map_of_best(screen.training, law, screen.square)
    torch.testing.assert_close(best, lp.exp() / (lp.exp() + lq.exp()), rtol=1e-9, atol=1e-12)


def test_d_star_of_a_network_comes_once_nothing_moves():
    screen = plane(generator="network", activation="relu", map="best")
    assert screen.picture().head["map"] == "d"
    found = numbers(screen)
    assert found["js"].kind == "quadrature"
    assert screen.picture().head["map"] == "best"
    screen.step("both", 1)
    assert screen.picture().head["map"] == "d"


def test_the_map_of_d_is_d_on_the_cells():
    screen = plane()
    x = cells(screen.square)
    logits = screen.training.critic.logits(screen.turns.state.critic[0], x)
    drawn = map_of_d(screen.training, screen.turns.state, screen.square)
    torch.testing.assert_close(drawn, torch.sigmoid(logits))
    assert x[0].tolist() < x[1].tolist()  # x moves first, from the lowest y
    assert x[0, 1] == x[1, 1]


def test_another_map_keeps_the_training_and_another_rate_begins_it_anew():
    screen = plane()
    screen.step("both", 3)
    assert screen.changed(changed(screen.state, {"map": "none", "speed": 9})).at == 3
    assert screen.changed(changed(screen.state, {"rate": 0.1})).at == 0


def test_strokes_are_a_mixture_of_normals_along_them():
    law = parse_law(target_text("strokes", (0.0, 1.0, 2.0, -1.0), 0.5))
    assert [each.loc for each in law.components] == [(0.0, 1.0), (2.0, -1.0)]
    assert plane(target="strokes").training.p.dim == 2
    for odd in ((1.0,), (), (0.0,) * (2 * MOST_NORMALS + 2)):
        with pytest.raises(ValueError, match="strokes must be"):
            target_text("strokes", odd, 0.5)


def test_what_is_not_known_says_why():
    found = numbers(plane(game="wgan", target="checkerboard", components=1))
    assert isinstance(found["bound"], NotKnown)
    assert found["bound"].why == "why.slope"
    assert found["value_fresh"].unit == "length"


def test_what_leaves_the_floats_is_told():
    screen = plane(optimiser="sgd", rate=10.0, critic_rate=10.0, game="lsgan", generator="network")
    with pytest.raises(ValueError, match="range of the floats"):
        screen.step("both", 1000)


def test_every_field_of_the_state_is_in_the_training_or_in_the_picture():
    plain = config_of(PlaneState())
    for name, other in {"rate": 0.5, "pack": 2, "r1": 1.0, "noise": 0.5, "seed": 3}.items():
        assert config_of(dataclasses.replace(PlaneState(), **{name: other})) != plain
