"""The screen of finite samples: the house's own training and limit, on stated draws."""

import math

import pytest
import torch
from lab_scripts import numbers_of, printed_by

import divkit
from divkit.lab.screens.fields import changed
from divkit.lab.screens.samples import SamplesScreen, SamplesState
from divkit.lab.screens.screen import NotKnown
from divkit.rng import spawn


def screen_of(**fields):
    return SamplesScreen(changed(SamplesState(), fields))


def numbers(screen):
    return {name: each for found in screen.numbers() for name, each in found.items()}


@pytest.fixture(scope="module")
def hundred():
    screen = screen_of(m=100, seed=3)
    return screen, numbers(screen)


def test_d_is_the_one_that_the_house_trains_on_the_same_draws(hundred):
    screen, found = hundred
    p, q = divkit.parse_law(screen.state.p), divkit.parse_law(screen.state.q)
    first, second = spawn(3, 4)[:2]
    on = p.sample(100, first), q.sample(100, second)
    expected = divkit.maximise_value(p, q, critic="quadratic", on=on, seed=3, account=False)
    assert found["value"].value == expected.value
    assert found["value"].error == expected.error


def test_v_on_the_sample_is_the_mean_of_the_payoffs_there(hundred):
    screen, found = hundred
    d = screen.trained.discriminator
    value = float(torch.log(d(screen.x)).mean() + torch.log1p(-d(screen.y)).mean())
    assert abs(value - found["value_sample"].value) <= 1e-13


def test_the_population_keeps_to_its_bound_and_fresh_draws_to_the_population(hundred):
    """Six standard errors: a false alarm in 1e-9, and the seed is fixed."""
    _, found = hundred
    value, top, fresh = found["value"], found["gan"], found["value_fresh"]
    assert value.value <= top.value + value.error + top.error
    assert abs(value.value + found["gap"].value - top.value) <= 1e-12
    assert abs(fresh.value - value.value) <= 6 * fresh.error


def test_the_sample_that_d_has_seen_is_no_bound():
    found = numbers(screen_of(p="normal(0, 1)", q="normal(0, 1)", m=10, critic="spline"))
    assert found["gan"].value == pytest.approx(-2 * math.log(2), abs=1e-12)
    assert found["value_sample"].value > found["gan"].value + 0.1
    assert found["value"].value < found["gan"].value


def test_of_too_few_draws_it_is_said_what_is_not_known():
    found = numbers(screen_of(m=1))
    assert found["limit"] == NotKnown("why.few")


@pytest.mark.parametrize("m", [7, 8, 16, 30, 32])
def test_a_limit_takes_as_many_stages_as_there_are_draws_for(m, capsys):
    screen = screen_of(m=m)
    found = numbers(screen)
    if m < 8:
        assert isinstance(found["limit"], NotKnown)
    else:
        assert found["limit"].one_sided == "lower"
    assert printed_by(screen, capsys) == pytest.approx(numbers_of(screen), rel=0, abs=1e-12)
    assert SamplesState().m == 30


def test_the_limit_claims_its_lower_end_alone(hundred):
    _, found = hundred
    assert found["limit"].one_sided == "lower"
    assert 0 <= found["limit"].interval[0] <= math.log(2)


def test_the_script_prints_what_is_shown(hundred, capsys):
    screen, _ = hundred
    assert printed_by(screen, capsys) == pytest.approx(numbers_of(screen), rel=0, abs=1e-12)
