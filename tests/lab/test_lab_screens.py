"""The models of the screens: states are checked, numbers are the house's own."""

import dataclasses
import math
from decimal import Decimal

import pytest
from lab_scripts import printed_by

import divkit
from divkit.faults import is_advice
from divkit.lab.protocol.frames import Picture
from divkit.lab.screens.fields import changed, plain_fields
from divkit.lab.screens.line import KINDS, SPLIT, LineScreen, LineState
from divkit.lab.screens.names import SCREENS
from divkit.lab.screens.screen import NotKnown
from divkit.lab.screens.table import MODELS
from divkit.lab.worker.session import plain
from divkit.results import Result


def numbers(screen):
    return {name: each for found in screen.numbers() for name, each in found.items()}


def line(**fields):
    return LineScreen(changed(LineState(), fields))


def test_every_screen_that_has_a_name_has_a_model():
    assert tuple(MODELS) == SCREENS
    for name in SCREENS:
        model = MODELS[name]
        assert changed(model.defaults, plain_fields(model.defaults)) == model.defaults


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_begins_with_a_picture_and_a_script(name):
    screen = MODELS[name](MODELS[name].defaults)
    assert isinstance(screen.picture(), Picture)
    compile(screen.python(), name, "exec")


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize(
    ("patch", "why"),
    [({"nonsense": 1}, "no field 'nonsense'"), ({"__class__": "x"}, "no field")],
)
def test_unknown_fields_are_refused_in_a_sentence(name, patch, why):
    with pytest.raises(ValueError, match=why):
        changed(MODELS[name].defaults, patch)


ODD = (None, {}, [[1]], "\x00", "x" * 3000, [math.inf], 10**400, math.nan, [0] * 999)


@pytest.mark.parametrize("name", SCREENS)
def test_a_field_of_another_type_or_out_of_its_limits_is_refused(name):
    defaults = MODELS[name].defaults
    for each in dataclasses.fields(defaults):
        for odd in ODD:
            with pytest.raises(ValueError, match=each.name):
                changed(defaults, {each.name: odd})


@pytest.mark.parametrize("name", SCREENS)
def test_there_is_nothing_to_ask_for_by_a_strange_name(name):
    with pytest.raises(ValueError, match="nothing to ask for"):
        list(MODELS[name](MODELS[name].defaults).ask("steal", {}))


def test_the_line_shows_what_the_engine_says():
    screen = line(q="mixture(0.3: laplace(1, 1), 0.7: normal(-2, 0.7))")
    found = numbers(screen)
    expected = divkit.divergence(screen.state.p, screen.state.q, list(KINDS))
    for kind, result in zip(KINDS, expected, strict=True):
        assert found[kind].value == result.value
        assert found[kind].error == result.error


def test_v_of_the_trained_d_and_its_gap_make_max_v():
    found = numbers(line(critic="spline"))
    total = found["value"].value + found["gap"].value
    allowed = sum(found[name].error for name in ("value", "gap", "gan"))
    assert abs(total - found["gan"].value) <= allowed
    assert found["gap"].value > found["gap"].error


def test_trained_to_the_end_the_gap_is_split():
    screen = line()
    (found,) = screen.ask("train", {})
    parts = sum(found[name].value for name in SPLIT)
    allowed = found["gap"].error + sum(found[name].error for name in SPLIT)
    assert abs(parts - found["gap"].value) <= allowed
    assert "trained" in screen.picture().arrays


def test_certified_digits_enclose_what_quadrature_found():
    screen = line()
    (found,) = screen.ask("certify", {"digits": 25})
    low, high = found["certified"].interval
    js = numbers(screen)["js"]
    assert low - js.error <= js.value <= high + js.error
    with pytest.raises(ValueError, match="digits must be in"):
        screen._certified(1000)


def test_an_infinite_divergence_has_its_reason():
    found = numbers(line(p="cauchy(0, 1)", q="normal(0, 1)"))
    assert found["kl"].value == math.inf
    assert found["kl"].reason
    assert found["js"].value < math.log(2)


