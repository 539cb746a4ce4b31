"""Stated errors of wrapped laws: rounding of their log densities, errors of their curves."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest
import torch
from scipy import stats

from divkit.distributions import law
from divkit.distributions.adapt import as_law
from divkit.exact.api import divergence
from divkit.exact.ipm.slip import slip_of
from divkit.exact.quadrature.fields import log_error

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import stated_errors


def _inverse_gamma(shape: float) -> torch.distributions.InverseGamma:
    both = torch.tensor([shape, 1.0], dtype=torch.float64)
    return torch.distributions.InverseGamma(both[0], both[1])


@pytest.mark.parametrize("maker", [_inverse_gamma, stats.invgamma])
def test_w1_knows_how_good_a_distribution_function_is(maker):
    found = divergence(maker(3.0), maker(4.0), "w1")
    assert abs(found.value - 1 / 6) <= found.error <= 1e-12


def test_w1_knows_the_survival_function_that_scipy_forms_by_a_difference():
    c = 1e-6
    found = divergence(stats.triang(c), stats.triang(c, scale=1.25), "w1")
    assert abs(found.value - 0.25 * (1 + c) / 3) <= found.error <= 1e-11


def test_a_triangular_law_against_the_normal_of_its_moments():
    c = mpmath.mpf(0.158)
    mean, sd = float(stats.triang(0.158).mean()), float(stats.triang(0.158).std())
    with mpmath.workdps(30):
        m, s = mpmath.mpf(mean), mpmath.mpf(sd)

        def integrand(x: mpmath.mpf) -> mpmath.mpf:
            log_p = mpmath.log(2 * x / c) if x <= c else mpmath.log(2 * (1 - x) / (1 - c))
            log_q = -(((x - m) / s) ** 2) / 2 - mpmath.log(2 * mpmath.pi * s * s) / 2
            return mpmath.exp(log_p) * (log_p - log_q)

        truth = mpmath.quad(integrand, [0, c / 64, c / 8, c, 0.4, 0.8, 0.99, 1])
        found = divergence(stats.triang(0.158), stats.norm(mean, sd), "kl")
        assert abs(found.value - truth) <= found.error <= 1e-13


@pytest.mark.parametrize("low", [-60.0, -61.0, -70.0])
def test_truncated_normals_far_out_in_their_tail(low):
    with mpmath.workdps(30):

        def mass(a: float, b: float) -> mpmath.mpf:
            root = mpmath.sqrt(2)
            return (mpmath.erfc(-b / root) - mpmath.erfc(-a / root)) / 2

        truth = mpmath.log(mass(low, -59) / mass(-60, -59))
        found = divergence(stats.truncnorm(-60, -59), stats.truncnorm(low, -59), "kl")
        assert abs(found.value - truth) <= found.error


def test_the_jitter_of_cancelling_terms_enters_the_error_of_a_log_density():
    big = 1e6

    def log_prob(x: np.ndarray) -> np.ndarray:
        return (big + stats.norm.logpdf(x)) - big

    noisy = law(log_prob, features=[(0.0, 1.0)])
    offset = torch.linspace(-1, 1, 23, dtype=torch.float64)[None]
    logs = noisy.log_prob_at(0.0, offset)
    miss = np.abs(logs.numpy() - stats.norm.logpdf(offset.numpy())).max()
    assert miss > 1e-11
    assert float(log_error(noisy, logs, 0.0, offset).min()) >= 0.2 * miss


def test_the_slip_of_a_curve_is_its_distance_from_the_density():
    honest = as_law(stats.moyal(0, 1))
    assert np.all(slip_of(honest)(np.array([0.1]), np.array([0.5])) <= 1e-13)

    class Off(stats.rv_continuous):
        def _pdf(self, x):
            return stats.norm._pdf(x)

        def _cdf(self, x):
            return stats.norm._cdf(x) + 1e-9 * np.exp(-x * x)

    wrong = slip_of(as_law(Off(name="off")()))
    assert wrong(np.array([0.0]), np.array([0.5])) == pytest.approx(1e-9, rel=0.5)
    assert math.isfinite(float(wrong(np.array([30.0]), np.array([1e-198]))[0]))


@pytest.mark.sweep(3)
@pytest.mark.parametrize("seed", [1, 3, 5, 26, 40, 61, 80, 91, 1016])
def test_a_slice_of_the_search_has_no_silent_error(seed):
    torch.set_num_threads(1)
    outcome, _, text = stated_errors.run(seed, "triang" if seed > 1000 else None)
    assert outcome != "silent", text
