"""Label smoothing's divergence against its definition in mpmath: no formula of divkit's enters."""

import itertools
import math

import mp_rows
import mpmath
import numpy as np
import pytest
import torch
from mpmath import mpf
from scipy import special

from divkit.distributions import Normal, categorical
from divkit.divergences import JS_FGAN
from divkit.divergences.base import FDivergence
from divkit.divergences.smoothing import label_smoothed
from divkit.exact.api import divergence
from divkit.exact.certified.method import Certified

EPS = 2.0**-52
AMOUNTS = (1e-3, 0.1, 0.3, 0.5, 0.9)
EXTREMES = (1e-300, 1e-12, *AMOUNTS, 1 - 1e-9)
every_amount = pytest.mark.parametrize("amount", AMOUNTS)


def twin(amount):
    """The best value at each point less its tangent at u = 1, from D* = (1−α)u/(1+u) alone."""
    a = mpf(amount)

    def value(u):
        d = (1 - a) * u / (1 + u)
        real = (1 - a) * u * mpmath.log(d) if u else mpf(0)
        return real + (a * u + 1) * mpmath.log(1 - d)

    def value_prime(u):
        d = (1 - a) * u / (1 + u)
        return (1 - a) * mpmath.log(d) + a * mpmath.log(1 - d)

    one = mpf(1)
    return mp_rows.MpRow(
        lambda u: value(u) - value(one) - value_prime(one) * (u - 1),
        lambda u: value_prime(u) - value_prime(one),
    )


def tensor(value):
    return torch.tensor([value], dtype=torch.float64)


@every_amount
def test_f_is_the_best_value_at_a_point_less_its_tangent(amount):
    row, truth = label_smoothed(amount), twin(amount)
    for ratio in (1e-6, 0.02, 0.4, 0.97, 1.3, 3.0, 40.0, 1e6):
        with mpmath.workdps(60):
            f, prime = truth.f(mpf(ratio)), truth.prime(mpf(ratio))
        size = 1 + ratio * abs(float(prime)) + abs(math.log(ratio))
        assert abs(mpf(float(row.f(tensor(ratio)))) - f) <= 40 * EPS * size
        assert abs(mpf(float(row.prime(tensor(ratio)))) - prime) <= 40 * EPS * (1 + abs(prime))


@pytest.mark.sweep(4)
@pytest.mark.parametrize("amount", EXTREMES)
@pytest.mark.parametrize(
    "gap", [0.0, 1e-12, 1e-6, 0.3, -0.3, 1.1, -1.1, 30.0, -30.0, 700.0, -700.0]
)
def test_the_integrand_is_exact_to_a_few_roundings(amount, gap):
    row, truth = label_smoothed(amount), twin(amount)
    lp, lq = (0.0, -gap) if gap > 0 else (gap, 0.0)
    with mpmath.workdps(700):
        wanted = truth_integrand(truth, lp, lq)
        got = mpf(float(row.integrand(tensor(lp), tensor(lq))))
        assert abs(got - wanted) <= 200 * EPS * abs(wanted) + mpf(10) ** -320


def truth_integrand(truth, lp, lq):
    u = mpmath.exp(mpf(lp) - mpf(lq))
    return mpmath.exp(mpf(lq)) * truth.f(u)


@every_amount
def test_the_conjugate_is_the_supremum_over_ratios(amount):
    row, truth = label_smoothed(amount), twin(amount)
    for ratio in (1e-3, 0.4, 1.3, 40.0):
        t = float(truth.prime(mpf(ratio)))
        wanted = truth.conjugate(mpf(t))
        assert abs(float(row.conjugate(tensor(t))) - wanted) <= 1e-13 * (1 + ratio * abs(t))
    assert float(row.conjugate(tensor(row.slope_at_infinity + 1e-9))) == math.inf


@every_amount
def test_limits_curvature_and_zero_densities(amount):
    row = label_smoothed(amount)
    nothing = tensor(-math.inf)
    assert float(row.integrand(nothing, tensor(0.0))) == pytest.approx(math.log(2 / (1 + amount)))
    assert float(row.integrand(nothing, nothing)) == 0
    with mpmath.workdps(60):
        second = mpmath.diff(twin(amount).prime, mpf(1))
    assert row.curvature == pytest.approx(float(second), rel=1e-14)


def test_between_two_js_and_nothing():
    """α → 0 is 2 JSD, and more smoothing leaves less to find."""
    p, q = Normal(0, 1), Normal(1, 1.5)
    whole = divergence(p, q, JS_FGAN)
    found = [divergence(p, q, label_smoothed(a)) for a in (1e-12, 0.1, 0.3, 0.6, 0.95)]
    assert found[0].value == pytest.approx(whole.value, abs=1e-10)
    assert all(a.value > b.value + a.error + b.error for a, b in itertools.pairwise(found))


def test_on_finite_laws_it_is_a_sum_of_two_kls():
    p, q, a = np.array([0.5, 0.5, 0.0]), np.array([0.2, 0.0, 0.8]), 0.25
    fake = (q + a * p) / (1 + a)
    kl = [special.xlogy(law, 2 * law / (p + q)).sum() for law in (p, fake)]
    wanted = (1 - a) * kl[0] + (1 + a) * kl[1]
    found = divergence(categorical(p), categorical(q), label_smoothed(a))
    assert found.value == pytest.approx(wanted, rel=1e-14)


def test_it_may_not_be_symmetric():
    p, q = Normal(0, 1), Normal(0, 3)
    there, back = (divergence(a, b, label_smoothed(0.3)) for a, b in ((p, q), (q, p)))
    assert abs(there.value - back.value) > 1e-3 > there.error + back.error


def test_it_is_data_like_every_row():
    row = label_smoothed(0.1)
    assert isinstance(row, FDivergence) and row.unit == "nats"
    assert repr(row) == "label_smoothed(0.1)"
    with pytest.raises(ValueError):
        Certified(digits=10)(Normal(0, 1), Normal(1, 1), row)


@pytest.mark.parametrize("amount", [0.0, 1.0, -0.1, math.nan, 2])
def test_an_amount_outside_0_1_is_an_error(amount):
    with pytest.raises(ValueError, match="amount"):
        label_smoothed(amount)
