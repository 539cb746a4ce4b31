"""The screens of the ideal game and of a distance: the records of the house's own trainings."""

import itertools
import math

import pytest
import torch
from lab_scripts import numbers_of, printed_by

import divkit
from divkit.lab.screens.fields import changed
from divkit.lab.screens.game import GameScreen, GameState
from divkit.lab.screens.saturation import SaturationScreen, SaturationState, _along
from divkit.training.state import TrainingDivergedError
from divkit.training.systems.ideal import IdealGame

START = {"p": "normal(0, 1)", "loc": 2.0, "scale": 0.8}


def game(**fields):
    return GameScreen(changed(GameState(), START | fields))


def numbers(screen):
    return {name: each for found in screen.numbers() for name, each in found.items()}


def test_the_game_is_the_ideal_game_step_by_step():
    screen = game(rate=0.7)
    assert screen.step("both", 3)
    start = torch.tensor([2.0, 0.8], dtype=torch.float64)
    ideal = IdealGame(rate=0.7, steps=3)("normal(0, 1)", divkit.gan.AffineGenerator(), start)
    expected = [step.js.value for step in ideal]
    assert [js.value for js in screen.path] == expected
    assert screen.at == 3
    assert numbers(screen)["js"].value == expected[-1]


def test_small_steps_with_a_fresh_d_lower_the_jsd():
    screen = game(rate=0.3)
    screen.step("both", 4)
    assert all(after < before for before, after in itertools.pairwise(screen.path))


def test_the_slopes_are_those_of_twice_the_jsd():
    """Central differences of the exact JSD: an error of order h² and of rounding over h."""
    found, h = numbers(game()), 1e-3

    def jsd(loc, scale):
        return divkit.js_divergence("normal(0, 1)", f"normal({loc}, {scale})").value

    for name, ends in (
        ("slope_loc", (jsd(2 + h, 0.8), jsd(2 - h, 0.8))),
        ("slope_scale", (jsd(2, 0.8 + h), jsd(2, 0.8 - h))),
    ):
        assert found[name].value == pytest.approx((ends[0] - ends[1]) / h, abs=1e-5)
        assert found[name].error < 1e-12


def test_both_losses_are_expectations_under_the_generator():
    screen = game()
    found = numbers(screen)
    u = (torch.arange(20000) + 0.5) / 20000
    x = torch.from_numpy(divkit.distributions.Normal(2, 0.8).ppf(u))
    d = torch.sigmoid(screen.now.state.critic(x[:, None]))
    assert found["loss_minimax"].value == pytest.approx(float((1 - d).log().mean()), abs=1e-3)
    assert found["loss_non_saturating"].value == pytest.approx(float(-d.log().mean()), abs=1e-3)


def test_another_stretch_keeps_the_game_and_another_rate_begins_it_anew():
    screen = game()
    screen.step("both", 2)
    wider = screen.changed(changed(screen.state, {"view": [-9, 9]}))
    assert wider.at == 2
    assert wider.picture().head["view"] == [-9, 9]
    assert screen.changed(changed(screen.state, {"rate": 1})).at == 0


def test_a_game_that_leaves_the_floats_says_so():
    def lost():
        raise TrainingDivergedError("a parameter is infinite", None)
        yield

    screen = game()
    screen._game = lost()
    for _ in range(2):
        with pytest.raises(ValueError, match="range of the floats: a parameter"):
            screen.step("both", 1)


@pytest.mark.slow
def test_a_game_that_runs_away_says_so_and_shows_what_is_known(capsys):
    screen = game(
        p="normal(4.4, 0.4)", loc=1.6, scale=1.4, rate=0.5, inner=3, loss="non_saturating"
    )
    for _ in range(2):
        with pytest.raises(ValueError, match=r"has run away: G has mean -?\d"):
            screen.step("both", 50)
    found = numbers(screen)
    assert 0 < screen.at < 50
    assert "not resolved" in found["slope_loc"].why
    assert printed_by(screen, capsys)["js"] == found["js"].value


def test_nobody_else_moves():
    with pytest.raises(ValueError, match="who must be"):
        game().step("nobody", 1)
    with pytest.raises(ValueError, match="nothing moves"):
        SaturationScreen(SaturationState()).step("both", 1)


def test_the_scripts_print_what_is_shown(capsys):
    screen = game(rate=0.4, inner=2, loss="non_saturating")
    screen.step("both", 3)
    assert printed_by(screen, capsys) == pytest.approx(numbers_of(screen), rel=0, abs=1e-12)
    away = SaturationScreen(SaturationState(distance=2.5, scale=0.75))
    away.along = {"known": []}
    assert printed_by(away, capsys) == pytest.approx(numbers_of(away), rel=0, abs=1e-12)


def test_far_apart_the_minimax_slope_dies_and_the_other_grows():
    """√(π/2) e^{−μ²/8} (1 − π²/(2μ²)) ≤ slope ≤ √(π/2) e^{−μ²/8}; the two slopes sum to μ."""
    mu = 6.0
    found = numbers(SaturationScreen(SaturationState(distance=mu)))
    top = math.sqrt(math.pi / 2) * math.exp(-mu * mu / 8)
    slope, other = found["slope_minimax"], found["slope_non_saturating"]
    assert top * (1 - math.pi**2 / (2 * mu * mu)) <= slope.value <= top
    assert slope.value + other.value == pytest.approx(mu, abs=slope.error + other.error + 1e-12)
    assert found["w1"].value == pytest.approx(mu, abs=found["w1"].error + 1e-14)


@pytest.mark.slow
def test_the_way_is_drawn_from_the_same_calculation():
    along, errors = _along(1.0)
    at = numbers(SaturationScreen(SaturationState(distance=3.0)))
    assert along["along_js"][15] == at["js"].value
    assert errors["along_js"] >= at["js"].error
    assert along["along_slope_minimax"][15] == at["slope_minimax"].value
