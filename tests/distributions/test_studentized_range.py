"""The studentized range against mpmath's own quadrature, closed forms and SciPy's curves."""

import math

import mpmath
import numpy as np
import pytest
import scipy.stats as ss
import torch

import divkit
from divkit.distributions import as_law
from divkit.distributions.adapt.forms.ranges import studentized_range


def log_density(k, df, q):
    form, z = studentized_range(k, df), torch.tensor([q], dtype=torch.float64)
    return float(form.log_density(z, z, z)), form.blur


def of_three(q, df):
    """k = 3, whose range has the density (3/√π) e^{−r²/4} erf(r/√12), over s in mpmath."""
    with mpmath.workdps(30):

        def h(r):
            bulk = 3 * mpmath.exp(-r * r / 4) / mpmath.sqrt(mpmath.pi)
            return bulk * mpmath.erf(r / mpmath.sqrt(12))

        half = mpmath.mpf(df) / 2
        c = 2 * half**half / mpmath.gamma(half)

        def integrand(s):
            return s * h(q * s) * c * s ** (df - 1) * mpmath.exp(-half * s * s)

        w = mpmath.mpf(min(1, 4 / q))
        size, cuts = integrand(w) * w, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 4, 8, 16 + 6 / w]
        whole = mpmath.quad(lambda t: integrand(w * t) * w / size, cuts)
        return float(mpmath.log(whole * size))


@pytest.mark.parametrize("q", [1e-12, 1e-3, 0.7, 3.0, 40.0, 1e6])
@pytest.mark.parametrize("df", [1.5, 10, 60])
def test_three_draws_by_the_closed_form_of_their_range(df, q):
    found, blur = log_density(3.0, df, q)
    assert abs(found - of_three(q, df)) <= blur * (1 + abs(found)) + 1e-12


@pytest.mark.parametrize("r", [1e-9, 0.3, 0.999, 1.001, 9.0, 60.0])
def test_two_draws_differ_by_a_normal_variable(r):
    truth = -r * r / 4 - 0.5 * math.log(math.pi)
    assert log_density(2.0, math.inf, r)[0] == pytest.approx(truth, rel=1e-14, abs=1e-14)


def test_curves_are_scipys_where_scipy_has_digits():
    given = ss.studentized_range(4, 7, loc=0.5, scale=2.0)
    law, x = as_law(given), np.array([1.5, 6.0, 15.0])
    assert law.cdf(x) == pytest.approx(given.cdf(x), abs=1e-7)
    assert law.sf(x) == pytest.approx(given.sf(x), abs=1e-7)
    assert law.cdf(law.ppf(0.3)) == pytest.approx(0.3, abs=1e-12)


def test_divergences_have_errors():
    p, q = ss.studentized_range(3, 10), ss.studentized_range(3, 10, loc=0.3, scale=1.2)
    assert divkit.kl_divergence(p, q).reason
    assert divkit.js_divergence(p, q).error < 1e-12
    moved = divkit.divergence(p, ss.studentized_range(3, 10, loc=0.3), "w1")
    assert abs(moved.value - 0.3) <= moved.error < 1e-10


def test_other_parameters_are_refused_with_a_way_out():
    with pytest.raises(ValueError, match="tabulate"):
        as_law(ss.studentized_range(1.5, 10))
