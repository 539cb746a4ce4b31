"""Stable laws: densities by mpmath and by the series far out, distribution functions, draws."""

import math

import mpmath as mp
import numpy as np
import pytest
import scipy.stats as ss
import torch

import divkit
from divkit.distributions import Cauchy, Normal, Stable, parse_law, stable

MEMBERS = [(1.8, -0.5), (1.5, 0.25), (1.125, 0.5), (0.75, 0.25), (0.5, -0.75), (1.95, 0.0)]


def _psi(alpha, beta):
    return mp.atan(mp.mpf(beta) * mp.tan(mp.pi * mp.mpf(alpha) / 2))


def inverted(z, alpha, beta):
    """The inversion along half the way to the last ray, by mpmath."""
    alpha, psi = mp.mpf(alpha), _psi(alpha, beta)
    theta = max((psi - mp.pi / 2) / (2 * alpha), -mp.pi * mp.mpf("0.45"))
    size, turn = 1 / mp.cos(psi), mp.exp(1j * theta)

    def integrand(r):
        fall = size * r**alpha * mp.exp(1j * (alpha * theta - psi))
        return mp.re(turn * mp.exp(-1j * z * r * turn - fall))

    cuts = [0, 1e-8, 1e-4, 0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 100, 1000, mp.inf]
    return mp.quad(integrand, cuts) / mp.pi


def series(z, alpha, beta):
    """Σ (−c)^k Γ(αk + 1)/(k! π) Re (iz)^{−αk−1}, to its smallest term, and that term's size."""
    alpha, psi = mp.mpf(alpha), _psi(alpha, beta)
    c, total, least = mp.exp(-1j * psi) / mp.cos(psi), mp.mpf(0), mp.inf
    for k in range(1, 400):
        term = (-c) ** k * mp.gamma(alpha * k + 1) / mp.factorial(k) / (1j * z) ** (alpha * k + 1)
        if abs(term) > least or abs(term) < mp.mpf(10) ** -45 * abs(total):
            break
        total, least = total + mp.re(term) / mp.pi, abs(term)
    return total, least


@pytest.mark.parametrize(("alpha", "beta"), MEMBERS)
def test_the_density_is_the_inversion(alpha, beta):
    law = Stable(alpha, beta, 0.5, 2.0)
    with mp.workdps(25):
        for z in (0.0, 0.03125, 0.75, 1.25, 4.0, -0.5, -3.0):
            truth = mp.log(inverted(mp.mpf(abs(z)), alpha, beta if z >= 0 else -beta) / 2)
            found = float(law.log_prob(0.5 + 2 * z)[0])
            assert abs(found - truth) <= (law.blur + 1e-15) * (1 + abs(float(truth)))


@pytest.mark.parametrize(("alpha", "beta"), MEMBERS)
def test_the_density_is_the_series_far_out(alpha, beta):
    law = Stable(alpha, beta)
    with mp.workdps(50):
        for z in (50.0, 1e4, 1e12, 1e200):
            for side in (1, -1):
                total, left = series(mp.mpf(z), alpha, side * beta)
                if left > 1e-18 * total:
                    continue
                truth = mp.log(total)
                found = float(law.log_prob(side * z)[0])
                assert abs(found - truth) <= (law.blur + 1e-15) * (1 + abs(float(truth)))


def test_scipys_object_is_the_law():
    assert divkit.as_law(ss.levy_stable(1.8, -0.5, 0.25, 2)) == Stable(1.8, -0.5, 0.25, 2)
    assert parse_law("stable(1.8, -0.5)") == stable(1.8, -0.5)
    x = np.array([-4.0, -1.0, 0.0, 0.5, 3.0])
    given = ss.levy_stable(1.5, 0.25)
    assert np.exp(stable(1.5, 0.25).log_prob(x)) == pytest.approx(given.pdf(x), rel=1e-6)
    assert stable(1.5, 0.25).cdf(x) == pytest.approx(given.cdf(x), abs=1e-6)


def test_known_members():
    assert stable(1, 0, 0.5, 2) == Cauchy(0.5, 2)
    assert stable(2, 0.3, 0.5, 1) == Normal(0.5, math.sqrt(2))
    near = divkit.divergence(Stable(1 + 2**-30), Cauchy(), "js")
    assert 0 <= near.value <= 1e-15 + near.error


@pytest.mark.parametrize(("alpha", "beta"), MEMBERS)
def test_distribution_functions_are_integrals(alpha, beta):
    law = Stable(alpha, beta)
    at_zero = 0.5 - float(_psi(alpha, beta)) / (math.pi * alpha)
    assert float(law.cdf(0.0)) == pytest.approx(at_zero, rel=1e-13)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    for low, high in ((-3.0, -1.0), (0.5, 2.0), (30.0, 60.0)):
        x = 0.5 * (low + high) + 0.5 * (high - low) * nodes
        mass = 0.5 * (high - low) * float(weights @ np.exp(law.log_prob(x)))
        assert float(law.sf(low) - law.sf(high)) == pytest.approx(mass, rel=1e-10, abs=1e-15)
    u = np.array([1e-6, 0.1, 0.5, 0.9, 1 - 1e-9])
    assert law.cdf(law.ppf(u)) == pytest.approx(u, rel=1e-9)


