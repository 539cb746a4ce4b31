"""Distribution functions, quantiles and draws of laws of counts, against sums of probabilities."""

import math

import numpy as np
import pytest

from divkit.distributions import (
    BetaBinomial,
    BetaNegativeBinomial,
    DiscreteLaplace,
    Geometric,
    Law,
    Poisson,
    YuleSimon,
    Zipf,
    Zipfian,
)

SUMMED: list[Law] = [
    BetaBinomial(10**6, 0.1, 3.0),
    BetaBinomial(5000, 0.001, 0.1),
    BetaBinomial(10**9, 0.5, 0.5),
    BetaNegativeBinomial(5.0, 0.01, 0.001),
    Geometric(1e-6, 0),
    Poisson(1e5),
    Zipf(1.01),
    Zipfian(2.0, 5000),
    YuleSimon(0.1),
]


@pytest.mark.parametrize("law", SUMMED, ids=repr)
def test_sums_of_probabilities(law):
    """Every count up to 2·10⁵ is added; the roundings of the sums are below 1e-11."""
    low, high = law.ends
    counts = low + np.arange(0.0, min(2e5, high - low + 1))
    sums = np.cumsum(np.exp(law.log_pmf(counts).value))
    some = np.unique(np.clip([0, 1, 5, 77, 1000, 4097, 5000, 99999, 199999], 0, len(counts) - 1))
    assert law.cdf(counts[some]) == pytest.approx(sums[some], rel=0, abs=1e-11)
    assert law.sf(counts[some]) == pytest.approx(1 - sums[some], rel=0, abs=1e-11)


@pytest.mark.parametrize("law", [*SUMMED, DiscreteLaplace(1e-7), Poisson(1e12)], ids=repr)
def test_quantiles_and_neighbours(law):
    u = np.array([1e-9, 1e-3, 0.1, 0.37, 0.5, 0.77, 0.9, 0.999])
    k = law.ppf(u)
    k, u = k[np.abs(k) < 2**52], u[np.abs(k) < 2**52]
    at, before = law.cdf(k), law.cdf(k - 1)
    assert (at >= u * (1 - 1e-11)).all()
    assert (before <= u * (1 + 1e-11)).all()
    assert at - before == pytest.approx(np.exp(law.log_pmf(k).value), rel=0, abs=1e-12)


def test_draws_have_the_mean():
    """8 standard errors of a bounded law's mean: a false alarm below 1e-6.

    It was 3792 of 32258: the law is a power near 0, far below its scale.
    """
    law = BetaBinomial(10**6, 0.1, 3.0)
    draws = law.sample(20000, 1).numpy()
    assert abs(draws.mean() - law.mean[0]) < 8 * math.sqrt(law.covariance[0, 0] / 20000)


def test_what_leaves_the_floats_is_above_every_count():
    """Beyond 1e300 Zipf's law of 1.01 has ζ(1.01, 1e300)/ζ(1.01) = 1e-3/(0.01 ζ(1.01)), nearly."""
    law = Zipf(1.01)
    rest = 1e300**-0.01 / (0.01 * 100.57794333849687)
    assert law.sf(np.array([1e299]))[0] == pytest.approx(rest * 10**0.01, rel=1e-6)
