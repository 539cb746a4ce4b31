"""The catalogue's problems have truths in the file, found again by another road."""

import json
import math
from pathlib import Path

import pytest

from divkit.problems import PROBLEMS, Problem
from divkit.problems.pairs_of_laws import Regime
from divkit.problems.suites import SUITES, problems_of
from divkit.problems.truths import KINDS, TRUTHS, facts_of, record_of, truth_of, version_of

CHECKED = Path(__file__).parents[1] / "benchmarks" / "results" / "problem_truths.json"
STORED = json.loads(TRUTHS.read_text(encoding="utf-8"))["problems"]


def test_there_are_many_problems_of_every_regime_and_the_file_is_of_their_laws():
    assert len(PROBLEMS) >= 120
    assert {problem.regime for problem in PROBLEMS.values()} == set(Regime)
    changed = [name for name in STORED if STORED[name]["laws"] != version_of(PROBLEMS[name])]
    assert not changed and set(STORED) <= set(PROBLEMS)
    assert len(STORED) >= 120


def test_stored_values_are_possible_and_facts_follow_from_them():
    for name, record in STORED.items():
        value = {kind: math.inf if v is None else v for kind, (v, _) in record["values"].items()}
        errors = {kind: e or 0.0 for kind, (_, e) in record["values"].items()}
        slack = 1e-9 + 10 * max(errors.values(), default=0.0)
        if {"js", "tv", "hellinger2"} <= set(value):
            assert -slack <= value["js"] <= math.log(2) + slack, name
            assert value["hellinger2"] - slack <= value["tv"], name
            assert value["tv"] <= math.sqrt(2 * max(value["hellinger2"], 0.0)) + slack, name
        if {"kl", "chi2"} <= set(value):  # an infinite χ² allows any KL
            assert value["kl"] <= math.log1p(value["chi2"]) + slack, name
        facts = facts_of(PROBLEMS[name])
        assert facts is not None and facts.bound >= 0 and 1 <= facts.intrinsic <= facts.dim


def test_a_truth_that_is_not_stored_is_computed():
    shift = PROBLEMS["shift1"]
    assert truth_of(shift, "kl").value == 0.5
    moved = Problem("shift1", shift.q, shift.p)
    assert record_of(moved) is None and truth_of(moved, "kl").value == pytest.approx(0.5)


def test_suites_name_problems_that_are_there():
    for name in SUITES:
        pairs = problems_of(name)
        assert pairs and all(problem in PROBLEMS for problem, _ in pairs)
        assert len(set(pairs)) == len(pairs)
    assert problems_of("shift1:js, needle:kl") == (("shift1", "js"), ("needle", "kl"))
    assert set(problems_of("hard")) < set(problems_of("full"))
    with pytest.raises(ValueError, match="Did you mean 'standard'"):
        problems_of("standart")
    with pytest.raises(ValueError, match="problem:divergence pairs"):
        problems_of("shift1:js:3")


def test_truths_that_were_found_again_by_another_road_agree():
    """Draws, of the second road or of quasi-Monte Carlo beyond three columns: 6.2 standard errors,
    which chance passes once in 1.8e9, of 900 values once in 2e6; else both errors."""
    found = json.loads(CHECKED.read_text(encoding="utf-8"))["problems"]
    assert set(found) == set(PROBLEMS)
    for name, record in found.items():
        assert record["laws"] == version_of(PROBLEMS[name]), name
        limit = 6.2 if record["road"] == "Drawn" or PROBLEMS[name].dim > 3 else 1.0
        stored = {k: v for k, v in STORED[name]["values"].items() if v[0] is not None}
        assert {k: v["first"] for k, v in record["values"].items()} == stored, name
        for kind, value in record["values"].items():
            assert value["apart"] <= limit, (name, kind, value)
            assert kind in (*KINDS, "w1")
