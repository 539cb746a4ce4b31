"""Closed forms against quadrature, which shares nothing with them but the laws."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.maps.scalar import Exp, Sinh
from divkit.divergences import (
    BHATTACHARYYA,
    HELLINGER,
    HELLINGER2,
    JEFFREYS,
    JS,
    KL,
    PEARSON,
    REVERSE_KL,
    TV,
    W1,
    Transformed,
    alpha,
    renyi,
    rows,
)
from divkit.exact.auto import Auto
from divkit.exact.closed_form.method import ClosedForm
from divkit.exact.closed_form.product import Tensorised
from divkit.exact.method import NotApplicableError
from divkit.exact.quadrature.method import Quadrature
from divkit.exact.symbolic import Symbolic

N = Normal
PAIRS = [
    (N(0, 1), N(1, 1), 13),
    (N(0, 1), N(1, 1.3), 13),
    (Exponential(1), Exponential(1.4), 13),
    (Gamma(2, 1), Exponential(1.2), 12),
    (Gamma(3.5, 1), Gamma(3, 1.2), 12),
    (Beta(2, 3), Beta(2.2, 2.5), 12),
    (LogNormal(0, 1), LogNormal(0.5, 0.9), 13),
    (Laplace(0, 1), Laplace(1, 1), 13),
    (Laplace(0, 1), Laplace(1, 1.5), 12),
    (Cauchy(0, 1), Cauchy(1, 2), 16),
    (Cauchy(0, 1), Cauchy(2, 1), 16),
    (Logistic(0, 1), Logistic(1, 1), 1),
    (Gumbel(0, 1), Gumbel(0.4, 1.2), 3),
    (Pareto(2, 1), Pareto(3, 1), 13),
    (Pareto(2, 1.5), Pareto(3, 1), 8),
    (Uniform(0, 1), Uniform(-0.2, 1.1), 15),
    (Uniform(0, 1), Uniform(0.2, 1.1), 11),
]
ROWS = [*rows(), BHATTACHARYYA, HELLINGER, renyi(0.7), renyi(3.0)]


@pytest.mark.sweep(4)
@pytest.mark.parametrize(("p", "q", "least"), PAIRS, ids=str)
def test_closed_forms_agree_with_quadrature(p, q, least):
    count = 0
    for row in ROWS:
        try:
            formula = ClosedForm()(p, q, row)
        except NotApplicableError:
            continue
        if math.isinf(formula.value):
            base = row.base if isinstance(row, Transformed) else row
            assert Symbolic()(p, q, base).value == math.inf
            continue
        integral = Quadrature()(p, q, row)
        assert abs(formula.value - integral.value) <= formula.error + integral.error
        assert formula.error <= 1e-15 * max(1.0, abs(formula.value))
        count += 1
    assert count >= least


def test_nearly_equal_laws_keep_their_digits():
    with mpmath.workdps(60):
        for loc, scale, shift in ((0.0, 1.0, 1e-8), (1e4, 1e-3, 1e-9), (-3.0, 1e5, 1e-6)):
            p, q = N(loc, scale), N(loc + shift, scale)
            exact = (mpmath.mpf(p.loc) - mpmath.mpf(q.loc)) ** 2 / (2 * mpmath.mpf(scale) ** 2)
            got = ClosedForm()(p, q, KL)
            assert abs(mpmath.mpf(got.value) - exact) <= got.error
            assert got.error <= 1e-15 * exact
            hellinger = ClosedForm()(p, q, HELLINGER2)
            truth = -mpmath.expm1(-exact / 4)
            assert abs(mpmath.mpf(hellinger.value) - truth) <= hellinger.error


def test_values_beyond_the_floats():
    far = ClosedForm()(N(0, 1e-3), N(1000, 1e-3), BHATTACHARYYA)
    assert far.value == pytest.approx(1.25e11, rel=1e-15)
    assert ClosedForm()(N(0, 1e-3), N(1000, 1e-3), PEARSON).value == math.inf
    assert ClosedForm()(Exponential(1), Gamma(1, 1), KL).value == 0.0


def random_gaussians(d: int, seed: int) -> tuple[MultivariateNormal, MultivariateNormal]:
    rng = np.random.default_rng(seed)

    def one() -> MultivariateNormal:
        a = rng.normal(size=(d, d))
        return MultivariateNormal(rng.normal(size=d), a @ a.T / d + np.eye(d))

    return one(), one()


@pytest.mark.parametrize("d", [2, 5, 9])
def test_gaussians_in_space(d):
    """KL and log ρ from eigenvalues of the pencil, in mpmath."""
    p, q = random_gaussians(d, d)
    with mpmath.workdps(40):
        sp, sq = (mpmath.matrix(law.covariance.tolist()) for law in (p, q))
        gap = mpmath.matrix(p.loc) - mpmath.matrix(q.loc)
        solved = mpmath.lu_solve(sq, gap)
        logs = mpmath.log(mpmath.det(sq) / mpmath.det(sp))
        trace = sum((mpmath.inverse(sq) * sp)[i, i] for i in range(d))
        kl = (trace + (gap.T * solved)[0] - d + logs) / 2
        mean = (sp + sq) / 2
        quadratic = (gap.T * mpmath.lu_solve(mean, gap))[0]
        dets = mpmath.log(mpmath.det(mean) / mpmath.sqrt(mpmath.det(sp) * mpmath.det(sq)))
        bhattacharyya = quadratic / 8 + dets / 2
    for row, truth in ((KL, kl), (BHATTACHARYYA, bhattacharyya)):
        got = ClosedForm()(p, q, row)
        assert abs(got.value - truth) <= got.error + 1e-30
    reverse = ClosedForm()(q, p, REVERSE_KL)
    assert abs(reverse.value - ClosedForm()(p, q, KL).value) <= 2 * reverse.error


def test_chi2_of_gaussians_is_finite_iff_twice_q_covers_p():
    """2Σp⁻¹ − Σq⁻¹ ≻ 0 iff 2Σq − Σp ≻ 0: here 2q − p = diag(2 − a, 1)."""
    q = MultivariateNormal([0, 0], [[1, 0], [0, 1]])
    for a, finite in ((1.5, True), (math.nextafter(2.0, 0.0), True), (2.0, False), (2.5, False)):
        p = MultivariateNormal([0, 0], [[a, 0], [0, 1]])
        assert math.isfinite(ClosedForm()(p, q, PEARSON).value) == finite


def test_one_dimensional_gaussian_meets_normal():
    p, q = MultivariateNormal([0.5], [[4.0]]), N(1, 3)
    got, wanted = ClosedForm()(p, q, KL), ClosedForm()(N(0.5, 2), q, KL)
    assert abs(got.value - wanted.value) <= got.error + wanted.error


def test_common_maps_come_off():
    p, q = N(0, 1), N(1, 1.5)
    for map_ in (Exp(), Sinh()):
        got = ClosedForm()(transformed(p, map_), transformed(q, map_), KL)
        assert got.value == ClosedForm()(p, q, KL).value
    with pytest.raises(NotApplicableError, match="family"):
        ClosedForm()(transformed(p, Exp()), transformed(q, Sinh()), KL)


@pytest.mark.parametrize(
    "row", [KL, REVERSE_KL, JEFFREYS, PEARSON, HELLINGER2, HELLINGER, alpha(0.3), renyi(0.5)]
)
def test_products_against_gaussians_in_space(row):
    p = MultivariateNormal([0, 1, 2], np.diag([1.0, 4.0, 9.0]))
    q = MultivariateNormal([0.5, 1, 0], np.diag([1.0, 6.25, 16.0]))
    a, b = Product((N(0, 1), N(1, 2), N(2, 3))), Product((N(0.5, 1), N(1, 2.5), N(0, 4)))
    got, wanted = Tensorised(Auto())(a, b, row), ClosedForm()(p, q, row)
    assert abs(got.value - wanted.value) <= got.error + wanted.error
    assert got.kind == "closed form"


def test_products_of_unlike_laws_add_their_divergences():
    a, b = Product((N(0, 1), Laplace(0, 1))), Product((Laplace(1, 1), Logistic(0, 2)))
    got = Tensorised(Auto())(a, b, KL)
    parts = [Quadrature()(x, y, KL) for x, y in zip(a.factors, b.factors, strict=True)]
    assert abs(got.value - sum(r.value for r in parts)) <= got.error + sum(r.error for r in parts)
    assert got.kind == "quadrature"


def test_what_has_no_closed_form_says_so():
    with pytest.raises(NotApplicableError, match="JS"):
        ClosedForm()(N(0, 1), N(1, 1), JS)
    with pytest.raises(NotApplicableError, match="TV"):
        ClosedForm()(Beta(1, 2), Beta(2, 3), TV)
    with pytest.raises(NotApplicableError, match="not of one family"):
        ClosedForm()(N(0, 1), Laplace(0, 1), KL)
    with pytest.raises(NotApplicableError, match="f-divergences"):
        ClosedForm()(N(0, 1), N(1, 1), W1)
    with pytest.raises(NotApplicableError, match="not both products"):
        Tensorised(Auto())(N(), N(1, 1), KL)
