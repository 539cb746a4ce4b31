"""The non-central t law against mpmath's parabolic cylinder function and Gauss's rule."""

import math

import mpmath
import numpy as np
import pytest
import scipy.stats as ss
import torch
from mpmath import mpf

import divkit
from divkit.distributions import as_law
from divkit.distributions.adapt.forms.law import FormulaLaw
from divkit.distributions.adapt.forms.noncentral import nct


def by_cylinder_function(df, nc, t):
    """∫ y^ν e^{−y²/2 + ay} dy = Γ(ν + 1) e^{a²/4} D_{−ν−1}(−a), a = tδ/√(ν + t²)."""
    with mpmath.workdps(60):
        n, d, x = map(mpf, (df, nc, t))
        a = x * d / mpmath.sqrt(n + x * x)
        logs = [mpmath.loggamma(n + 1), a * a / 4, mpmath.log(mpmath.pcfd(-n - 1, -a))]
        return (
            mpmath.fsum(logs) + _log_constant(n) - (n + 1) / 2 * mpmath.log(n + x * x) - d * d / 2
        )


def by_gauss(df, nc, t):
    """E[S φ(tS − δ)] over log S, within twelve widths of the integrand's mode."""
    with mpmath.workdps(30):
        n, d, x = map(mpf, (df, nc, t))
        square = n + x * x
        s = (x * d + mpmath.sqrt((x * d) ** 2 + 4 * square * (n + 1))) / (2 * square)
        width = 1 / mpmath.sqrt(2 * square * s * s - x * d * s)

        def log_integrand(u):
            return (n + 1) * u - n / 2 * mpmath.exp(2 * u) - (x * mpmath.exp(u) - d) ** 2 / 2

        mode = mpmath.log(s)
        top, cuts = log_integrand(mode), [mode + k * width for k in range(-12, 13, 4)]
        whole = mpmath.quad(
            lambda u: mpmath.exp(log_integrand(u) - top), cuts, method="gauss-legendre"
        )
        return top + mpmath.log(whole) + _log_constant(n)


def _log_constant(n):
    half = n / 2
    logs = mpmath.log(2) + half * mpmath.log(half) - mpmath.loggamma(half)
    return logs - mpmath.log(2 * mpmath.pi) / 2


def agrees(df, nc, points, truth):
    form, z = nct(df, nc), torch.tensor(points, dtype=torch.float64)
    for t, found in zip(points, form.log_density(z, z, z).tolist(), strict=True):
        log_p = truth(df, nc, t)
        assert abs(found - log_p) <= form.blur * (1 + abs(log_p)), (df, nc, t)


@pytest.mark.sweep(6)
@pytest.mark.parametrize("nc", [0.0, 0.5, -0.5, 3.0, -20.0, 40.0])
@pytest.mark.parametrize("df", [0.3, 1.0, 2.5, 10.0, 100.0])
def test_the_density_is_known_to_its_blur_deep_into_both_tails(df, nc):
    deep = math.exp(min(5000 / (df + 1), 600.0))
    agrees(df, nc, [0.0, 0.7, nc, -nc + 1, nc - 2.5, -33.0, deep, -deep], by_cylinder_function)


@pytest.mark.sweep(6)
@pytest.mark.parametrize("nc", [0.0, 0.5, -0.5, 3.0, -20.0, 40.0])
@pytest.mark.parametrize("df", [1e4, 1e6, 1e9])
def test_many_degrees_of_freedom_cost_no_digits(df, nc):
    agrees(df, nc, [nc, nc + 0.7, nc - 2.5, nc + 100, nc - 100], by_gauss)


def test_a_law_that_is_nearly_normal_is_as_far_from_one_as_it_is():
    """By the trapezoidal rule in 30 digits, exact to e^{−2π²/0.36} for a nearly normal density."""
    truth, step = mpf(0), mpf("0.6")
    with mpmath.workdps(30):
        for k in range(-20, 21):
            log_p = by_gauss(1e6, 3, 3 + k * step)
            log_q = mpmath.log(mpmath.npdf(k * step))
            truth += step * mpmath.exp(log_p) * (log_p - log_q)
    found = divkit.kl_divergence(ss.nct(1e6, 3), ss.norm(3, 1))
    assert abs(found.value - float(truth)) <= found.error < 1e-18


def test_names_and_objects_are_one_law():
    law = as_law(ss.nct(5, 0.5, loc=1.0, scale=2.0))
    assert isinstance(law, FormulaLaw)
    assert law == divkit.parse_law("nct(5, 0.5, 1, 2)")


def test_a_central_law_and_an_infinite_df_are_students_and_normals():
    x = np.array([-1e9, -3.0, 0.0, 1.5, 1e40])
    assert as_law(ss.nct(4, 0)).log_prob(x) == pytest.approx(
        as_law(ss.t(4)).log_prob(x), rel=1e-14
    )
    normal = as_law(ss.nct(np.inf, 3.0)).log_prob(x[1:4])
    assert normal == pytest.approx(ss.norm(3, 1).logpdf(x[1:4]), rel=1e-15)


def test_tails_are_powers_on_both_sides():
    law = as_law(ss.nct(1.5, 3.0))
    for side in (-1, 1):
        fall = law.log_prob([side * 1e80]) - law.log_prob([side * 1e81])
        assert float(fall[0]) == pytest.approx(2.5 * math.log(10), rel=1e-13)
    found = divkit.divergence(law, "normal(0, 1)", "kl")
    assert found.value == math.inf
    assert found.reason


@pytest.mark.parametrize("shapes", [(5.0, 40.0), (1e6, 3.0), (30.0, 5e3)])
def test_curves_agree_with_a_conditional_expectation(shapes):
    """P(T ≤ t) = E[Φ(tS − δ)], S² a χ² variable over its degrees of freedom."""
    law, (df, nc) = as_law(ss.nct(*shapes)), shapes
    spread = math.hypot(1.0, nc / math.sqrt(2 * df))
    for t in (nc - spread, nc, nc + 2 * spread):
        u = np.linspace(-14, 14, 40001) / math.sqrt(2 * df)
        logs = df * u - 0.5 * df * np.exp(2 * u)
        weights = np.exp(logs - logs.max())
        chances = ss.norm.cdf(t * np.exp(u) - nc)
        assert float(law.cdf(t)) == pytest.approx(weights @ chances / weights.sum(), rel=1e-9)


def test_a_noncentrality_beyond_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match="features"):
        as_law(ss.nct(5, 1e6))
