"""Kernel density estimates: the grid against the exact sum, bandwidths, left-out densities."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import gaussian_kde

import divkit
from divkit.density import KernelDensity, fit_density
from divkit.density.bandwidth import sheather_jones
from divkit.density.kde import line_kernel
from divkit.density.kernel_line import LineKernel
from divkit.density.kernel_plane import PlaneKernel
from divkit.density.kernel_space import SpaceKernel


def draws(n=2000, d=1, seed=0):
    return np.random.default_rng(seed).standard_t(5, size=(n, d))


def exact(x, h, at):
    """log (1/n) Σ N(at; x_i, h²), d = 1."""
    z = np.subtract.outer(at, x) / h
    return np.log(np.exp(-0.5 * z * z).mean(axis=1) / (h * math.sqrt(2 * math.pi)))


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_on_the_line_the_grid_is_the_sum(offset):
    """Binning at h/128 moves log f by (δ/h)²(z² − 1)/12 at most, z in bandwidths to a point."""
    x = offset + draws()[:, 0]
    fitted = fit_density(x, "kde", bandwidth=0.3)
    assert isinstance(fitted.law_, LineKernel)
    ends = [(x - offset).min() - 1.5, (x - offset).max() + 2]
    at = offset + np.r_[np.linspace(-4, 4, 301), ends]
    gaps = np.abs(fitted.score_samples(at) - exact(x - offset, 0.3, at - offset))
    assert gaps.max() < (np.square(2 / 0.3) - 1) / (12 * 128**2)
    assert gaps[100:200].max() < 1e-6


def test_far_points_and_gaps_keep_a_finite_density():
    x = np.r_[draws()[:, 0], 1e6 + draws(50, seed=1)[:, 0]]
    fitted = fit_density(x, "kde", bandwidth=0.2)
    logs = fitted.score_samples([300.0, 5e5, -1e4, 1e300])
    left = x[x < 1e3].max()
    assert logs[0] == pytest.approx(-0.5 * ((300 - left) / 0.2) ** 2, rel=1e-4)
    assert np.isfinite(logs[:3]).all() and logs[3] == -math.inf
    assert fitted.law_.cdf([5e5])[0] == pytest.approx(2000 / 2050, abs=1e-12)


def test_autograd_follows_on_the_line():
    fitted = fit_density(draws(), "kde")
    x = torch.tensor([[0.3], [40.0]], dtype=torch.float64, requires_grad=True)
    fitted.log_prob(x).sum().backward()
    step = 1e-5
    up, down = (fitted.score_samples([0.3 + s, 40.0 + s]) for s in (step, -step))
    assert np.allclose(x.grad[:, 0].numpy(), (up - down) / (2 * step), rtol=1e-5)


def test_the_fit_against_scipy():
    x = draws(500, 3)
    scipys = gaussian_kde(x.T, bw_method="scott")
    ours = KernelDensity(math.sqrt(500 / 499) * 500 ** (-1 / 7)).fit(x)
    assert isinstance(ours.law_, SpaceKernel)
    at = draws(50, 3, seed=1)
    assert np.allclose(ours.score_samples(at), scipys.logpdf(at.T), rtol=0, atol=1e-10)


@pytest.mark.parametrize(("n", "digits"), [(500, 2e-3), (20000, 2e-3)])
def test_in_the_plane_the_grid_is_the_sum(n, digits):
    x = np.random.default_rng(0).normal(size=(n, 2)) @ np.array([[2.0, 1.0], [0.0, 0.5]])
    fitted = KernelDensity().fit(x)
    assert isinstance(fitted.law_, PlaneKernel)
    at = x[:200] + 0.1
    assert np.abs(fitted.score_samples(at) - fitted.exact_.log_prob(at)).max() < digits
    far = 4 * x[:50]
    ours, sums = fitted.score_samples(far), fitted.exact_.log_prob(far)
    assert (np.abs(ours - sums) <= 5e-3 * np.abs(sums)).all()


def test_outliers_in_the_plane_take_the_exact_sum():
    x = np.r_[draws(300, 2), [[1e5, -1e5]]]
    assert isinstance(KernelDensity(0.001).fit(x).law_, SpaceKernel)


def test_sheather_jones_is_near_the_best_for_a_normal_and_finds_separate_modes():
    """1.06 σ n^{−1/5} minimises the asymptotic error for a normal law."""
    x = np.random.default_rng(0).normal(size=20_000)
    assert sheather_jones(x) == pytest.approx(1.06 * 20_000**-0.2, rel=0.15)
    apart = np.r_[x[:10_000], 100 + x[10_000:]]
    assert sheather_jones(apart) == pytest.approx(1.06 * 10_000**-0.2 * 2**0.0, rel=0.2)
    assert fit_density(apart, "kde", bandwidth="silverman").bandwidth_ > 5


@pytest.mark.slow
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_cross_validation_beats_its_neighbours(dim):
    x = draws(400, dim)
    best = KernelDensity("cv").fit(x)
    scores = {
        f: KernelDensity(f * best.bandwidth_).fit(x).left_out().mean() for f in (0.7, 1, 1.4)
    }
    assert scores[1] >= max(scores.values()) - 1e-5
    assert best.bandwidth_ == pytest.approx(KernelDensity("scott").fit(x).bandwidth_, rel=0.6)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_left_out_densities_against_fits_without_the_row(dim):
    """At a fixed kernel; whitening is that of the whole sample."""
    x = draws(60, dim)
    x[0] += 30.0  # alone: its own kernel is all of the density there
    fitted = KernelDensity(0.4).fit(x)
    z = fitted.exact_.centres
    gaps = ((z[:, None] - z) ** 2).sum(axis=2) / 0.4**2
    np.fill_diagonal(gaps, np.inf)
    peak = (
        -0.5 * dim * math.log(2 * math.pi) - dim * math.log(0.4) - fitted.exact_.frame.log_volume
    )
    top = gaps.min(axis=1)
    logs = np.log(np.exp(-0.5 * (gaps - top[:, None])).sum(axis=1) / 59) - 0.5 * top + peak
    assert np.abs(fitted.left_out() - logs).max() < 5e-3


@pytest.mark.slow
def test_the_exact_engine_takes_two_fits():
    """Against a plain Riemann sum of scipy's estimates, which shares no line with ours."""
    x, y = draws(800)[:, 0], 1 + draws(700, seed=1)[:, 0]
    ours = divkit.js_divergence(*(fit_density(s, "kde", bandwidth="scott") for s in (x, y)))
    grid = np.linspace(-15, 16, 40_001)
    wide = [fit_density(s, "kde", bandwidth="scott").bandwidth_ / s.std(ddof=1) for s in (x, y)]
    p, q = (gaussian_kde(s, bw_method=w)(grid) for s, w in zip((x, y), wide, strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = np.nan_to_num(p * np.log(2 * p / (p + q))) + np.nan_to_num(
            q * np.log(2 * q / (p + q))
        )
    assert ours.error < 1e-12
    assert abs(ours.value - 0.5 * parts.sum() * (grid[1] - grid[0])) < 1e-5


@pytest.mark.parametrize("bandwidth", [0.0, -1.0, math.nan, math.inf, "silver"])
def test_a_bandwidth_that_is_none(bandwidth):
    with pytest.raises(ValueError, match="bandwidth must be"):
        fit_density(draws(), "kde", bandwidth=bandwidth)


def test_isj_is_for_the_line():
    with pytest.raises(ValueError, match="one column; got 2"):
        KernelDensity("isj").fit(draws(50, 2))
    with pytest.raises(ValueError, match=r"no root|has atoms"):
        fit_density(np.r_[np.zeros(50), np.ones(50)], "kde", bandwidth="isj")


def test_a_heavy_tail_takes_no_table_of_a_million_places():
    """The middle has a table; rows beyond are summed over the kernels near them."""
    rows = np.random.default_rng(0).standard_cauchy(4000)
    law = line_kernel(rows, 0.2, "kernels")
    assert len(law.table[1]) <= 2**17 + 1
    at = np.array([0.3, 40.0, float(rows.max()), float(rows.min()) + 0.01])
    found = np.asarray(law.log_prob(at[:, None]))
    assert found == pytest.approx(exact(rows, 0.2, at), abs=1e-3)


@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize("width", [0.02, 0.3, 5.0])
def test_the_table_of_a_line_estimate_is_its_distribution_function(heavy, width):
    """Against the sum over all nodes, from tail to tail."""
    from scipy import special

    rng = np.random.default_rng(4)
    x = rng.standard_cauchy(3000) if heavy else rng.normal(size=3000)
    law = divkit.fit_density(x, "kde", bandwidth=width).as_law()
    at = np.r_[rng.choice(x, 50) + width * rng.normal(size=50), x.min() - width, x.max() + width]
    z = np.subtract.outer(at, law.nodes) / law.scale
    assert law.cdf(at) == pytest.approx(special.ndtr(z) @ law.bins.weights, rel=3e-12)
    assert law.sf(at) == pytest.approx(special.ndtr(-z) @ law.bins.weights, rel=3e-12)
    levels = rng.random(1000)
    assert law.cdf(law.ppf(levels)) == pytest.approx(levels, abs=1e-12)