@pytest.mark.parametrize(("alpha", "beta"), MEMBERS[:4])
def test_draws_follow_the_law(alpha, beta):
    law, n = Stable(alpha, beta, 0.5, 2.0), 4_000
    draws = np.sort(law.sample(n, 3).numpy()[:, 0])
    distance = np.abs(law.cdf(draws) - np.arange(n) / n).max()
    assert distance < 2.7 / math.sqrt(n) + 1 / n  # Massart: 2 e^{−2·2.7²} = 9e-7


def test_divergences_of_stable_laws():
    p, q = Stable(1.8, -0.5), Stable(1.8, -0.5, 0.3, 1.2)
    found = divkit.divergence(p, q, "kl")
    t = np.sinh(np.linspace(-40, 40, 8_001))
    lp, lq = p.log_prob(t), q.log_prob(t)
    terms = np.exp(lp) * (lp - lq) * np.cosh(np.linspace(-40, 40, 8_001)) * 80 / 8_000
    assert found.value == pytest.approx(float(terms.sum()), abs=1e-12 + found.error)
    heavy = divkit.divergence(p, Normal(), "kl")
    assert heavy.value == math.inf and heavy.reason


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((2.5, 0.0), "alpha must be in"),
        ((0.125, 0.0), "alpha must be in"),
        ((1.03, 1.0), "0.05 away"),
        ((1.5, 1.0625), "beta must be in"),
        ((1.5, 0.0, 0.0, -1.0), "scale"),
    ],
)
def test_what_is_out_of_range_is_refused(values, words):
    with pytest.raises(ValueError, match=words):
        stable(*values)


def inverted_at_one(z, beta):
    """The inversion at index 1 along a ray of an angle that grows with z, by mpmath."""
    kappa, theta = 2 * mp.mpf(beta) / mp.pi, -mp.mpf(z) / 60
    turn = mp.exp(1j * theta)

    def integrand(r):
        t = r * turn
        return mp.re(turn * mp.exp(-1j * z * t - t * (1 + 1j * kappa * mp.log(t))))

    scale = 1 / (1 + z * mp.sin(-theta))
    cuts = [0, 0.001, 0.01, 0.1, 0.5, 1, 2, 4, 8, 12, 20, 30, 45, 60]
    return mp.quad(integrand, [scale * cut for cut in cuts]) / mp.pi


@pytest.mark.parametrize("beta", [0.5, -0.9])
def test_index_one_by_the_inversion_and_by_scipy(beta):
    law = stable(1, beta, 0.25, 2.0)
    place = 0.25 + 2 / math.pi * beta * 2 * math.log(2)
    with mp.workdps(20):
        for z in (0.0, 0.75, -3.0, 25.0):
            truth = mp.log(inverted_at_one(abs(z), beta if z >= 0 else -beta) / 2)
            found = float(law.log_prob(place + 2 * z)[0])
            assert abs(found - truth) <= (law.blur + 1e-14) * (1 + abs(float(truth)))
    x = np.array([-2.0, 0.5, 4.0])
    given = ss.levy_stable(1, beta, 0.25, 2.0)
    assert np.exp(law.log_prob(x)) == pytest.approx(given.pdf(x), rel=1e-6)
    assert divkit.as_law(given) == law


@pytest.mark.parametrize("beta", [0.5, -0.9])
def test_distribution_functions_and_draws_at_index_one(beta):
    law, n = stable(1, beta, 0.25, 2.0), 4_000
    nodes, weights = np.polynomial.legendre.leggauss(60)
    for low, high in ((-3.0, -1.0), (0.5, 2.0), (30.0, 60.0)):
        x = 0.5 * (low + high) + 0.5 * (high - low) * nodes
        mass = 0.5 * (high - low) * float(weights @ np.exp(law.log_prob(x)))
        assert float(law.sf(low) - law.sf(high)) == pytest.approx(mass, rel=1e-9)
    draws = np.sort(law.sample(n, 3).numpy()[:, 0])
    distance = np.abs(law.cdf(draws) - np.arange(n) / n).max()
    assert distance < 2.7 / math.sqrt(n) + 1 / n  # Massart: 2 e^{−2·2.7²} = 9e-7


