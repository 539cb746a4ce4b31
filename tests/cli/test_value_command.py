"""What `divkit value` trains, prints, draws and refuses."""

import json
import math
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from divkit.cli.main import app
from divkit.critics import LevenbergMarquardt
from divkit.critics.steps import DivergedError

LAWS = ("normal(0, 1)", "normal(1, 1)")
JSD = 0.111421482184736


def call(*arguments):
    return CliRunner().invoke(app, ["value", *arguments])


def document(*arguments):
    done = call(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout, parse_constant=lambda word: pytest.fail(word))


@pytest.fixture
def files(tmp_path):
    """600 and 500 rows of N(0, 1) and N(1.5, 1): one .npy, one .csv with a header."""
    rng = np.random.default_rng(7)
    a, b = tmp_path / "a.npy", tmp_path / "b.csv"
    np.save(a, rng.normal(0, 1, 600))
    b.write_text("x\n" + "\n".join(map(repr, rng.normal(1.5, 1, 500).tolist())) + "\n")
    return str(a), str(b)


def test_on_the_population_value_gap_and_budget_agree():
    found = document(*LAWS, "--critic", "quadratic")
    notes = found["result"]["diagnostics"]
    assert found["implied"] == pytest.approx(JSD, abs=1e-12)
    assert notes["v_star"] == pytest.approx(2 * JSD - 2 * math.log(2), abs=1e-12)
    assert abs(notes["gap"]) < 1e-12
    parts = notes["budget"]
    assert abs(parts["total"] - parts["gap"]) <= parts["error"] < 1e-9
    assert [mark["step"] for mark in found["training"]] == list(
        range(1, len(found["training"]) + 1)
    )
    assert found["training"][-1]["lack"] < 1e-13 < found["training"][0]["lack"]


def test_on_draws_the_gap_is_what_estimation_cost():
    found = document(*LAWS, "--critic", "logistic", "--on", "400", "--seed", "3")
    notes = found["result"]["diagnostics"]
    parts = notes["budget"]
    assert parts["estimation"] == pytest.approx(notes["gap"], abs=1e-12) and notes["gap"] > 1e-6
    assert notes["gap_by_difference"] == pytest.approx(notes["gap"], abs=1e-12)
    assert all(mark["lack"] is None for mark in found["training"])
    assert document(*LAWS, "--critic", "logistic", "--on", "400", "--seed", "4") != found


def test_the_table_shows_both_gaps_and_the_parts():
    done = call(*LAWS, "--critic", "quadratic", "--maximiser", "lbfgs", "--steps", "9")
    assert done.exit_code == 0
    first = [line.split("  ")[0] for line in done.stdout.splitlines()]
    assert first[:5] == ["quantity", "V reached", "V* = max V", "gap, integral", "gap, V* − V"]
    for part in ("approximation", "estimation", "optimisation", "sum of the parts"):
        assert part in done.stdout
    assert "Training quadratic on population, game gan." in done.stderr
    assert "Training" not in done.stdout


def test_samples_alone_give_a_held_out_value_and_a_limit(files):
    found = document("--samples", *files, "--critic", "logistic")
    result = found["result"]
    low, high = result["interval"]
    assert found["p"] is None and low < result["value"] < high
    assert result["level"] == 0.95
    limit = result["diagnostics"]["limit"]
    assert 0.0 < limit < 0.2220  # JSD of the laws; the seed is fixed
    done = call("--samples", *files, "--critic", "logistic", "--level", "0.99")
    assert "js, lower limit" in done.stdout and "level 0.99" in done.stdout


def test_samples_beside_the_laws_are_judged_by_the_laws(files):
    found = document("normal(0, 1)", "normal(1.5, 1)", "--samples", *files, "--critic", "logistic")
    notes = found["result"]["diagnostics"]
    assert notes["gap"] > 0 and notes["budget"]["estimation"] == pytest.approx(notes["gap"])


def test_shared_rows_are_warned_of(tmp_path):
    same = str(tmp_path / "same.npy")
    np.save(same, np.arange(100.0))
    done = call("--samples", same, same, "--critic", "logistic")
    assert done.exit_code == 0
    assert "share 100 distinct rows" in done.stderr


