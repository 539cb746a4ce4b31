"""Densities whose logarithm is a cubic spline: the law, its fit, and its limits."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

import divkit
from divkit.density.auto.log_spline_basis import LogSplineBasis
from divkit.density.auto.log_splines import PENALTIES, log_splines
from divkit.density.log_spline import log_spline
from divkit.distributions import Laplace, Normal, truncated

KNOTS = np.array([-2.0, -0.5, 0.0, 1.5])
LOGS = np.array([-30.0, 1.0, 0.0, -3.0])
SLOPES = np.array([4.0, -2.0, 1.0, -0.5])
WHOLE = (-math.inf, math.inf)


def density(law):
    return lambda t: float(np.exp(law.log_prob([t])[0]))


@pytest.mark.parametrize("falls", [(True, True), (False, True), (True, False), (False, False)])
def test_mass_and_distribution_function(falls):
    """By SciPy's quadrature over pieces that meet at the knots."""
    law = log_spline(KNOTS, LOGS, SLOPES, falls, "spline")
    low = -20.0 if falls[0] else -2.0
    ends = [low, -2.0, -0.5, 0.0, 0.7, 1.5, 90.0 if falls[1] else 1.5]
    total = 0.0
    for a, b in pairwise(ends):
        value, error = integrate.quad(density(law), a, b, epsabs=1e-14, limit=200)
        total += value
        assert abs(float(law.cdf(b)) - total) < 1e-12 + 10 * error
        assert abs(float(law.sf(b)) + float(law.cdf(b)) - 1) < 1e-13
    assert abs(total - 1) < 1e-12
    levels = np.array([1e-9, 0.01, 0.3, 0.9, 1 - 1e-9])
    assert np.allclose(law.cdf(law.ppf(levels)), levels, rtol=1e-9, atol=0)


def test_tails_are_lines():
    """Beyond the last knot as Laplace's law of that rate, exactly."""
    law = log_spline(KNOTS, LOGS, SLOPES, (True, True), "spline")
    assert law.tails[1] == Laplace(0, 2.0).tails[1]
    far = law.log_prob([1.5, 5.5])
    assert float(far[1] - far[0]) == pytest.approx(-2.0, rel=1e-14)
    assert float(law.sf(5.5) / law.sf(1.5)) == pytest.approx(math.exp(-2), rel=1e-14)


def test_rising_tails_are_refused():
    with pytest.raises(ValueError, match="must fall"):
        log_spline(KNOTS, LOGS, -SLOPES, (True, True), "spline")


@pytest.mark.parametrize(
    ("law", "ends"), [(Normal(3, 2), WHOLE), (truncated(Normal(), 0.0), (0.0, math.inf))]
)
def test_the_smoothest_fit_is_a_normal_law_or_a_truncated_one(law, ends):
    """JSD ≈ χ²_k/(8n), k ≈ 3 at a large penalty; P(χ²₅ > 60) = 1e-11."""
    x = law.sample(1000, np.random.default_rng(0)).numpy()[:, 0]
    smooth = next(iter(log_splines(x, ends)))
    assert divkit.js_divergence(law, smooth).value < 60 / 8000


def test_moments_of_a_basis_are_integrals():
    """Log mass and mean of B by SciPy's quadrature, tails included."""
    basis = LogSplineBasis(KNOTS, (True, True))
    theta = basis.start()
    mass, mean, _ = basis.moments(theta)
    edges = [-30.0, *KNOTS.tolist(), 30.0]

    def integral(j):
        def part(t):
            values = basis.at(np.array([t]))[0]
            return math.exp(values @ theta - mass) * (1.0 if j is None else values[j])

        return sum(integrate.quad(part, a, b, epsabs=1e-13)[0] for a, b in pairwise(edges))

    assert abs(integral(None) - 1) < 1e-8  # e^{-30} and more of the mass is beyond
    assert abs(integral(2) - mean[2]) < 1e-8


def test_rougher_fits_are_likelier():
    """The penalised maximum gains likelihood as the penalty falls."""
    rng = np.random.default_rng(0)
    x = np.r_[rng.normal(0, 1, 300), rng.normal(3, 0.4, 100)]
    totals = [float(np.sum(law.log_prob(x))) for law in log_splines(x, WHOLE)]
    assert len(totals) == len(PENALTIES) and (np.diff(totals) > -1e-6).all()


def test_few_rows_are_refused():
    with pytest.raises(ValueError, match="needs 36 rows"):
        next(iter(log_splines(np.linspace(0, 1, 20), WHOLE)))


def test_beyond_its_ends_a_law_that_rises_up_to_them_has_no_mass():
    rising = log_spline(KNOTS, LOGS, np.array([-4.0, 2.0, 1.0, 5.0]), (False, False), "rising")
    far = np.array([-np.inf, -1e9, 1e9, np.inf])
    assert rising.cdf(far) == pytest.approx([0, 0, 1, 1], abs=1e-15)
    assert rising.sf(far) == pytest.approx([1, 1, 0, 0], abs=1e-15)
    falling = log_spline(KNOTS, LOGS, SLOPES, (True, True), "falling")
    assert falling.log_prob(np.array([-np.inf, np.inf])).tolist() == [-np.inf, -np.inf]
