"""Metrics that are infinite since tails of one power have different weights, or are not."""

import math

import pytest
import scipy.stats as ss

import divkit

HEAVY = [
    (ss.halfcauchy(), ss.halfcauchy(scale=2), "w1"),
    (ss.halfcauchy(), ss.halfcauchy(scale=2), "w2"),
    (ss.t(1), ss.cauchy(scale=2), "w1"),
    (ss.levy(), ss.levy(scale=2), "w1"),
    (ss.levy(), ss.levy(scale=2), "energy"),
    (ss.burr(0.8, 1), ss.burr(0.8, 2), "w1"),
    (ss.skewcauchy(0.5), ss.skewcauchy(0.2), "w1"),
    (ss.lomax(2.0), ss.lomax(2.0, scale=1.01), "w2"),
]


@pytest.mark.parametrize(
    ("p", "q", "kind"), HEAVY, ids=lambda v: v if isinstance(v, str) else v.dist.name
)
def test_tails_of_one_power_and_two_weights_have_no_distance(p, q, kind):
    for pair in ((p, q), (q, p)):
        found = divkit.divergence(*pair, kind)
        assert found.value == math.inf
        assert found.error == 0
        assert "p/q tends to" in found.reason


@pytest.mark.parametrize(
    ("p", "q", "kind", "truth"),
    [
        (ss.cauchy(), ss.cauchy(loc=1), "w1", 1.0),
        (ss.halfcauchy(), ss.halfcauchy(loc=0.5), "w1", 0.5),
        (ss.lomax(2.5), ss.lomax(2.5, scale=2.0), "w1", 1 / 1.5),
        (ss.lomax(3.5), ss.lomax(3.5, scale=2.0), "w2", math.sqrt(2 / (2.5 * 1.5))),
    ],
    ids=["cauchy", "halfcauchy", "lomax", "lomax2"],
)
def test_tails_of_one_weight_or_lighter_ones_have(p, q, kind, truth):
    found = divkit.divergence(p, q, kind)
    assert math.isfinite(found.value)
    assert abs(found.value - truth) <= found.error


def test_a_blurred_law_without_stated_moments_has_an_error():
    found = divkit.divergence(ss.ksone(50), ss.ksone(50, loc=0.25), "w1")
    assert abs(found.value - 0.25) <= found.error < 1e-9
