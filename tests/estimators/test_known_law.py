"""A law beside a sample, and limits that hold for all laws."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import torch

import divkit
from divkit.distributions import Normal
from divkit.divergences import named
from divkit.estimators.classifiers.learners import LogisticClassifier
from divkit.estimators.held_out_limit import LowerBound
from divkit.estimators.known_law import estimate_with_law

RNG = np.random.default_rng(0)
Y = RNG.normal(1, 1, 400)
LAWS = [Normal(0, 1), scipy.stats.norm(0, 1), torch.distributions.Normal(0.0, 1.0)]


@pytest.mark.sweep(3)
@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__module__)
@pytest.mark.parametrize("kind", ["js", "kl"])
def test_a_law_on_either_side(law, kind):
    """Within 6 standard errors, 2e-9, and a bias of a tenth."""
    truth = float(divkit.divergence(Normal(0, 1), Normal(1, 1), kind))
    for sides in ((law, Y), (Y, law)):
        found = divkit.estimate(*sides, kind, "logistic")
        assert abs(found.value - truth) <= 6 * found.error + 0.1 * truth
    assert found.diagnostics["fresh"] == {"y": 1600}


def test_fresh_rows_shrink_the_error_of_sampling():
    """Variance shares 1 + 1/fresh: √(2/1.25) = 1.26 between fresh = 1 and 4."""
    one, four = (
        estimate_with_law(LAWS[0], Y, named("js"), LogisticClassifier(), fresh=fresh).diagnostics[
            "errors"
        ]
        for fresh in (1, 4)
    )
    assert 1.1 < one["samples"] / four["samples"] < 1.5


def test_rows_drawn_are_not_the_samples_own_for_a_seed_in_common():
    """Of p = q and one seed, rows of one stream would be shared, and warned of."""
    found = divkit.estimate(Normal(0, 1), Normal(0, 1).sample(100, 0), "js", "logistic", rng=0)
    assert not any("share" in note for note in found.warnings)


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match="both laws"):
        divkit.estimate(LAWS[0], LAWS[1])
    with pytest.raises(ValueError, match="dimension 1; y has 2 columns"):
        divkit.estimate(LAWS[0], np.ones((9, 2)))
    with pytest.raises(ValueError, match="fresh"):
        estimate_with_law(LAWS[0], Y, named("js"), LogisticClassifier(), fresh=0)


@pytest.mark.sweep(3)
@pytest.mark.parametrize("kind", ["js", "kl", "renyi(0.5)"])
def test_limits_from_below_hold_and_say_something(kind, rng):
    """At level 1 − 1e-7 the limit is false at most once in 10^7."""
    x = rng.normal(-1, 1, 3000)
    y = rng.normal(1, 1, 3000)
    truth = float(divkit.divergence(Normal(-1, 1), Normal(1, 1), kind))
    found = divkit.estimate(x, y, kind, "lower_bound", level=1 - 1e-7, critic="logistic")
    assert 0 < found.interval[0] <= truth
    assert found.interval[1] == pytest.approx(LowerBound()(x, y, named(kind)).interval[1])


def test_limits_do_not_feel_units(rng):
    x = rng.normal(size=300)
    plain = LowerBound()(x, Y, named("js")).value
    for scale, shift in ((1e-300, 0.0), (1e200, 0.0), (1.0, 1e8)):
        moved = LowerBound()(shift + scale * x, shift + scale * Y, named("js")).value
        assert moved == pytest.approx(plain, rel=1e-3)


def test_a_frame_is_no_law_whatever_its_columns_are_called():
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    frames = [pandas.DataFrame({"log_prob": rng.normal(size=60)}) for _ in range(2)]
    assert abs(divkit.estimate(*frames, "js").value) < 0.2
