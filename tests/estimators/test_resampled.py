"""Errors and intervals by parts of the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import divkit
from divkit.divergences import named
from divkit.estimators.registry import NotEstimableError
from divkit.estimators.resampled import Resampled
from divkit.estimators.transport import WassersteinLine
from divkit.registry import UnknownNameError
from divkit.results import Result


def pair(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=200), rng.normal(1, 1, 160)


@pytest.mark.slow
def test_w1_of_a_shift_has_the_error_of_a_difference_of_means():
    """√(1/200 + 1/160) = .106; a spread of 400 half-samples is within 1 ± 5.5 × .035 of its
    mean (4e-8), and the samples' own spreads differ from 1 by a few percent."""
    x, y = pair()
    found = Resampled(WassersteinLine(), 400)(x, y + 5, named("w1"))
    exact = np.sqrt(x.var(ddof=1) / 200 + y.var(ddof=1) / 160)
    assert found.error == pytest.approx(exact, rel=0.2)
    assert found.value == pytest.approx(y.mean() + 5 - x.mean(), rel=1e-12)


def test_by_name_near_the_estimators_own_error():
    x, y = pair()
    own = divkit.estimate(x, y, "js", "knn")
    found = divkit.estimate(x, y, "js", "resampled", of="knn", rng=1)
    assert found.value == own.value and "NearestNeighbour" in found.diagnostics["of"]
    assert 0.4 < found.error / own.error < 2.5


def test_errors_are_advice():
    with pytest.raises(ValueError, match="resamples"):
        Resampled(resamples=1)
    with pytest.raises(UnknownNameError, match="knn"):
        Resampled("knnn")(*pair(), named("js"))


@dataclass(frozen=True)
class Difference:
    """Mean of y less mean of x, and a known bias; a function of the empirical laws."""

    bias: float = 0.0

    def __call__(self, x, y, divergence):
        a, b = np.asarray(x), np.asarray(y)
        value = float(b.mean() - a.mean()) + self.bias / len(a)
        return Result(value, 0.0, "standard error", (value, value), 0.95, repr(self))


@dataclass(frozen=True)
class Gap:
    """Mean distance of each x from its nearest other: 0 where all rows are doubled."""

    def __call__(self, x, y, divergence):
        gaps = np.diff(np.sort(np.asarray(x)[:, 0]))
        value = float(np.minimum(gaps[1:], gaps[:-1]).mean())
        return Result(value, 0.0, "standard error", (value, value), 0.95, repr(self))


@pytest.mark.parametrize("scheme", ["half", "subsample", "bootstrap"])
@pytest.mark.parametrize("interval", ["normal", "basic", "percentile"])
def test_every_scheme_and_interval_finds_the_error_of_a_mean(scheme, interval):
    """The spread of 600 parts has a relative error of 2.9%, an end's quantile 6%: 6 of them."""
    x, y = pair()
    found = Resampled(Difference(), 600, scheme, interval=interval)(x, y, named("w1"))
    exact = np.sqrt(x.var() / 200 + y.var() / 160)
    assert found.error == pytest.approx(exact, rel=0.18)
    low, high = found.interval
    assert low < found.value < high
    assert high - low == pytest.approx(2 * 1.96 * exact, rel=0.36)


@pytest.mark.parametrize("scheme", ["half", "subsample"])
def test_a_known_bias_is_taken_off(scheme):
    """8/n: what is left is the spread of the means of 600 parts, 6 × error/√600 (1e-9)."""
    x, y = pair()
    found = Resampled(Difference(8.0), 600, scheme, bias_rate=1.0)(x, y, named("w1"))
    assert found.diagnostics["bias"] == pytest.approx(8 / 200, abs=6 * found.error / 600**0.5)
    assert found.value == pytest.approx(y.mean() - x.mean() + 8 / 200 - found.diagnostics["bias"])


def test_basic_intervals_turn_a_skew_round():
    x, y = pair()
    made = [
        Resampled("w1", 100, "bootstrap", interval=kind)(x, y, named("w1")).interval
        for kind in ("basic", "percentile")
    ]
    value = divkit.estimate(x, y, "w1", "w1").value
    assert made[0][0] == pytest.approx(2 * value - made[1][1])
    assert made[0][1] == pytest.approx(2 * value - made[1][0])


def test_the_bootstrap_is_refused_where_repeats_break_the_estimator():
    x, y = pair()
    with pytest.raises(NotEstimableError, match=r"refuses rows that repeat.*scheme='half'"):
        Resampled("knn", scheme="bootstrap")(x, y, named("js"))
    with pytest.raises(NotEstimableError, match=r"no function of the empirical law.*'subsample'"):
        Resampled(Gap(), 20, "bootstrap")(x, y, named("w1"))


@pytest.mark.parametrize(
    ("options", "match"),
    [({"scheme": "jackknife"}, "scheme"), ({"interval": "bca"}, "interval"),
     ({"share": 0.6}, "share"), ({"bias_rate": 0.0}, "bias_rate"),
     ({"bias_rate": 1.0, "scheme": "bootstrap"}, "compares sizes")],
)  # fmt: skip
def test_options_are_checked(options, match):
    with pytest.raises(ValueError, match=match):
        Resampled(**options)


def test_a_value_that_no_part_changes_has_no_error():
    """JS of samples far apart is log 2 on every half of the rows."""
    x = np.random.default_rng(0).normal(size=(60, 1))
    with pytest.raises(NotEstimableError, match=r"0\.693147 for js on every part.*'auto'"):
        Resampled(of="knn", resamples=10)(x, x + 1e3, named("js"))
