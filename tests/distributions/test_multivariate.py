"""Multivariate normal and Student's t: densities by mpmath and SciPy, samplers, tails, errors."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch
from scipy import integrate, stats

from divkit.distributions import MultivariateNormal, MultivariateStudentT, mixture
from divkit.distributions.families.multivariate import log_gamma_ratio
from divkit.distributions.tails import LOG, cross_entropy_is_finite, make

FALSE_ALARM = 1e-6
LOC, COV = [1.0, -2.0, 0.5], [[2.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 0.5]]


@pytest.mark.parametrize("df", [0.5, 1.0, 3.0, 41.0])
def test_student_density_is_scipys(df):
    x = np.random.default_rng(1).normal(size=(40, 3)) * 5
    ours = MultivariateStudentT(df, LOC, COV).log_prob(x)
    np.testing.assert_allclose(ours, stats.multivariate_t(LOC, COV, df).logpdf(x), rtol=1e-12)


def test_normal_density_is_mpmaths():
    x = np.random.default_rng(2).normal(size=(5, 3)) * 4
    with mpmath.workdps(40):
        precision, det = mpmath.matrix(COV) ** -1, mpmath.det(mpmath.matrix(COV))
        for row in x:
            gap = mpmath.matrix([mpmath.mpf(a) - b for a, b in zip(row, LOC, strict=True)])
            square = (gap.T * precision * gap)[0]
            truth = -square / 2 - mpmath.log(det) / 2 - 1.5 * mpmath.log(2 * mpmath.pi)
            ours = MultivariateNormal(LOC, COV).log_prob(row[None])[0]
            assert ours == pytest.approx(float(truth), rel=2e-14)


@pytest.mark.parametrize(
    "law",
    [
        MultivariateNormal([0.3, -1], [[1, 0.8], [0.8, 2]]),
        MultivariateStudentT(2.5, [0.3, -1], [[1, 0.8], [0.8, 2]]),
    ],
    ids=["normal", "student"],
)
def test_density_integrates_to_one(law):
    theta = np.linspace(0, 2 * math.pi, 64, endpoint=False)
    circle = np.stack([np.cos(theta), np.sin(theta)], axis=1)

    def ring(t: float) -> float:  # r = t/(1−t); the trapezoid rule is spectral in the angle
        r = t / (1 - t)
        density = np.exp(law.log_prob(np.array([0.3, -1]) + r * circle))
        return 2 * math.pi * r * density.mean() / (1 - t) ** 2

    mass, error = integrate.quad(ring, 0, 1 - 1e-15, epsabs=1e-9, limit=100)
    assert abs(mass - 1) <= error + 1e-8


@pytest.mark.parametrize("df", [0.5, 3.0, 1e3, 1e6, 1e12])
@pytest.mark.parametrize("dim", [1, 2, 7, 50])
def test_the_normalizer_keeps_its_digits_at_large_df(df, dim):
    with mpmath.workdps(60):
        a = mpmath.mpf(df) / 2
        half = mpmath.mpf(dim) / 2
        truth = mpmath.loggamma(a + half) - mpmath.loggamma(a) - half * mpmath.log(a)
    assert log_gamma_ratio(df / 2, dim) == pytest.approx(float(truth), rel=1e-13, abs=2e-14)


def test_student_tends_to_the_normal():
    x = np.random.default_rng(3).normal(size=(20, 3))
    far = MultivariateStudentT(1e15, LOC, COV).log_prob(x)
    np.testing.assert_allclose(far, MultivariateNormal(LOC, COV).log_prob(x), rtol=1e-12)


def test_whitened_draws_have_the_radius_that_theory_says():
    for law, radius in (
        (MultivariateNormal(LOC, COV), stats.chi2(3)),
        (MultivariateStudentT(4.0, LOC, COV), stats.f(3, 4, scale=3)),
    ):
        draws = law.sample(20_000, rng=4).numpy() - LOC
        z = np.linalg.solve(np.linalg.cholesky(np.array(COV)), draws.T)
        assert stats.kstest((z**2).sum(axis=0), radius.cdf).pvalue > FALSE_ALARM / 4
        angle = np.arctan2(z[1], z[0]) / (2 * math.pi) + 0.5
        assert stats.kstest(angle, stats.uniform.cdf).pvalue > FALSE_ALARM / 4


def test_moments_say_where_they_do_not_exist():
    np.testing.assert_allclose(
        MultivariateStudentT(4, LOC, COV).covariance, 2 * np.array(COV), rtol=1e-15
    )
    assert np.isnan(MultivariateStudentT(1, LOC, COV).mean).all()
    assert np.isinf(np.diag(MultivariateStudentT(2, LOC, COV).covariance)).all()


@pytest.mark.parametrize(("df", "finite"), [(1.0, False), (2.0, False), (2.000001, True)])
@pytest.mark.parametrize("dim", [1, 2, 5])
def test_radial_tails_decide_when_kl_to_a_normal_is_infinite(df, finite, dim):
    student = MultivariateStudentT(df, [0.0] * dim, np.eye(dim))
    normal = MultivariateNormal([0.0] * dim, np.eye(dim))
    assert cross_entropy_is_finite(student.radial_tail(), normal.radial_tail()) is finite
    assert cross_entropy_is_finite(normal.radial_tail(), student.radial_tail())
    assert student.radial_tail() == make({LOG: Fraction(df) + 1})


def test_infinite_and_huge_points_are_neither_nan_nor_errors():
    normal, student = MultivariateNormal(LOC, COV), MultivariateStudentT(3, LOC, COV)
    bad = [[math.inf, 0, 0], [0, -math.inf, math.inf], [math.nan, 0, 0]]
    for law in (normal, student):
        assert law.log_prob(bad).tolist() == [-math.inf] * 3
    assert normal.log_prob([[1e200, 0, 0]])[0] == -math.inf
    here, there = student.log_prob([[1e90, 0, 0], [1e190, 0, 0]])
    assert there - here == pytest.approx(-6 * 100 * math.log(10), rel=1e-12)


def test_gradients_at_the_centre_and_far_away():
    x = torch.tensor([LOC, [1e160, 0, 0]], dtype=torch.float64, requires_grad=True)
    MultivariateStudentT(3, LOC, COV).log_prob(x)[0].backward()
    assert (x.grad == 0).all()


@pytest.mark.parametrize("scale", [1e-140, 1e140])
def test_the_law_does_not_care_for_units(scale):
    x = np.random.default_rng(5).normal(size=(10, 2))
    plain = MultivariateNormal([0, 0], [[1, 0.3], [0.3, 1]]).log_prob(x)
    cov = np.array([[1, 0.3], [0.3, 1]]) * scale * scale
    moved = MultivariateNormal([0, 0], cov).log_prob(x * scale) + 2 * math.log(scale)
    np.testing.assert_allclose(moved, plain, rtol=1e-12)


def test_many_gaussians_are_mixed_as_one_tensor():
    rng = np.random.default_rng(6)
    centres = rng.normal(size=(3000, 2))
    law = mixture([1 / 3000] * 3000, [MultivariateNormal(c, 0.04 * np.eye(2)) for c in centres])
    x = rng.normal(size=(200, 2))
    squares = ((x[:, None] - centres) ** 2).sum(axis=-1)
    plain = np.log(np.exp(-squares / 0.08).mean(axis=1)) - math.log(2 * math.pi * 0.04)
    np.testing.assert_allclose(law.log_prob(x), plain, rtol=1e-12)


@pytest.mark.parametrize(
    ("loc", "cov", "words"),
    [
        ([0, 0], [[1, 2], [2, 1]], "smallest eigenvalue is -1.0"),
        ([0, 0], [[1, 1], [1, 1]], "positive definite"),
        ([0, 0], [[0, 0], [0, 1]], "positive definite"),
        ([0, 0], [[1, 0.5], [0.4, 1]], r"symmetric; entry \(0, 1\) is 0.5"),
        ([0, 0], [[1.0]], r"shape \(2, 2\); got \(1, 1\)"),
        ([0, math.nan], np.eye(2), "loc must be finite"),
        ([0, 0], [[1, 0], [0, math.inf]], "cov must be finite"),
        (0.0, [[1.0]], "loc must be a vector"),
    ],
)
def test_errors_name_the_argument(loc, cov, words):
    with pytest.raises(ValueError, match=words):
        MultivariateNormal(loc, cov)


def test_df_must_be_positive():
    with pytest.raises(ValueError, match="df must be in"):
        MultivariateStudentT(0, LOC, COV)
