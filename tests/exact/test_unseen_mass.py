"""A density whose integral is short: what is missing is priced, or no error is known."""

import math

import numpy as np
import pytest
import scipy.stats as ss

import divkit
from divkit.distributions import law, mixture, parse_law

SHARE = 9e-7


def hidden(x):
    """N(0, 1) and a peak that nothing names."""
    return (1 - SHARE) * ss.norm.pdf(x) + SHARE * ss.norm.pdf(x, 1e4, 1e-3)


def whole():
    return mixture((1 - SHARE, SHARE), (parse_law("normal(0, 1)"), parse_law("normal(1e4, 1e-3)")))


@pytest.mark.parametrize("kind", ["js", "hellinger2", "tv", "triangular"])
def test_bounded_divergences_price_what_is_missing(kind):
    found = divkit.divergence(hidden, "normal(0, 1)", kind)
    truth = divkit.divergence(whole(), "normal(0, 1)", kind)
    assert abs(found.value - truth.value) <= found.error + truth.error
    assert found.error < 1e-5


@pytest.mark.parametrize("kind", ["kl", "chi2", "jeffreys", "renyi(2)", "w1", "w2", "energy"])
def test_where_it_may_be_worth_anything_no_error_is_known(kind):
    found = divkit.divergence(hidden, "normal(0, 1)", kind)
    assert found.error == math.inf and "lacks a mass of 9e-07" in " ".join(found.warnings)


def test_a_named_peak_is_seen():
    seen = law(density=hidden, features=[(0, 1), (1e4, 1e-3)])
    found = divkit.kl_divergence(seen, "normal(0, 1)")
    truth = divkit.kl_divergence(whole(), "normal(0, 1)")
    assert truth.value > 40 and abs(found.value - truth.value) <= found.error + truth.error


def test_a_rounded_constant_is_normalised_when_asked():
    def rounded(x):
        return 0.398942 * np.exp(-x * x / 2)

    assert divkit.kl_divergence(rounded, "normal(5, 1)").error == math.inf
    found = divkit.kl_divergence(law(density=rounded, normalize=True), "normal(5, 1)")
    assert abs(found.value - 12.5) <= found.error < 1e-12


def test_a_peak_in_the_plane_is_priced_too():
    def log_density(x):
        near = -0.5 * (x**2).sum(axis=1) - math.log(2 * math.pi)
        far = -0.5e4 * ((x - 30.0) ** 2).sum(axis=1) - math.log(2 * math.pi * 1e-4)
        return np.logaddexp(near + math.log1p(-1e-8), far + math.log(1e-8))

    found = divkit.kl_divergence(law(log_density, dim=2), "mvnormal([0, 0], [[1, 0], [0, 1]])")
    assert found.error == math.inf and "lacks a mass" in found.warnings[-1]


@pytest.mark.parametrize(
    ("counts", "edges", "masses"),
    [
        (np.array([1, 1]), [0.0, 0.3, 1.0], (0.5, 0.5)),
        (np.array([2, 1]), [0.0, 0.25, 0.75], (2 / 3, 1 / 3)),
        (np.array([1, 1]), [0.0, 1e-5, 1.0], (0.5, 0.5)),
    ],
)
def test_whole_numbers_of_a_histogram_are_counts(counts, edges, masses):
    found = divkit.kl_divergence((counts, edges), f"uniform(0, {edges[-1]!r})")
    shares = np.diff(edges) / edges[-1]
    truth = math.fsum(m * math.log(m / s) for m, s in zip(masses, shares, strict=True))
    assert abs(found.value - truth) <= found.error + 1e-15


def test_whole_floats_that_may_be_densities_are_asked_about():
    with pytest.raises(ValueError, match="dtype int"):
        divkit.kl_divergence(([1.0, 1.0], [0.0, 0.3, 1.0]), "uniform(0, 1)")
