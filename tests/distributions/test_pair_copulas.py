"""Pair copulas on normal scores against their distribution functions at 200 digits."""

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
import torch

from divkit.distributions import (
    ClaytonPair,
    FlippedPair,
    FrankPair,
    GumbelPair,
    IndependentPair,
    JoePair,
    NormalPair,
    StudentPair,
)


def clayton(t):
    return lambda u, v: (u**-t + v**-t - 1) ** (-1 / t)


def gumbel(t):
    return lambda u, v: mp.exp(-(((-mp.log(u)) ** t + (-mp.log(v)) ** t) ** (1 / t)))


def frank(t):
    return lambda u, v: -mp.log1p(mp.expm1(-t * u) * mp.expm1(-t * v) / mp.expm1(-t)) / t


def joe(t):
    return lambda u, v: 1 - ((1 - u) ** t + (1 - v) ** t - ((1 - u) * (1 - v)) ** t) ** (1 / t)


ARCHIMEDEAN = [
    (ClaytonPair(0.1), clayton), (ClaytonPair(6.0), clayton), (GumbelPair(1.05), gumbel),
    (GumbelPair(4.0), gumbel), (FrankPair(0.2), frank), (FrankPair(20.0), frank),
    (JoePair(1.05), joe), (JoePair(5.0), joe),
]  # fmt: skip
ALL = [pair for pair, _ in ARCHIMEDEAN] + [
    IndependentPair(), NormalPair(-0.7), NormalPair(0.95), StudentPair(2.5, 0.6),
    StudentPair(9.0, -0.3), FlippedPair(JoePair(2.0), True, False),
    FlippedPair(ClaytonPair(2.0), False, True), FlippedPair(GumbelPair(2.0), True, True),
]  # fmt: skip
PLACES = (-6.0, -1.2, 0.4, 5.0)


def score(z):
    return torch.tensor([float(z)], dtype=torch.float64)


def below(z):
    return mp.erfc(-mp.mpf(float(z)) / mp.sqrt(2)) / 2


def z_of(p):
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def conditional(joint, u, v):
    """∂C/∂v."""
    return mp.diff(lambda y: joint(u, y), v, h=v * (1 - v) * mp.mpf(10) ** -40)


def mixed(joint, u, v):
    """∂²C/∂u∂v."""
    return mp.diff(joint, (u, v), (1, 1), h=mp.mpf(10) ** -40 * min(u, v, 1 - u, 1 - v))


@pytest.mark.parametrize(("pair", "of"), ARCHIMEDEAN, ids=[str(p) for p, _ in ARCHIMEDEAN])
def test_conditional_laws_and_densities_are_derivatives_in_both_tails(pair, of):
    """To 1e-12 of h and of 1 − h, whichever is the smaller, with z² digits lost as z² grows."""
    with mp.workdps(200):
        joint = of(mp.mpf(pair.theta))
        for a, b in itertools.product(PLACES, PLACES):
            u, v = below(a), below(b)
            found = float(pair.given(score(a), score(b)))
            h, ours = conditional(joint, u, v), below(found)
            for true, own in ((h, ours), (1 - h, 1 - ours)):
                assert abs(float(own / true - 1)) <= 1e-13 * (1 + found**2), (a, b)
            log = float(mp.log(mixed(joint, u, v)))
            assert float(pair.log_density(score(a), score(b))) == pytest.approx(
                log, rel=1e-12, abs=1e-12
            )