@pytest.mark.sweep(3)
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((*LAWS, "--critic", "cubic"), "line.svg"),
        (
            (
                "product(normal(0, 1), normal(0, 1))",
                "product(normal(1, 1), normal(0, 1))",
                "--critic",
                "logistic",
            ),
            "plane.png",
        ),
        (("bernoulli(0.5)", "bernoulli(0.2)", "--critic", "logistic"), "finite.pdf"),
    ],
)
def test_a_figure_is_written_and_said_on_stderr(tmp_path, arguments, name):
    path = tmp_path / name
    done = call(*arguments, "--figure", str(path))
    assert done.exit_code == 0, done.stderr
    assert f"Figure: {path}" in done.stderr
    assert path.stat().st_size > 3000


def test_a_figure_of_samples(tmp_path, files):
    path = tmp_path / "samples.png"
    done = call("--samples", *files, "--critic", "logistic", "--figure", str(path))
    assert done.exit_code == 0, done.stderr
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_same_question_has_the_same_answer():
    first, second = (document(*LAWS, "--critic", "mlp", "--steps", "5") for _ in range(2))
    for found in (first, second):
        del found["result"]["diagnostics"]["seconds"]
        for mark in found["training"]:
            del mark["seconds"]
    assert first == second
    assert len(first["training"]) == 5


def test_divergence_of_training_is_exit_1_and_said(monkeypatch):
    def diverge(*_, **__):
        raise DivergedError("V is nan at step 3.", None)
        yield

    monkeypatch.setattr(LevenbergMarquardt, "__call__", diverge)
    done = call(*LAWS)
    assert done.exit_code == 1
    assert "V is nan at step 3" in done.stderr


def test_ctrl_c_is_130(monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["divkit.cli.value"], "_train", interrupt)
    done = call(*LAWS)
    assert done.exit_code == 130
    assert "Interrupted" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ((), "--samples A B"),
        (("normal(0, 1)",), "Give Q too"),
        ((*LAWS, "--critic", "mpl"), "'mlp'"),
        ((*LAWS, "--game", "hinged"), "'hinge'"),
        ((*LAWS, "--maximiser", "adm"), "'adam'"),
        ((*LAWS, "--on", "0"), "1 or more"),
        ((*LAWS, "--on", "1e3"), "1 or more"),
        ((*LAWS, "--seconds", "-1"), "seconds"),
        ((*LAWS, "--level", "1"), "level"),
        ((*LAWS, "--seed", "-1"), "--seed"),
        ((*LAWS, "--figure", "x.gif"), ".png"),
        ((*LAWS, "--samples", __file__, __file__, "--on", "10"), "one of them"),
        (("--samples", "nowhere.npy", "b.npy"), "nowhere.npy"),
        (("uniform(0, 1)", "uniform(0.5, 1.5)", "--game", "f-gan(kl)"), "infinite"),
        (("normal(0, 1)", "product(normal(0, 1), normal(0, 1))"), "dimension"),
    ],
)
def test_wrong_usage_is_exit_2_with_advice(arguments, advice):
    done = call(*arguments)
    assert done.exit_code == 2
    assert advice in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (("--figure", "nowhere/d.png"), "does not exist"),
        (("--game", "wgan"), "w1_distance"),
        (("--game", "f-gan(kl)", "--critic", "quadratic"), "overflow where the laws have mass"),
    ],
    ids=["figure", "wgan", "overflow"],
)
def test_what_cannot_be_drawn_or_played_is_said(options, advice):
    done = call("normal(0, 1)", "normal(32, 1)", *options)
    assert done.exit_code == 2 and advice in done.stderr
    assert "V reached" not in done.stdout


def test_a_difference_beyond_space_is_printed_with_its_own_error():
    """Draws of m know V to 1e-3 and the gap to 1e-12: each row has the error of its number."""
    law = "product(normal({}, 1), normal(0, 1), normal(0, 1), normal(0, 1))"
    notes = document(law.format(0), law.format(1), "--critic", "quadratic")
    found = notes["result"]["diagnostics"]
    assert abs(found["gap_by_difference"]) > 1e3 * found["gap_error"]
    assert abs(found["gap_by_difference"]) < 6 * found["gap_by_difference_error"]
