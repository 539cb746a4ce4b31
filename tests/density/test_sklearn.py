"""Every density estimator passes scikit-learn's own checks, and is a law that integrates to 1."""

from __future__ import annotations

import contextlib
import unittest

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import estimator_checks_generator

import divkit
from divkit.density import DENSITIES, fit_density
from divkit.registry import UnknownNameError
from divkit.types import Distribution

NAMES = [name for name in DENSITIES if name != "flow"]  # which is trained: test_flow.py


def draws(n=300, d=1, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


@pytest.mark.sweep(3)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_scikit_learns_checks(name):
    for estimator, check in estimator_checks_generator(DENSITIES[name]()):
        with contextlib.suppress(unittest.SkipTest):
            check(estimator)


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_is_a_law_of_mass_one_on_the_line(name):
    fitted = fit_density(draws(), name)
    assert isinstance(fitted, Distribution)
    law = divkit.as_law(fitted)
    result = divkit.js_divergence(fitted, divkit.distributions.Normal(0.5, 1.5))
    assert result.kind == "quadrature" and result.error < 1e-6
    assert abs(result.diagnostics["mass_p"] - 1) < 1e-9
    at = np.linspace(-2, 2, 7)
    assert np.allclose(law.cdf(at) + law.sf(at), 1, atol=1e-12)
    assert np.allclose(law.cdf(law.ppf(law.cdf(at))), law.cdf(at), atol=1e-9)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_draws_follow_the_density(name, dim):
    """E_f[g/f] = 1 for a normal density g, within 6 standard errors (2e-9 each)."""
    fitted = fit_density(draws(200, dim), name)
    sample = fitted.sample(4000, 1)
    assert sample.shape == (4000, dim)
    assert (sample == fitted.sample(4000, 1)).all()
    logs = fitted.score_samples(sample)
    assert np.isfinite(logs).all()
    g = divkit.distributions.Normal(0, 0.3)
    inside = np.exp(sum(g.log_prob(sample[:, [j]]) for j in range(dim)).numpy() - logs)
    held = fitted.support.__class__.__name__ == "Boxes" and "istogram" in repr(fitted)
    target = _mass_on_support(fitted, dim) if held else 1.0
    assert abs(inside.mean() - target) <= 6 * inside.std() / np.sqrt(4000)


def _mass_on_support(fitted, dim):
    """P(support) of the narrow normal, by its own draws: a histogram is 0 in empty cells."""
    points = 0.3 * np.random.default_rng(5).normal(size=(200_000, dim))
    return float(np.isfinite(fitted.score_samples(points)).mean())


@pytest.mark.sweep(4)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dim", [1, 2])
def test_affine_maps_of_the_sample_map_the_estimate(name, dim):
    """log f_{a+bX}(a + bx) = log f_X(x) − d log b."""
    x, at = draws(200, dim), 0.5 * draws(20, dim, seed=1)
    scale, shift = 1e3, np.linspace(1e5, 2e5, dim)
    plain = fit_density(x, name).score_samples(at)
    moved = fit_density(shift + scale * x, name).score_samples(shift + scale * at)
    finite = np.isfinite(plain)
    assert np.allclose(moved[finite], plain[finite] - dim * np.log(scale), atol=2e-5)


def test_names_and_options():
    with pytest.raises(UnknownNameError, match="kde"):
        fit_density(draws(), "kda")
    with pytest.raises(TypeError, match=r"no option 'width'.*it has bandwidth"):
        fit_density(draws(), "kde", width=2)
    made = clone(divkit.density.KernelDensity(0.3))
    assert fit_density(draws(), made).bandwidth_ == 0.3
    with pytest.raises(TypeError, match="made already"):
        fit_density(draws(), made, bandwidth=2)


def test_unfitted_and_unfit():
    with pytest.raises(ValueError, match="not fitted"):
        divkit.density.KernelDensity().as_law()
    with pytest.raises(ValueError, match="X is degenerate: column 0"):
        fit_density(np.ones(9))
    with pytest.raises(ValueError, match="linearly dependent"):
        fit_density(np.c_[draws(), draws()])
