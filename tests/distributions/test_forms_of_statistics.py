"""Densities of statistics whose SciPy ones lose digits or tails, against mpmath."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import scipy.stats as ss
from mpmath import mpf

import divkit
from divkit.distributions import as_law
from divkit.distributions.adapt.forms.law import FormulaLaw


def steck(n, d):
    """P(D < d) = n! det[(v_i − u_j)₊^{j−i+1}/(j − i + 1)!] (Steck 1971)."""
    low = [max(mpf(i) / n - d, mpf(0)) for i in range(1, n + 1)]
    high = [min(mpf(i - 1) / n + d, mpf(1)) for i in range(1, n + 1)]
    rows = mpmath.matrix(n, n)
    for i, j in itertools.product(range(n), repeat=2):
        if (order := j - i + 1) >= 0:
            rows[i, j] = (max(high[i] - low[j], 0) ** order if order else 1) / math.factorial(
                order
            )
    return math.factorial(n) * mpmath.det(rows)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 15])
def test_kolmogorovs_statistic_is_the_derivative_of_stecks_determinant(n):
    law = as_law(ss.kstwo(n))
    assert isinstance(law, FormulaLaw)
    for share in (0.52, 0.9, 1.3, 1.75, 0.3 * n, 0.55 * n, n - 0.3):
        if not 0.5 < share < n:
            continue
        d = share / n
        with mpmath.workdps(120):
            step = mpf(10) ** -30
            slope = (steck(n, d + step) - steck(n, d - step)) / (2 * step)
            truth = float(mpmath.log(slope))
        found = float(law.log_prob([d])[0])
        assert abs(found - truth) <= law.blur * (1 + abs(truth)) + 1e-14 * n


def test_kolmogorovs_limit_by_each_of_its_series():
    law = as_law(ss.kstwobign())
    x = np.array([0.25, 0.6, 0.8276, 0.999, 1.001, 1.7, 5.0])
    with mpmath.workdps(60):
        series = [
            mpmath.fsum(
                (-1) ** (k - 1) * 8 * mpf(z) * k * k * mpmath.exp(-2 * k * k * mpf(z) ** 2)
                for k in range(1, 60)
            )
            for z in x
        ]
        truth = [float(mpmath.log(value)) for value in series]
    assert law.log_prob(x) == pytest.approx(truth, rel=3e-15, abs=3e-15)
    assert abs(ss.kstwobign.logpdf(0.8276) - truth[2]) > 1e-9  # which is why it is divkit's own


@pytest.mark.parametrize("shape", [0.05, 0.3, 1.0, 1.5, 2.0, 3.13, 6.0])
def test_tukeys_lambda_by_its_quantiles(shape):
    law = as_law(ss.tukeylambda(shape, loc=1.0, scale=2.0))
    for level in (1e-9, 0.01, 0.3, 0.5, 0.8, 0.999):
        with mpmath.workdps(40):
            u = mpf(level)
            z = (u**shape - (1 - u) ** shape) / shape
            x = float(1 + 2 * z)
            slope = u ** (mpf(shape) - 1) + (1 - u) ** (mpf(shape) - 1)
            steep = abs((shape - 1) * (u ** (mpf(shape) - 2) - (1 - u) ** (mpf(shape) - 2)))
            truth = -mpmath.log(2 * slope)
            off = steep / slope**2 * mpf(2) ** -52 * (1 + abs(x)) / 2  # of rounding x
        found = float(law.log_prob([x])[0])
        assert abs(found - truth) <= off + law.blur * (1 + abs(found)) + 1e-15


@pytest.mark.parametrize(
    "shapes", [(27, 27, 0.42), (3.5, 9.0, 300.0), (40.0, 2.0, 30.0), (1, 1, 0)]
)
def test_fishers_f_with_noncentrality(shapes):
    law = as_law(ss.ncf(*shapes))
    for z in (1e-12, 0.3, 1.0, 7.0, 1e9):
        with mpmath.workdps(40):
            m, n, nc, x = map(mpf, (*shapes, z))
            powers = mpmath.hyp1f1((m + n) / 2, m / 2, nc * m * x / (2 * (n + m * x)))
            central = (m / n) ** (m / 2) * x ** (m / 2 - 1) * (1 + m * x / n) ** (-(m + n) / 2)
            truth = float(mpmath.log(central * powers / mpmath.beta(m / 2, n / 2)) - nc / 2)
        found = float(law.log_prob([z])[0])
        assert abs(found - truth) <= law.blur * (1 + abs(truth)) + 1e-14 * (1 + abs(truth))


@pytest.mark.parametrize("shapes", [(3, 1.2, 1.5, 2), (0.0, 0.3, 20.0, 0.4)])
def test_double_pareto_lognormals(shapes):
    law = as_law(ss.dpareto_lognorm(*shapes))
    for z in (1e-200, 1e-3, 1.0, 30.0, 1e150):
        with mpmath.workdps(60):
            u, s, a, b = map(mpf, shapes)
            y = (mpmath.log(mpf(z)) - u) / s
            mills = [
                mpmath.exp(t * t / 2 - y * y / 2) * mpmath.erfc(t / mpmath.sqrt(2)) / 2
                for t in (a * s - y, b * s + y)
            ]
            truth = float(mpmath.log(a * b / (a + b) / z * sum(mills)))
        assert float(law.log_prob([z])[0]) == pytest.approx(truth, rel=1e-14, abs=1e-14)


def test_tails_decide_what_quadrature_cannot():
    p = ss.dpareto_lognorm(3, 1.2, 1.5, 2)
    found = divkit.kl_divergence(p, ss.norm(0, 1))
    assert found.value == math.inf
    assert divkit.kl_divergence(ss.ncf(27, 27, 0.4, loc=0.3), ss.ncf(27, 27, 0.4)).error < 1e-10
