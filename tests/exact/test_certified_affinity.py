"""Certified values in any dimension: Gaussians and products, by roads that must meet."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from flint import arb, ctx

from divkit.distributions.compose.mixture import Mixture1D
from divkit.distributions.compose.product import Product
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.divergences import table
from divkit.exact.certified import affinity as certified_affinity
from divkit.exact.certified.forms import affinity_form, harmonic_form, js_form
from divkit.exact.certified.integral import integral
from divkit.exact.certified.method import Certified
from divkit.exact.certified.transform import closed_form, gaussian, tabulate
from divkit.exact.method import NotApplicableError


def ends(result):
    return Decimal(result.diagnostics["lower"]), Decimal(result.diagnostics["upper"])


def meet(one, two):
    a, b = ends(one), ends(two)
    return a[0] <= b[1] and b[0] <= a[1]


FAMILIES = [
    (Normal(0, 1), Normal(1, 3)),
    (LogNormal(0, 0.5), LogNormal(0.25, 1)),
    (Exponential(1), Exponential(3)),
    (Gamma(0.5, 1), Gamma(2.5, 4)),
    (Beta(0.5, 3), Beta(2, 0.75)),
    (Pareto(2, 0.5), Pareto(5.5, 0.5)),
    (Laplace(1, 0.25), Laplace(1, 2)),
]
UNLIKE = [
    (Laplace(0, 1), Normal(0.5, 1)),
    (Mixture1D((0.25, 0.75), (Normal(-2, 0.5), Normal(1, 1))), Logistic(0, 1)),
    (Cauchy(0, 1), StudentT(3, 1, 0.5)),
    (Gamma(0.5, 1), LogNormal(0, 1)),
    (Uniform(0, 1), Beta(0.5, 2)),
    (Uniform(0, 1), Uniform(0.5, 1.5)),
    (Gumbel(0, 1), Gumbel(1, 0.5)),
]
FORMS = [
    (js_form, certified_affinity.js),
    (harmonic_form, certified_affinity.harmonic),
    (affinity_form, certified_affinity.affinity),
]


@pytest.mark.sweep(3)
@pytest.mark.parametrize("pair", FAMILIES + UNLIKE, ids=repr)
def test_affinity_and_direct_integration_meet(pair):
    p, q = pair
    with ctx.workprec(140):
        tolerance = arb(10) ** -20

        def table_of(omegas, share):
            return tabulate(p, q, omegas, share)

        transform = gaussian(p, q) or closed_form(p, q) or table_of
        assert (transform is table_of) == (pair in UNLIKE)
        for form, read in FORMS:
            direct, _ = integral(form(), p, q, tolerance)
            ours = read(transform, tolerance)
            assert ours.overlaps(direct)
            assert ours.rad() < 4 * tolerance and direct.rad() < 4 * tolerance


@pytest.mark.parametrize("prior", [0.125, 0.7])
def test_class_priors(prior):
    row = table.weighted_js(prior)
    p, q = Normal(0, 1), Normal(1, 2)
    with ctx.workprec(140):
        direct, _ = integral(js_form(prior), p, q, arb(10) ** -20)
    lower, upper = ends(Certified(18)(p, q, row))
    assert float(lower) <= float(direct.upper()) and float(direct.lower()) <= float(upper)
    assert upper - lower < Decimal("1e-18")


HADAMARD = 0.5 * np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])


def turned(diagonal):
    """H diag H with H orthogonal and exact in floats."""
    return HADAMARD @ np.diag(diagonal) @ HADAMARD


@pytest.mark.sweep(4)
@pytest.mark.parametrize("digits", [15, 40])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([1, 2, 4, 8], [2, 2, 2, 16]),
        ([1, 1, 1, 1], [4, 4, 4, 4]),
        ([1, 1, 1, 1], [1, 1, 2, 2]),
        ([1, 1, 1, 1], [1, 1 + 2.0**-40, 1 + 2.0**-44, 2]),
        ([1, 2.0**-20, 1, 1], [2.0**20, 1, 1, 1]),
    ],
)
def test_a_turned_gaussian_has_the_value_of_the_product(first, second, digits):
    shift = np.array([0.5, -1.0, 0.25, 1.0])
    p = MultivariateNormal(np.zeros(4), turned(first))
    q = MultivariateNormal(HADAMARD @ shift, turned(second))
    straight = (
        Product(tuple(Normal(0, math.sqrt(1)) for _ in first)),
        Product(tuple(Normal(s, 1) for s in shift)),
    )
    flat = [
        MultivariateNormal(m, np.diag(np.array(v, float)))
        for m, v in ((np.zeros(4), first), (shift, second))
    ]
    for divergence in (table.JS, table.KL, table.HELLINGER2, table.GAN):
        assert meet(Certified(digits)(p, q, divergence), Certified(digits)(*flat, divergence))
    if first == second == [1, 1, 1, 1]:
        assert meet(Certified(digits)(p, q, table.JS), Certified(digits)(*straight, table.JS))


def test_packing():
    """N(0, I₄) against N(μ1, I₄) is N(0, 1) against N(2μ, 1)."""
    p, q = Product((Normal(0, 1),) * 4), Product((Normal(0.75, 1),) * 4)
    for divergence in (table.JS, table.REVERSE_KL, table.BHATTACHARYYA, table.TRIANGULAR):
        line = Certified(25)(Normal(0, 1), Normal(1.5, 1), divergence)
        assert meet(Certified(25)(p, q, divergence), line)


def test_fifty_dimensions_against_a_product():
    rng = np.random.default_rng(5)
    basis, _ = np.linalg.qr(rng.standard_normal((50, 50)))
    spread = np.exp(rng.uniform(-1, 1, 50))
    mixed = (basis * spread) @ basis.T
    mixed = (mixed + mixed.T) / 2
    shift = 0.1 * rng.standard_normal(50)
    p, q = MultivariateNormal(np.zeros(50), np.eye(50)), MultivariateNormal(shift, mixed)
    along = basis.T @ shift
    parts = (
        Product((Normal(0, 1),) * 50),
        Product(tuple(Normal(m, math.sqrt(s)) for m, s in zip(along, spread, strict=True))),
    )
    one, two = Certified(15)(p, q, table.JS), Certified(15)(*parts, table.JS)
    # The product's parameters carry the rounding of 50 × 50 float operations.
    assert abs(one.value - two.value) < 1e-13
    assert Decimal(0) < ends(one)[1] - ends(one)[0] < Decimal("1e-15")


def test_products_of_unlike_laws():
    p = Product((Laplace(0, 1), Gamma(2, 1), Laplace(0, 1)))
    q = Product((Normal(0, 1), Gamma(2, 1), Normal(0, 1)))
    one = Certified(18)(Laplace(0, 1), Normal(0, 1), table.BHATTACHARYYA)
    both = Certified(18)(p, q, table.BHATTACHARYYA)
    assert abs(both.value - 2 * one.value) <= both.error + 2 * one.error + 1e-17
    kl = [Certified(18)(a, b, table.KL).value for a, b in ((p, q), (p.factors[0], q.factors[0]))]
    assert kl[0] == pytest.approx(2 * kl[1], rel=1e-15)
    single = Product((Gamma(2, 1), Laplace(0, 1))), Product((Gamma(2, 1), Normal(0, 1)))
    assert meet(
        Certified(18)(*single, table.JS), Certified(18)(Laplace(0, 1), Normal(0, 1), table.JS)
    )


def test_finite_laws():
    p, q = FiniteLaw([0, 1], [0.5, 0.5]), FiniteLaw([0, 1], [0.875, 0.125])
    m = (0.6875, 0.3125)
    truth = sum(
        0.5 * (a * math.log(a / c) + b * math.log(b / c))
        for a, b, c in zip((0.5, 0.5), (0.875, 0.125), m, strict=True)
    )
    assert Certified(30)(p, q, table.JS).value == pytest.approx(truth, rel=1e-14)
    assert Certified(15)(p, q, table.TV).value == 0.375
    with pytest.raises(NotApplicableError, match="infinite"):
        Certified()(p, FiniteLaw([0, 2], [0.5, 0.5]), table.KL)


def test_no_road():
    mixed = Product((Normal(0, 1), Laplace(0, 1)))
    flat = MultivariateNormal(np.zeros(2), np.eye(2))
    for divergence in (table.JS, table.KL, table.TV):
        with pytest.raises(NotApplicableError):
            Certified()(mixed, flat, divergence)
    with pytest.raises(ValueError, match="dimension"):
        Certified()(Normal(0, 1), flat, table.JS)
