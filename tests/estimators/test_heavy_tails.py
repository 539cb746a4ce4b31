"""Where payoffs of left-out rows have no variance, the error is infinite, and it is said."""

from __future__ import annotations

import math

import numpy as np
import pytest

import divkit
from divkit.bench.cells import draw
from divkit.divergences import JS, KL
from divkit.estimators.classifiers.learners import LogisticClassifier
from divkit.estimators.common.outcome import flagged
from divkit.estimators.common.pooled import pooled
from divkit.estimators.heavy_tails import against_error, of_tails
from divkit.estimators.misfit import judged
from divkit.estimators.one_step import OneStep
from divkit.estimators.registry import NotEstimableError
from divkit.problems import PROBLEMS
from divkit.results import Result
from divkit.samples import two_samples


def shifted():
    """Unit normals half apart: the pool, and the true log ratio there."""
    x, y = np.random.default_rng(0).normal(size=(2, 400, 1))
    y = y + 0.5
    pool = pooled(two_samples(x, y))
    return pool, 0.125 - 0.5 * np.concatenate([x, y])[pool.place][:, 0]


def test_light_tails_have_no_sign():
    assert against_error(KL, *shifted()) == of_tails(KL, *shifted()) == []


@pytest.mark.parametrize(
    ("far", "words"), [(800.0, "beyond floating point"), (400.0, "100%"), (9.0, "sum of squares")]
)
def test_one_row_of_y_too_far_out_makes_the_error_infinite(far, words):
    pool, logit = shifted()
    logit[np.flatnonzero(pool.sign < 0)[0]] = far
    error, told = judged(KL, pool, logit, -1.0, 0.5)
    assert error == math.inf and words in told["warnings"][0] and "'auto'" in told["warnings"][0]
    assert against_error(JS, pool, logit) == of_tails(JS, pool, logit) == []


def test_a_tail_of_ratios_without_variance_is_told():
    """Ratios with the quantiles of a Pareto law of index 1.25, shape .8; none is half of all."""
    pool, logit = shifted()
    y = np.flatnonzero(pool.sign < 0)
    logit[y] = -0.8 * np.log((np.arange(len(y)) + 2.0) / (len(y) + 2.0)) - 1.6
    found = of_tails(KL, pool, logit)
    assert len(found) == 1 and "over y" in found[0] and "shape 0." in found[0]
    assert against_error(KL, pool, logit) == []
    assert found[0] in judged(KL, pool, logit, 0.1, 0.1)[1]["warnings"]


@pytest.mark.sweep(3)
@pytest.mark.parametrize(
    "method", [LogisticClassifier(), OneStep(of="classifier"), OneStep(of=LogisticClassifier())]
)
def test_on_heavy_tails_no_confident_wrong_number_comes_out(method):
    """KL of Student-t 3 from Cauchy, .113408: covered at each of five draws, or else told."""
    problem = PROBLEMS["student3_vs_cauchy"]
    for seed in range(5):
        x, y = problem.p.sample(300, seed), problem.q.sample(300, seed + 100)
        found = method(x, y, KL)
        assert found.interval[0] < 0.113408 < found.interval[1]
        if not math.isfinite(found.error):
            assert found.interval == (0.0, math.inf)
            assert any("no standard error" in note for note in found.warnings)
        assert found.value > -1 or not math.isfinite(found.error)


def test_a_value_that_no_divergence_can_have_is_refused_where_it_has_no_error():
    """-9.1 and -2.5e97 for KL of Student-t 3 from Cauchy: rows of one draw that make them."""
    x, y = draw("student3_vs_cauchy", 1000, 2)
    for method in ("one_step", "logistic"):
        with pytest.raises(NotEstimableError, match=r"± inf for kl.*\[0, inf\].*'auto'.*arcsinh"):
            divkit.estimate(x, y, "kl", method)
    told = Result.normal(-0.5, math.inf, "m()", level=0.95, name="kl", warnings=("few",))
    assert "outside [0, inf]" in flagged(told, KL).warnings[-1]
