"""The chooser among estimators: what it takes for which divergence, and why no other.

Samples are fixed and all comparisons are of equality: no chance is involved.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import divkit
from divkit.divergences import JS, KL
from divkit.estimators.auto import AutoEstimator
from divkit.estimators.common.doubts import Doubts
from divkit.estimators.kernel_logistic.method import KernelLogistic
from divkit.estimators.registry import NotEstimableError
from divkit.estimators.telescoping.method import Telescoping

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(150, 2)), RNG.normal(0.5, 1.0, size=(120, 2))
FAR = Y + 5.0
LINE = np.random.default_rng(0).normal(size=300), 5 + np.random.default_rng(1).normal(size=300)


def numbers(result):
    return result.value, result.error, result.interval


@pytest.mark.parametrize(
    ("kind", "columns", "method"),
    [
        ("w1", 1, "w1"),
        ("w1", 2, "sinkhorn"),
        ("w2", 1, "sinkhorn"),
        ("w2", 2, "sinkhorn"),
        ("energy", 2, "kernel_metric"),
        ("mmd", 1, "kernel_metric"),
        ("js", 2, "kernel_logistic"),
        ("renyi(0.5)", 2, "kernel_logistic"),
    ],
)
def test_a_divergence_goes_to_its_own_method(kind, columns, method):
    x, y = X[:, :columns], Y[:, :columns]
    chosen, by_name = divkit.estimate(x, y, kind), divkit.estimate(x, y, kind, method)
    assert numbers(chosen) == numbers(by_name)
    assert chosen.method == chosen.diagnostics["chosen"] == by_name.method


def test_every_refusal_before_the_choice_is_told():
    refusals = divkit.estimate(X, Y, "w1").diagnostics["not_applicable"]
    assert [name.partition("(")[0] for name in refusals] == ["WassersteinLine", "KernelMetric"]
    assert "one column" in next(iter(refusals.values()))
    assert divkit.estimate(X, Y).diagnostics["not_applicable"] == {}


def test_a_relative_of_the_metric_says_that_it_is_one():
    words = divkit.estimate(X, Y, "w1").warnings
    assert any("Sinkhorn divergence of w1" in each for each in words)
    assert divkit.estimate(X[:, 0], Y[:, 0], "w1").warnings == ()


def test_a_doubtful_value_is_replaced_and_the_refusals_say_why():
    found = AutoEstimator()(*LINE, KL)
    notes = found.diagnostics
    assert notes["value_from"] == "telescoping" and notes["chosen"] == repr(Telescoping())
    assert "barely overlap" in notes["not_applicable"][repr(KernelLogistic())]
    assert (found.one_sided, found.error) == ("lower", math.inf)
    assert found.method == repr(KernelLogistic())


def test_where_telescoping_is_refused_critics_stand_in():
    found = AutoEstimator(doubts=Doubts(parameters=0.0))(X, Y, JS)
    notes = found.diagnostics
    assert notes["value_from"] == "held-out critics" and "LowerBound" in notes["chosen"]
    refused = notes["not_applicable"]
    assert "too few rows" in refused[repr(KernelLogistic())]
    assert "largest value" in refused[repr(Telescoping())]


def test_atoms_of_one_sample_alone_refuse_the_fit(rng):
    x = np.column_stack([rng.integers(0, 3, 150), X[:, 0]])
    y = np.column_stack([rng.integers(0, 2, 120), Y[:, 0]])
    found = divkit.estimate(x, y, "kl")
    assert list(found.diagnostics["not_applicable"].values()) == ["a log ratio is infinite"]
    with pytest.raises(NotEstimableError, match="Method 'auto'"):
        divkit.estimate(x, y, "kl", "kernel_logistic")


def test_the_fit_alone_neither_doubts_away_its_value_nor_stands_in():
    alone = divkit.estimate(X, FAR, "kl", "kernel_logistic")
    assert alone.interval == (0.0, math.inf) and alone.error == math.inf
    assert "value_from" in alone.diagnostics and "chosen" not in alone.diagnostics
    assert any("no standard error" in words for words in alone.warnings)
    plain = AutoEstimator(doubts=Doubts(overlap=0.0, parameters=math.inf))(X, FAR, JS)
    assert plain.value == divkit.estimate(X, FAR, "js", "kernel_logistic").value
    assert math.isfinite(plain.error)


def test_the_fit_is_used_at_the_level_of_the_choice():
    fit = KernelLogistic(centres=20)
    wide, narrow = (AutoEstimator(fit, level=level)(X, Y, JS) for level in (0.99, 0.5))
    assert wide.value == narrow.value == fit(X, Y, JS).value
    assert np.ptp(wide.interval) > 2 * np.ptp(narrow.interval)