def test_what_is_not_calculated_says_why():
    found = numbers(line(critic="mlp"))
    assert isinstance(found["value"], NotKnown)
    assert found["value"].why == "why.train"


@pytest.mark.parametrize("p", ["uniform(0, 1)", "cauchy(0, 1)"])
def test_no_number_is_without_an_error_or_a_word_on_it(p):
    for each in numbers(line(p=p, q="uniform(2, 3)")).values():
        if isinstance(each, Result):
            assert math.isfinite(each.error) or each.warnings or each.one_sided


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("poisson(3)", "density on the line"),
        ("multinomial(3, [0.5, 0.5])", "density on the line"),
        ("normal(0", "expected"),
        ("__import__('os')", "unexpected"),
        ("nrmal(0, 1)", "normal"),
    ],
)
def test_a_text_that_is_no_law_of_the_line_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        line(p=text)


def test_the_handles_of_a_normal_mixture_are_its_components():
    head = line(q="laplace(0, 1)").picture().head
    assert head["handles"] == {"p": [[0.55, -1.6, 0.6], [0.45, 1.4, 0.8]], "q": None}


@pytest.mark.parametrize("view", [[1, 1], [3, 2], [0], [0, 1, 2]])
def test_a_view_is_two_ends(view):
    with pytest.raises(ValueError, match="view must be"):
        line(view=view)


def test_the_script_prints_the_shown_divergences(capsys):
    screen = line(q="normal(1, 2)")
    exec(compile(screen.python(), "exported", "exec"), {})
    lines = [words.split(" = ") for words in capsys.readouterr().out.splitlines()]
    printed = {words[0]: float(words[1].split()[0]) for words in lines if len(words) == 2}
    for shown in screen._exact().values():
        assert abs(printed[shown.name] - shown.value) <= 1e-12


def test_the_script_prints_what_was_asked_for_and_no_more(capsys):
    screen = line(q="normal(1, 2)", critic="cubic")
    list(screen.numbers())
    assert "maximise_value" not in screen.python()
    asked = [*screen.ask("train", {}), *screen.ask("certify", {"digits": 20})]
    shown = {name: each.value for part in asked for name, each in part.items()}
    assert set(SPLIT) | {"value", "gap", "l2", "certified"} == set(shown)
    printed = printed_by(screen, capsys)
    assert {name: printed[name] for name in shown} == pytest.approx(shown, rel=0, abs=1e-12)
    list(screen.numbers())  # of a page that comes back: what was asked for is gone there
    assert "certified" not in screen.python()


@pytest.mark.parametrize("name", ["line", "samples", "game"])
@pytest.mark.parametrize("law", ["normal(0, 1e308)", "normal(1.7e308, 1)", "cauchy(0, 1e307)"])
def test_laws_that_reach_further_than_floats_are_refused_in_words_or_drawn(name, law):
    model = MODELS[name]
    try:
        made = model(changed(model.defaults, {"p": law})).picture().packed()
    except (ValueError, ArithmeticError) as refusal:
        assert is_advice(refusal), refusal
    else:
        assert made


def test_laws_that_reach_too_far_to_be_drawn_are_refused_as_a_state():
    for name in ("line", "samples"):
        with pytest.raises(ValueError, match="reach too far to be drawn"):
            MODELS[name](changed(MODELS[name].defaults, {"q": "normal(0, 1e308)"}))


def test_certified_digits_have_the_radius_of_their_own_enclosure():
    screen = line(p="normal(0, 1)", q="normal(1, 2)")
    (found,) = screen.ask("certify", {"digits": 30})
    told = plain(found["certified"])
    width = Decimal(told["upper"]) - Decimal(told["lower"])
    assert 0 < width / 2 <= Decimal(told["radius"]) <= width / 2 * Decimal("1.000001")
    assert told["radius"] < 1e-29 < told["error"]
    assert "radius" not in plain(numbers(screen)["js"])
