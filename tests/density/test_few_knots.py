"""Log-splines of few knots: optima of their likelihood, nested, with tails and hard ends."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import integrate

from divkit.density.auto.knot_deletion import FewKnots, deleted, few_knots
from divkit.density.auto.log_spline_basis import LogSplineBasis
from divkit.density.auto.log_splines import knots_of
from divkit.density.auto.recipes import made
from divkit.density.auto.support import support_of


def rows(seed=0, n=600):
    rng = np.random.default_rng(seed)
    return np.r_[rng.normal(0, 1, n // 2), rng.normal(2, 0.2, n - n // 2)]


def allowed(values):
    """Newton's steps end at a rise g·H⁻¹·g below 1e-9, no less than (gap of means)²/variance."""
    return 1.1 * math.sqrt(1e-9 * np.var(values))


def moment(law, power, ends):
    """By SciPy's quadrature between knots, apart from the rule that the fit was made with."""
    inner = [k for k in law.knots if ends[0] < k < ends[1]]
    places = [ends[0], *inner, ends[1]]
    return sum(
        integrate.quad(lambda t: t**power * np.exp(float(law.log_prob([t])[0])), a, b)[0]
        for a, b in itertools.pairwise(places)
    )


def test_the_mean_is_that_of_the_rows_as_of_every_optimum():
    """x is a natural spline, so that the likelihood equations hold its mean."""
    x = rows()
    for law in FewKnots()(x[:, None]):
        assert abs(moment(law, 0, (-40.0, 40.0)) - 1) < 1e-9
        assert abs(moment(law, 1, (-40.0, 40.0)) - x.mean()) < allowed(x)


def test_between_hard_ends_three_moments_are_those_of_the_rows():
    x = np.random.default_rng(1).beta(2, 1, 500)
    for law in FewKnots((0.0, 1.0))(x[:, None]):
        for power in (1, 2, 3):
            gap = moment(law, power, (0.0, 1.0)) - np.mean(x**power)
            assert abs(gap) < allowed(x**power)


def test_a_knot_less_is_a_nested_model_whose_third_derivative_does_not_jump():
    x = (rows() - 1) / 1.2
    basis = LogSplineBasis(*knots_of(x, -np.inf, np.inf, 12))
    path = list(deleted(basis, basis.at(x).mean(axis=0)))
    values = np.array([fit.value for fit in path])
    jumps = [np.sum(np.abs(basis.jumps @ fit.theta) > 1e-6) for fit in path]
    assert len(path) > 8 and (np.diff(values) < 1e-7).all()
    assert jumps == [len(basis.jumps) - k for k in range(len(path))]
    assert all(np.abs(basis.bends @ fit.theta).max() < 1e-7 for fit in path)


def test_names_are_those_of_the_fits_and_too_few_rows_are_refused():
    x = rows()
    for recipe in few_knots(support_of(x)):
        fits = recipe.fit(x[:, None])
        assert len(fits) == len(recipe.names)
        assert all(np.isfinite(made(fit).log_prob(x)).all() for fit in fits)
    with pytest.raises(ValueError, match="rows"):
        FewKnots()(x[:8, None])