@pytest.mark.parametrize(("alpha", "beta"), [(1, 1), (1, -1), (0.5, 1), (0.5, -1)])
def test_wholly_skewed_laws_of_scipy_that_have_a_name(alpha, beta):
    given = ss.levy_stable(alpha, beta, 0.25, 2.0)
    law = divkit.as_law(given)
    x = 0.25 + beta * np.array([1.0, 3.0, 8.0])
    assert np.exp(law.log_prob(x)) == pytest.approx(given.pdf(x), rel=1e-6)
    centre = 0.25 + (2 / math.pi * beta * 2 * math.log(2) if alpha == 1 else 0)
    with mp.workdps(20):  # the heavy side, by the inversion
        heavy = inverted_at_one(3.0, 1) if alpha == 1 else inverted(mp.mpf(3), 0.5, 1)
        truth = float(mp.log(heavy / 2))
    assert float(law.log_prob(centre + beta * 6.0)[0]) == pytest.approx(truth, rel=1e-11)


def airy_map(x):
    """2 e^{−2x³/3} (x Ai(x²) − Ai′(x²)), the law of index 3/2 (Banderier et al. 2001)."""
    return mp.log(2 * (x * mp.airyai(x * x) - mp.airyai(x * x, derivative=1))) - 2 * x**3 / 3


def bessel_third(x):
    """x^{−3/2} K_{1/3}(2/√(27x))/(3π), of Laplace transform e^{−s^{1/3}}."""
    return mp.log(mp.besselk(mp.mpf(1) / 3, 2 / mp.sqrt(27 * x)) / (3 * mp.pi)) - 1.5 * mp.log(x)


@pytest.mark.parametrize("beta", [1, -1])
def test_wholly_skewed_laws_to_their_last_tails(beta):
    """One with a light tail and one on a half-line, by Airy's and Bessel's functions."""
    airy, third = stable(1.5, beta, 0.25, 2.0), stable(1 / 3, beta, 0.25, 2.0)
    with mp.workdps(60):
        for z in (-30.0, -8.0, -2.5, -0.5, 0.0, 0.5, 3.0, 50.0, 1e4):
            size = mp.mpf(18) ** (mp.mpf(1) / 3)
            truth = float(airy_map(-mp.mpf(z) / size) - mp.log(2 * size))
            found = float(airy.log_prob(0.25 + beta * 2 * z)[0])
            assert abs(found - truth) <= (airy.blur + 4e-15) * (1 + abs(truth)), z
        for z in (0.0009765625, 0.03125, 0.25, 0.5, 4.0, 1e6):
            size = mp.cos(mp.pi / 6) ** -3
            truth = float(bessel_third(mp.mpf(z) / size) - mp.log(2 * size))
            found = float(third.log_prob_at(0.25, torch.tensor([[beta * 2 * z]]).double())[0, 0])
            assert abs(found - truth) <= (third.blur + 4e-15) * (1 + abs(truth)), z
    assert float(third.cdf(0.25)) == (0 if beta > 0 else 1)


@pytest.mark.parametrize(("alpha", "beta"), [(0.75, 1), (0.75, -1), (1.25, 1), (1.75, -1)])
def test_distribution_functions_and_draws_of_wholly_skewed_laws(alpha, beta):
    law, n = Stable(alpha, beta, 0.5, 2.0), 4_000
    nodes, weights = np.polynomial.legendre.leggauss(60)
    for low, high in ((-2.0, -0.5), (-0.25, 0.0), (0.25, 1.0), (3.0, 6.0)):
        x = 0.5 + beta * (low + high) + (high - low) * nodes
        mass = (high - low) * float(weights @ np.exp(law.log_prob(x)))
        ends = sorted((0.5 + 2 * beta * low, 0.5 + 2 * beta * high))
        assert float(law.sf(ends[0]) - law.sf(ends[1])) == pytest.approx(mass, rel=1e-9, abs=1e-15)
    u = np.array([1e-12, 0.1, 0.5, 1 - 1e-9])
    assert law.cdf(law.ppf(u)) == pytest.approx(u, rel=1e-9)
    draws = np.sort(law.sample(n, 3).numpy()[:, 0])
    distance = np.abs(law.cdf(draws) - np.arange(n) / n).max()
    assert distance < 2.7 / math.sqrt(n) + 1 / n  # Massart: 2 e^{−2·2.7²} = 9e-7


def test_divergences_of_wholly_skewed_laws():
    p, q = stable(1.5, 1), stable(1.5, 1, 0.3, 1.2)
    found = divkit.kl_divergence(p, q)
    x = np.concatenate([-np.geomspace(1e-9, 40, 1_001)[::-1], np.geomspace(1e-9, 1e12, 4_001)])
    mass, gap = np.exp(p.log_prob(x)), p.log_prob(x) - q.log_prob(x)
    trapezoid = float(np.trapezoid(mass * gap, x))
    assert found.value == pytest.approx(trapezoid, abs=1e-5)
    turned = divkit.kl_divergence(p, stable(1.5, -1))
    assert turned.value == math.inf and turned.reason
    assert divkit.kl_divergence(stable(0.75, 1, -1), stable(0.75, 1)).value == math.inf
    assert divkit.js_divergence("stable(1, 1)", ss.levy_stable(1, 1)).value == 0
