"""Objects that a reader used to break on, or to refuse with a reason that was not theirs."""

import math

import numpy as np
import pytest
import scipy.stats as ss
import torch
import torch.distributions as td

import divkit
from divkit.distributions import Gamma, Poisson, as_law


class Own(td.Distribution):
    """A law of a log_prob alone."""

    arg_constraints: dict = {}

    def __init__(self, of, batch=()):
        self.of = of
        super().__init__(torch.Size(batch), validate_args=False)

    def log_prob(self, value):
        return self.of.log_prob(value)


class OwnCounts(Own):
    """One of counts, with a sampler."""

    support = td.constraints.nonnegative_integer

    def sample(self, sample_shape=()):
        return self.of.sample(sample_shape)


def by_log_prob(function):
    """An object with a log_prob, and no more."""
    return type("Plain", (), {"log_prob": lambda self, x: function(x)})()


def masses(counts, edges):
    return np.asarray(as_law((np.asarray(counts), np.asarray(edges))).masses)


@pytest.mark.parametrize("q", ["poisson(5)", "normal(0, 1)"])
def test_a_density_at_whole_numbers_alone_is_one_of_atoms(q):
    p = by_log_prob(lambda k: ss.poisson.logpmf(k, 3))
    with pytest.raises(ValueError, match=r"one of atoms.*count_law"):
        divkit.kl_divergence(p, q)


def test_a_density_may_begin_where_the_search_for_it_does():
    rising = by_log_prob(ss.expon.logpdf)
    found = divkit.kl_divergence(rising, "exponential(2)")
    assert found.value == pytest.approx(1 - math.log(2), abs=found.error)
    falling = by_log_prob(lambda x: ss.expon.logpdf(-x))
    assert as_law(falling).support.boxes == (((-math.inf, 0.0),),)


def test_histograms_of_torch_are_histograms():
    x = torch.tensor([0.0, 0.1, 0.2, 0.9])
    found = divkit.kl_divergence(torch.histogram(x, 4), "uniform(0, 1)")
    truth = 0.75 * math.log(0.75 / 0.225) + 0.25 * math.log(0.25 / 0.225)
    assert found.value == pytest.approx(truth, abs=1e-6)  # its edges are float32
    dense = torch.histogram(x, torch.tensor([0.0, 0.3, 1.0]), density=True)
    np.testing.assert_allclose(as_law(dense).masses, [0.75, 0.25], atol=1e-6)


def test_counts_of_a_histogram_may_be_as_large_as_floats_are():
    np.testing.assert_array_equal(masses([1e308, 1e308], [0.0, 1.0, 2.0]), 0.5)
    np.testing.assert_array_equal(masses([5e-324, 5e-324], [0.0, 1.0, 2.0]), 0.5)
    np.testing.assert_array_equal(masses([3.0, 1.0], [-1.7e308, 0.0, 1.7e308]), [0.75, 0.25])


def test_a_log_prob_of_torch_without_a_sampler_is_taken():
    found = divkit.kl_divergence(Own(td.Normal(0.0, 1.0)), "normal(1, 1)")
    assert found.value == pytest.approx(0.5, abs=found.error)
    two = Own(td.Normal(torch.zeros(2), torch.ones(2)), (2,))
    batch = divkit.kl_divergence(two, "normal(1, 1)")
    np.testing.assert_allclose(batch.value, 0.5, atol=batch.error.max())


def test_counts_of_torch_s_users_are_told_of_count_law():
    with pytest.raises(TypeError, match=r"q: .*is discrete.*count_law"):
        divkit.kl_divergence("poisson(5)", OwnCounts(td.Poisson(3.0)))


def test_matrices_are_told_how_to_be_flattened():
    base = td.Independent(td.Normal(torch.zeros(2, 2), torch.ones(2, 2)), 2)
    matrices = td.TransformedDistribution(base, [td.SoftplusTransform()])
    with pytest.raises(TypeError, match=r"p: .*ReshapeTransform\(\(2, 2\), \(4,\)\)"):
        divkit.kl_divergence(matrices, matrices)
    flat = td.TransformedDistribution(matrices, [td.ReshapeTransform((2, 2), (4,))])
    assert as_law(flat).dim == 4


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda x: ss.norm.pdf(x).astype(np.float32), "values are float32"),
        (np.sqrt, r"the density is NaN at x = -"),
        (lambda x: x, r"no density: the density is negative at x = -"),
        (lambda x: 2 * ss.norm.pdf(x), "of integral 2 as a density"),
    ],
    ids=["float32", "NaN", "negative", "twice"],
)
def test_a_function_that_is_no_density_is_told_why(function, why):
    with pytest.raises(TypeError, match=why), np.errstate(all="ignore"):
        divkit.kl_divergence(function, "normal(0, 1)")


def test_what_scipy_makes_of_its_families_are_these():
    assert as_law(ss.make_distribution(ss.poisson)(mu=3.0)) == Poisson(3.0)
    assert as_law(ss.make_distribution(ss.gamma)(a=2.0)) == Gamma(2.0, 1.0)
    trials = ss.make_distribution(ss.binom)(n=3, p=0.5)
    assert as_law(trials) == as_law(ss.binom(3, 0.5))
    batch = divkit.kl_divergence(ss.make_distribution(ss.poisson)(mu=[3.0, 4.0]), ss.poisson(5))
    assert batch.shape == (2,)
