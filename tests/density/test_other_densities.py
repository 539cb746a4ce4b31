"""Histograms, nearest neighbours and Gaussian mixtures: bins, orders, exact values, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import divkit
from divkit.density import GaussianMixture, Histogram, NearestNeighbours, fit_density
from divkit.density.histogram_bins import bayesian_blocks, freedman_diaconis, knuth


def draws(n=1000, d=1, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def test_freedman_diaconis_is_numpys():
    x = draws()[:, 0]
    assert np.allclose(freedman_diaconis(x), np.histogram_bin_edges(x, "fd"))


def test_knuth_prefers_few_bins_for_a_uniform_and_more_for_a_normal():
    flat = np.linspace(0, 1, 1000)
    assert len(knuth(flat)) - 1 <= 2
    assert 8 <= len(knuth(draws()[:, 0])) - 1 <= 40


def test_bayesian_blocks_find_a_step():
    rng = np.random.default_rng(0)
    x = np.r_[rng.uniform(0, 1, 900), rng.uniform(1, 2, 100)]
    edges = bayesian_blocks(x)
    assert len(edges) == 3 and edges[1] == pytest.approx(1, abs=0.03)
    many = np.r_[rng.uniform(0, 1, 9000), rng.uniform(1, 2, 1000)]
    assert np.abs(bayesian_blocks(many) - 1).min() < 0.01


def test_js_of_two_histograms_is_the_sum_over_their_common_cells():
    x, y = draws()[:, 0], draws(800, seed=1)[:, 0] + 1
    p, q = (fit_density(s, "histogram", bins=b) for s, b in ((x, 13), (y, 17)))
    cuts = np.unique(np.r_[p.edges_, q.edges_])
    w, v = (np.diff(np.asarray(f.law_.cdf(cuts))) for f in (p, q))
    m = 0.5 * (w + v)
    with np.errstate(divide="ignore", invalid="ignore"):
        cells = [np.where(a > 0, a * np.log(a / m), 0.0).sum() for a in (w, v)]
    result = divkit.js_divergence(p, q)
    assert abs(result.value - 0.5 * sum(cells)) <= result.error + 1e-13
    assert divkit.kl_divergence(p, q).value == math.inf


def test_a_histogram_in_the_plane_has_its_points_shares():
    x = draws(300, 2)
    fitted = Histogram(4).fit(x)
    counts, *edges = np.histogram2d(x[:, 0], x[:, 1], 4)
    area = np.outer(*(np.diff(e) for e in edges))
    middles = np.stack(np.meshgrid(*(0.5 * (e[1:] + e[:-1]) for e in edges), indexing="ij"), -1)
    with np.errstate(divide="ignore"):
        expected = np.log(counts / 300 / area).reshape(-1)
    assert np.allclose(fitted.score_samples(middles.reshape(-1, 2)), expected)
    assert np.isfinite(fitted.score_samples(x)).all()


@pytest.mark.parametrize("bins", [0, 1.5, "fd", True, -3])
def test_bins_are_checked(bins):
    with pytest.raises(ValueError, match="bins must be"):
        Histogram(bins).fit(draws())


def test_bins_that_cannot_be():
    with pytest.raises(ValueError, match="interquartile range is 0"):
        fit_density(np.r_[np.zeros(99), draws()[:20, 0]], "histogram", bins="freedman_diaconis")
    with pytest.raises(ValueError, match="bayesian_blocks"):
        fit_density(np.r_[draws()[:, 0], 1e9], "histogram", bins="freedman_diaconis")


def test_a_mixture_finds_its_order_and_its_law():
    law = divkit.parse_law("mixture(0.3: normal(-4, 0.5), 0.5: normal(0, 1), 0.2: normal(6, 0.7))")
    fitted = fit_density(law.sample(4000, 0), "gaussian_mixture")
    assert len(fitted.law_.components) == 3
    assert divkit.kl_divergence(law, fitted).value < 6 * 8 / (2 * 4000)  # Wilks: 8 parameters
    assert min(fitted.criteria_, key=fitted.criteria_.get) == 3
    assert len(fit_density(draws(), "gmm", criterion="aic", components=2).law_.components) == 2


def test_mixtures_in_space():
    x = np.r_[draws(500, 2) - 3, 0.5 * draws(500, 2, seed=1) + 3]
    fitted = GaussianMixture().fit(1e4 + 10 * x)
    assert len(fitted.law_.components) == 2
    assert np.allclose(fitted.law_.mean, (1e4 + 10 * x).mean(axis=0), atol=1e-3)


@pytest.mark.parametrize("options", [{"criterion": "icl"}, {"components": 0}, {"most": 0}])
def test_mixture_options_are_checked(options):
    with pytest.raises(ValueError, match="must be"):
        fit_density(draws(), "gmm", **options)


def test_nearest_neighbours_widen_where_points_are_rare():
    x = np.r_[0.01 * draws(500), 50 + 10 * draws(500, seed=1)]
    fitted = NearestNeighbours(10).fit(x)
    scales = fitted.scales_
    assert np.median(scales[500:]) > 300 * np.median(scales[:500])
    narrow = divkit.distributions.Normal(0, 0.01)
    assert (
        abs(fitted.score_samples([[0.0]])[0] - float(narrow.log_prob(0.0)[0]) - math.log(0.5))
        < 0.2
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [({"k": 0}, "k must be"), ({"k": 2.5}, "k must be"), ({"factor": -1.0}, "factor must be"),
     ({"k": 1000}, "more rows than k = 1000; got n = 1000")],
)  # fmt: skip
def test_neighbour_options_are_checked(options, words):
    with pytest.raises(ValueError, match=words):
        NearestNeighbours(**options).fit(draws())


def test_ties_leave_no_scale():
    with pytest.raises(ValueError, match=r"row 0 of X has 3 others at distance 0.*jitter="):
        NearestNeighbours(3).fit(np.repeat(draws(20), 5, axis=0))
