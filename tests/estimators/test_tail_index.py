"""Shapes of tails: those of Pareto laws, and of laws that come near them."""

import math

import numpy as np
import pytest
from scipy import stats

from divkit.estimators.common.tail_index import pareto_shape, tail_shape


@pytest.mark.parametrize("shape", [-0.5, 0.0, 0.3, 0.7, 1.5])
def test_the_shape_of_a_pareto_law_is_found(shape):
    """20,000 draws: within 5 asymptotic standard errors, at most (1 + k)/√n (6e-7), + prior."""
    draws = stats.genpareto.rvs(shape, size=20_000, random_state=1)
    allowed = 5 * (1 + max(shape, 0.0)) / math.sqrt(20_000) + 10 / 20_000
    assert abs(pareto_shape(draws) - shape) < allowed
    assert pareto_shape(1e-200 * draws) == pytest.approx(pareto_shape(draws), rel=1e-9)


def test_tails_of_a_uniform_a_normal_and_a_cauchy_law():
    """True shapes −1, 0, 1: 600 excesses of 40,000 put each within .4, ten deviations."""
    rng = np.random.default_rng(2)
    for draw, shape in ((rng.uniform, -1.0), (rng.normal, 0.0), (rng.standard_cauchy, 1.0)):
        assert abs(tail_shape(draw(size=40_000)) - shape) < 0.4


def test_equal_values_have_no_tail_and_few_values_are_refused():
    assert tail_shape(np.ones(100)) == -math.inf
    with pytest.raises(ValueError, match="25 values; got 20"):
        tail_shape(np.arange(20.0))
