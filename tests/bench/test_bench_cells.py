"""Cells are what they say: the same draw for all, the estimate asked for, the true limit."""

import math
import re

import pytest

from divkit.bench.cells import Cell, draw
from divkit.bench.code import package_digest
from divkit.bench.contestants import Named, version_of
from divkit.bench.methods import method
from divkit.bench.runner import Compute, Versions, compute
from divkit.bench.truth import oracle, truth, variances
from divkit.problems import PROBLEMS
from divkit.problems.truths import variances_of

CELL = Cell("shift1", "js", "auto", 100, 0)


def test_a_cell_is_the_same_whenever_it_is_done():
    first, again = compute(CELL), compute(CELL)
    assert first.value == again.value and first.oracle == again.oracle
    x, y = draw("shift1", 100, 0)
    assert first.oracle == oracle("shift1", "js", x, y)
    assert not (draw("shift1", 100, 1)[0] == x).any()


def test_a_worker_takes_the_versions_of_a_like_package_and_reads_its_own_in_another():
    cell = Cell("shift1", "js", "knn", 50, 0)
    theirs = (("knn", "0123456789ab"),)
    assert Compute(known=Versions(package_digest(), theirs))(cell).code == "0123456789ab"
    assert Compute(known=Versions("another", theirs))(cell).code == version_of(Named("knn"))


def test_stored_variances_are_those_of_the_draws():
    pair = PROBLEMS["shift1"]
    assert variances(pair, ("kl", "tv")) == {
        kind: pytest.approx(variances_of(pair, kind), rel=1e-9) for kind in ("kl", "tv")
    }


def test_a_refusal_is_a_row_with_its_reason():
    row = compute(Cell("shift1", "js", "kernel_logistic", 1, 0))
    assert row.failure.startswith("ValueError: x needs more than") and math.isnan(row.value)


def test_the_truth_is_the_exact_one_and_its_bound_that_of_theory():
    found = truth("shift1", "js")
    assert found.value == pytest.approx(0.111421482185, abs=1e-12)
    least = found.bound(1000, 1000) * math.sqrt(1000)
    # by quadrature; 2²⁰ draws of payoffs with kurtosis below 9 err by 1.5 % once in a million
    from divkit.distributions.families.normal import Normal
    from divkit.divergences import JS
    from divkit.theory.samples.efficiency import dual_variances

    exact = math.sqrt(sum(v.value for v in dual_variances(JS, Normal(0, 1), Normal(1, 1))))
    assert least == pytest.approx(exact, rel=0.015)
    assert truth("shift1", "kl").variance_q == pytest.approx(math.expm1(1.0), rel=1e-9)
    assert truth("student3_vs_cauchy", "kl").variance_q < math.inf


def test_an_estimator_comes_with_options_and_a_wrong_one_is_refused_with_advice():
    assert method("knn(k=3, radius='common')") == ("knn", {"k": 3, "radius": "common"})
    plain, common = (compute(Cell("shift1", "kl", f"knn(k={k})", 200, 0)) for k in (1, 9))
    assert plain.value != common.value and plain.oracle == common.oracle
    for text, told in [
        ("knn(neighbours=3)", "has no option 'neighbours'; it has k, radius"),
        ("nn(k=3)", "Did you mean"),
        ("knn(k=print(1))", "an estimator is a name, or a name with options"),
        ("knn(**{'k': 1})", "has no option 'None'"),
        ("knn(3)", "an estimator is a name, or a name with options"),
        ("knn(", "an estimator is a name, or a name with options"),
    ]:
        with pytest.raises(ValueError, match=re.escape(told)):
            method(text)
