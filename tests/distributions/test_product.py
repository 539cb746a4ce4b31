"""Products: log densities add, moments stack, and no number of factors explodes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from divkit.distributions import MultivariateNormal, Normal, Product, mixture, product
from divkit.distributions.support import full_space

FALSE_ALARM = 1e-6
TWO_MODES = mixture([0.25, 0.75], [Normal(-2, 0.5), Normal(1, 1)])
BLOCK = MultivariateNormal([1, 2], [[2, 0.5], [0.5, 1]])
LAW = Product((Normal(3, 2), BLOCK, TWO_MODES))


def test_the_density_is_the_product_of_the_factors():
    x = np.random.default_rng(0).normal(size=(50, 4))
    wanted = (
        stats.norm(3, 2).logpdf(x[:, 0])
        + stats.multivariate_normal([1, 2], [[2, 0.5], [0.5, 1]]).logpdf(x[:, 1:3])
        + np.log(0.25 * stats.norm(-2, 0.5).pdf(x[:, 3]) + 0.75 * stats.norm(1, 1).pdf(x[:, 3]))
    )
    np.testing.assert_allclose(LAW.log_prob(x), wanted, rtol=1e-13)


def test_moments_stack():
    np.testing.assert_allclose(LAW.mean, [3, 1, 2, 0.25], rtol=1e-15)
    variance = 0.25 * 0.25 + 0.75 + 0.25 * 0.75 * 9
    wanted = np.zeros((4, 4))
    wanted[0, 0], wanted[3, 3] = 4, variance
    wanted[1:3, 1:3] = [[2, 0.5], [0.5, 1]]
    np.testing.assert_allclose(LAW.covariance, wanted, rtol=1e-15)


def test_the_sampler_is_independent_with_the_factors_as_margins():
    draws = LAW.sample(20_000, rng=0).numpy()
    # five tests below, each at a fifth of the false-alarm rate
    assert stats.kstest(draws[:, 0], Normal(3, 2).cdf).pvalue > FALSE_ALARM / 5
    assert stats.kstest(draws[:, 3], TWO_MODES.cdf).pvalue > FALSE_ALARM / 5
    for i, j in ((0, 1), (0, 3), (2, 3)):
        assert stats.spearmanr(draws[:, i], draws[:, j]).pvalue > FALSE_ALARM / 5


def test_features_are_all_combinations_until_they_are_too_many():
    few = Product((TWO_MODES, TWO_MODES))
    assert {f.center for f in few.features} == {(a, b) for a in (-2, 1) for b in (-2, 1)}
    many = Product((TWO_MODES,) * 50)
    assert len(many.features) == 2
    assert {f.center[49] for f in many.features} == {-2.0, 1.0}
    assert many.support == full_space(50)


def test_products_open_and_a_single_factor_is_itself():
    assert Product((Product((Normal(), Normal(1, 1))), Normal(2, 1))).factors == (
        Normal(), Normal(1, 1), Normal(2, 1),
    )  # fmt: skip
    assert product([Normal(2, 1)]) == Normal(2, 1)
    assert product([Normal(), BLOCK]).dim == 3


def test_zero_wins_over_everything():
    assert LAW.log_prob([[math.inf, 0, 0, 0], [math.nan, 0, 0, 0]]).tolist() == [-math.inf] * 2


def test_autograd_follows():
    x = torch.zeros(2, 4, dtype=torch.float64, requires_grad=True)
    LAW.log_prob(x).sum().backward()
    assert x.grad[:, 0].tolist() == [0.75, 0.75]


@pytest.mark.parametrize(
    ("factors", "error", "words"),
    [((), ValueError, "at least one law"), ((Normal(), 3.0), TypeError, "place 1 holds 3.0")],
)
def test_errors(factors, error, words):
    with pytest.raises(error, match=words):
        Product(factors)