def test_student_is_its_law_of_two_columns():
    with mp.workdps(40):
        nu, rho = mp.mpf(3), mp.mpf("0.5")
        pair = StudentPair(3.0, 0.5)

        def cumulated(x, df):
            tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + x * x), regularized=True) / 2
            return tail if x < 0 else 1 - tail

        def alone(x):
            level = mp.gamma((nu + 1) / 2) / mp.gamma(nu / 2) / mp.sqrt(nu * mp.pi)
            return level * (1 + x * x / nu) ** (-(nu + 1) / 2)

        for x, y in [(-40, -3), (0.5, 1), (2, -7), (100, 60)]:
            x, y = mp.mpf(x), mp.mpf(y)
            a, b = (score(z_of(cumulated(each, nu))) for each in (x, y))
            square = (x * x - 2 * rho * x * y + y * y) / (1 - rho**2)
            both = (1 + square / nu) ** (-(nu + 2) / 2) / (2 * mp.pi * mp.sqrt(1 - rho**2))
            log = float(mp.log(both / alone(x) / alone(y)))
            assert float(pair.log_density(a, b)) == pytest.approx(log, rel=1e-11, abs=1e-11)
            at = (x - rho * y) * mp.sqrt((nu + 1) / ((1 - rho**2) * (nu + y * y)))
            h = z_of(cumulated(at, nu + 1))
            assert float(pair.given(a, b)) == pytest.approx(float(h), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("pair", ALL, ids=str)
def test_inverses_undo_and_gradients_are_slopes(pair, rng):
    a, b = torch.from_numpy(rng.normal(0, 2, (2, 400)))
    np.testing.assert_allclose(pair.inverse(pair.given(a, b), b), a, rtol=1e-9, atol=1e-9)
    for function in (pair.log_density, pair.given):
        x, y = a[:50].clone().requires_grad_(), b[:50].clone().requires_grad_()
        value = function(x, y) + 0 * (x + y)  # independence does not depend on all
        slopes = torch.autograd.grad(value.sum(), (x, y))
        step = 1e-5
        x, y = a[:50], b[:50]
        along = (function(x + step, y) - function(x - step, y)) / (2 * step)
        across = (function(x, y + step) - function(x, y - step)) / (2 * step)
        np.testing.assert_allclose(slopes[0], along, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(slopes[1], across, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pair", ALL, ids=str)
def test_mass_is_one_and_tau_is_that_of_the_conditional_laws(pair):
    """∫∫ c = 1, and τ = 1 − 4 ∫∫ h(u | v) h(v | u) du dv."""
    roots, weights = np.polynomial.legendre.leggauss(400)
    z, size = 9 * roots, 9 * weights * np.exp(-40.5 * roots**2) / math.sqrt(2 * math.pi)
    a, b = (torch.from_numpy(g.reshape(-1)) for g in np.meshgrid(z, z, indexing="ij"))
    area = np.outer(size, size).reshape(-1)
    assert pair.log_density(a, b).exp().numpy() @ area == pytest.approx(1.0, abs=1e-4)
    one, other = pair.given(a, b), pair.swapped.given(b, a)
    product = (torch.special.ndtr(one) * torch.special.ndtr(other)).numpy()
    assert 1 - 4 * product @ area == pytest.approx(pair.tau, abs=1e-4)


def test_tau_of_frank_and_joe_has_no_step_where_its_formula_changes():
    assert FrankPair(0.05).tau == pytest.approx(FrankPair(0.05 - 1e-12).tau, abs=1e-11)
    assert JoePair(2.0).tau == pytest.approx(JoePair(2.0 + 2e-6).tau, abs=1e-6)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: NormalPair(1.0), "rho must be in"),
        (lambda: StudentPair(0.0, 0.5), "df must be in"),
        (lambda: StudentPair(4.0, -1.5), "rho must be in"),
        (lambda: ClaytonPair(-1.0), "theta must be in"),
        (lambda: FrankPair(math.inf), "theta must be finite"),
        (lambda: GumbelPair(1.0), r"theta must be in \(1, inf\)"),
        (lambda: JoePair(0.5), r"theta must be in \(1, inf\)"),
    ],
    ids=["normal", "freedom", "student", "clayton", "frank", "gumbel", "joe"],
)
def test_parameters_out_of_range_are_refused(make, told):
    with pytest.raises(ValueError, match=told):
        make()
