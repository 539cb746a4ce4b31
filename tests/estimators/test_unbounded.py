"""KL from samples: a value with an interval where it can be had, else a lower bound."""

import math

import numpy as np
import pytest

import divkit
from divkit.distributions import Normal
from divkit.estimators.pooled import pooled, thinned
from divkit.samples import two_samples


def test_a_moderate_kl_has_a_normal_interval():
    """KL = .125; within 5 of its own standard errors (6e-7)."""
    found = divkit.estimate(Normal(0, 1).sample(1500, 0), Normal(0.5, 1).sample(1500, 1), "kl")
    assert abs(found.value - 0.125) < 5 * found.error < 0.15
    assert not found.diagnostics["lower_bound"]


def test_a_kl_of_18_is_a_lower_bound_and_says_so():
    found = divkit.estimate(Normal(0, 1).sample(1000, 0), Normal(6, 1).sample(1000, 1), "kl")
    assert found.diagnostics["lower_bound"] and found.error == math.inf
    assert 0 < found.interval[0] < 18 and found.interval[1] == math.inf
    assert any("lower bound" in words for words in found.diagnostics["warnings"])


def test_a_thinned_pool_weighs_each_sample_a_half():
    rng = np.random.default_rng(0)
    pool = pooled(two_samples(rng.normal(size=(300, 2)), rng.normal(size=(500, 2))))
    part = thinned(pool, 4)
    assert len(part.z) == 200
    assert part.weight[part.sign > 0].sum() == pytest.approx(0.5, abs=1e-14)
    assert part.weight.sum() == pytest.approx(1.0, abs=1e-14)


def test_many_rows_are_estimated_by_the_designs_best_on_a_part():
    """Unit shift, 3,000 rows each: within 5 of its own standard errors (6e-7)."""
    found = divkit.estimate(Normal(0, 1).sample(3000, 0), Normal(1, 1).sample(3000, 1))
    assert abs(found.value - 0.111421482185) < 5 * found.error < 0.04
