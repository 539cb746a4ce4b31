"""Total variation of products of laws with atoms: two roads, and laws whose sum is sufficient."""

from collections import Counter

import numpy as np
import pytest

import divkit
from divkit.distributions import Poisson, parse_law, product
from divkit.distributions.finite.discrete import bernoulli
from divkit.exact.log_ratio.blocks import blocks, gathered
from divkit.exact.log_ratio.grid import variation_on_grid
from divkit.exact.log_ratio.method import LogRatioLaw

POINTS = 2**16


def coins(chances):
    """Independent laws of 0 and 1."""
    return product([bernoulli(float(chance)) for chance in chances])


def on_grid(p, q, most=1):
    """The value on a grid, and the bound of its error, whatever can be listed."""
    parts = blocks(Counter(zip(p.factors, q.factors, strict=True)))
    return variation_on_grid(parts, list(gathered(parts, most)), POINTS)


def test_equal_coins_are_told_by_their_number_of_heads():
    found = divkit.tv_distance(coins([0.5] * 60), coins([0.6] * 60))
    truth = divkit.tv_distance(parse_law("binomial(60, 0.5)"), parse_law("binomial(60, 0.6)"))
    assert abs(found.value - truth.value) <= found.error + truth.error < 1e-10


@pytest.mark.parametrize("last", [(0.5, 0.7), (0.5, 1.0), (1.0, 0.5), (0.0, 0.0)])
def test_a_listed_product_and_its_grid_agree(last):
    p = coins([*np.linspace(0.4, 0.5, 25), last[0]])
    q = coins([*np.linspace(0.6, 0.3, 25), last[1]])
    listed = divkit.tv_distance(p, q)
    assert listed.error < 1e-11
    for most in (1, 64):
        value, error = on_grid(p, q, most)
        assert abs(value - listed.value) <= error + listed.error < 1e-5


def test_a_listed_product_is_the_sum_over_all_its_atoms():
    p, q = coins([0.1, 0.7, 0.7, 1.0]), coins([0.2, 0.6, 0.6, 0.9])
    truth = divkit.tv_distance(p, q)
    found = LogRatioLaw()(p, q, divkit.divergences.TV)
    assert repr(LogRatioLaw()) != truth.method
    assert abs(found.value - truth.value) <= found.error + truth.error < 1e-11


@pytest.mark.parametrize("rates", [(5.0, 5.2), (0.01, 0.02), (300.0, 300.5)])
def test_independent_poisson_counts_are_told_by_their_sum(rates):
    n = 40
    p, q = (product([Poisson(rate)] * n) for rate in rates)
    truth = divkit.tv_distance(*(Poisson(n * rate) for rate in rates))
    found = divkit.tv_distance(p, q)
    assert abs(found.value - truth.value) <= found.error + truth.error < 1e-4
    value, error = on_grid(p, q)
    assert abs(value - truth.value) <= error + truth.error


def test_the_interval_narrows_with_the_grid_as_the_square_of_its_step():
    p, q = coins(np.linspace(0.4, 0.5, 30)), coins(np.linspace(0.6, 0.3, 30))
    parts = blocks(Counter(zip(p.factors, q.factors, strict=True)))
    wide, narrow = (variation_on_grid(parts, parts, 2**k)[1] for k in (10, 13))
    assert narrow < wide / 30


def test_other_divergences_and_laws_are_refused():
    with pytest.raises(ValueError, match="total variation"):
        LogRatioLaw()(coins([0.5] * 3), coins([0.6] * 3), divkit.divergences.JS)
    with pytest.raises(ValueError, match="products"):
        LogRatioLaw()(bernoulli(0.5), bernoulli(0.6), divkit.divergences.TV)
