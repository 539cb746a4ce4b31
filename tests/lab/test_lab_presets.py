"""Every preset of every screen: its state is taken, its picture drawn, its numbers told."""

import json
import math

import numpy as np
import pytest
from lab_scripts import shown_of

from divkit.lab.screens.fields import changed
from divkit.lab.screens.screen import NotKnown
from divkit.lab.screens.table import MODELS
from divkit.lab.server.app import STATIC

PRESETS = json.loads((STATIC / "presets.json").read_text("utf-8"))
EVERY = [(screen, name) for screen, presets in PRESETS.items() for name in presets]
QUICK = [each for each in EVERY if each[0] in ("line", "game", "saturation") or "dirac" in each[1]]
"""Presets whose numbers take no time: those of the others are told in slow tests."""
TOLD = [pytest.param(*each, marks=[] if each in QUICK else pytest.mark.slow) for each in EVERY]
MOST_FRAME = 10_000


def opened(screen, name):
    model = MODELS[screen]
    return model(changed(model.defaults, PRESETS[screen][name]))


@pytest.mark.parametrize(("screen", "name"), EVERY)
def test_a_preset_is_a_state_that_is_drawn(screen, name):
    defaults, fields = MODELS[screen].defaults, PRESETS[screen][name]
    at = opened(screen, name)
    if screen in ("game", "plane", "relatives"):
        assert at.step("both", 2)
    picture = at.picture()
    nowhere = sum(picture.arrays.get(law, np.ones(1)) for law in "pq") == 0  # D* is 0/0 there
    for each in picture.arrays.values():
        assert (np.isfinite(each) | (nowhere & np.isnan(each) if nowhere.any() else False)).all()
    assert len(picture.packed(frame=1, seq=1, step=2)) <= MOST_FRAME
    compile(at.python(), name, "exec")
    assert all(type(getattr(at.state, key)) is type(getattr(defaults, key)) for key in fields)


def sound(number):
    """Whether a number is finite and has an error or a word on it, or says why it is not so."""
    if isinstance(number, NotKnown):
        return len(number.why) > 3
    known = math.isfinite(number.error) or number.warnings or number.one_sided
    return known and (math.isfinite(number.value) or bool(number.reason))


def walked(screen, name):
    at = opened(screen, name)
    if screen in ("game", "plane", "relatives"):
        at.step("both", 2)
    found = shown_of(at)
    assert len(found) >= 3
    assert {key: each for key, each in found.items() if not sound(each)} == {}
    return found


@pytest.mark.parametrize(("screen", "name"), TOLD)
def test_the_numbers_of_a_preset_are_finite_or_say_why_not(screen, name):
    walked(screen, name)


def test_of_infinite_kl_the_reason_is_told_and_the_trained_d_is_near_the_best():
    found = walked("line", "infinite")
    assert found["kl"].value == math.inf
    assert found["kl"].reason
    assert math.isfinite(found["w1"].value)
    assert 0 < found["gap"].value < 1e-6


def way_of(name):
    """Distance and winding, over 300 steps, of the mean of the generator's one component."""
    at, way = opened("plane", name), []
    for _ in range(300):
        at.step("both", 1)
        way.append(at.turns.state.generator[0][1:3].numpy())
    x, y = np.array(way).T
    return np.hypot(x, y), np.unwrap(np.arctan2(y, x))


def test_on_the_dirac_circle_g_goes_round_and_with_r1_it_comes_home():
    circle, angle = way_of("dirac")
    assert abs(angle[-1] - angle[0]) > 3 * 2 * math.pi
    assert circle[-100:].min() > 0.8 * circle[:100].mean()
    home, _ = way_of("diracR1")
    assert home[-100:].max() < 0.2 * circle[:100].mean()
