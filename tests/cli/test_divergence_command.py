"""What `divkit divergence P Q` prints and refuses."""

import json
import math

import pytest
from typer.testing import CliRunner

from divkit.cli.main import app

P, Q = "normal(0, 1)", "normal(1, 1)"


def call(*arguments):
    return CliRunner().invoke(app, ["divergence", *arguments])


def values(done):
    return {r["name"]: r for r in json.loads(done.stdout)["results"]}


def test_a_table_with_errors_and_methods():
    done = call(P, Q, "--kind", "js,kl")
    assert done.exit_code == 0
    assert "0.111421482184736" in done.stdout
    for column in ("divergence", "value", "error", "unit", "kind", "method"):
        assert column in done.stdout.splitlines()[0]


def test_json_holds_the_known_value():
    js = values(call(P, Q, "--kind", "js", "--json"))["js"]
    assert abs(js["value"] - 0.1114214821847361797172) <= js["error"] < 1e-12


def test_an_infinite_value_is_a_string_in_json_and_comes_with_its_reason():
    done = call("uniform(0, 1)", "uniform(0.5, 1.5)", "--kind", "kl", "--json")
    kl = values(done)["kl"]
    assert kl["value"] == "inf"
    assert "none" in kl["reason"]


def test_warnings_of_an_exact_value_reach_stderr(monkeypatch):
    """`divkit divergence` showed no warning of the exact engine."""
    done = call("normal(0, 1)", "student(0.001)", "--kind", "kl")
    assert "Warning: kl: " in done.stderr and "infinite" in done.stderr


def test_digits_ask_for_a_proof():
    js = values(call(P, Q, "--kind", "js", "--digits", "25", "--json"))["js"]
    assert js["kind"] == "enclosure"
    assert "0.1114214821847361797172" in json.dumps(js)


def test_the_table_shows_the_digits_that_are_proved():
    done = call(P, Q, "--kind", "js", "--digits", "30")
    assert "0.111421482184736179717236812217" in done.stdout


def test_base_two_gives_bits():
    nats = values(call(P, Q, "--kind", "js", "--json"))["js"]["value"]
    bits = values(call(P, Q, "--kind", "js", "--base", "2", "--json"))["js"]
    assert bits["unit"] == "bits"
    assert bits["value"] == pytest.approx(nats / math.log(2), rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ((P, "norml(0, 1)"), "normal"),
        ((P, "normal(0, 1"), "normal"),
        ((P, "normal(0, -1)"), "scale"),
        ((P, "__import__('os').system('true')"), ""),
        ((P, Q, "--kind", "jsd2"), "js"),
        ((P, Q, "--kind", " ,"), "--kind"),
        ((P, Q, "--method", "quadrture"), "quadrature"),
        ((P, Q, "--digits", "0"), "--digits"),
        ((P, Q, "--digits", "9", "--method", "quadrature"), "--digits"),
        ((P, Q, "--base", "1"), "base"),
        ((P,), "Q"),
    ],
)
def test_wrong_usage_is_exit_2_with_advice(arguments, advice):
    done = call(*arguments)
    assert done.exit_code == 2
    assert advice in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ("divergence", "[0.5, 0.5]", "[0.9, 0.1]"),
        ("verify", "[0.5, 0.5]", "[0.9, 0.1]"),
        ("value", "[0.5, 0.5]", "[0.9, 0.1]", "--steps", "2"),
        ("curve", "[t, 1-t]", "[0.5, 0.5]", "--over", "t=0.1:0.9:3"),
        ("train", "--target", "[0.5, 0.5]", "--steps", "1"),
    ],
)
def test_probabilities_are_taken_wherever_laws_are(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.stderr
    assert done.stdout
