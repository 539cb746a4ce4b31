"""Affine images of products against closed forms in high precision and against plain products."""

import math

import mpmath
import numpy as np
import pytest

from divkit.distributions import (
    Affine,
    Laplace,
    Linear,
    MultivariateNormal,
    Normal,
    Product,
    mixture,
    transformed,
)
from divkit.exact.aligned import aligned
from divkit.exact.api import divergence


def normals(rng, dim):
    pairs = zip(rng.normal(size=dim).tolist(), rng.uniform(0.5, 2, dim).tolist(), strict=True)
    return Product(tuple(Normal(loc, scale) for loc, scale in pairs))


def laplaces(rng, dim):
    pairs = zip(rng.normal(size=dim).tolist(), rng.uniform(0.5, 2, dim).tolist(), strict=True)
    return Product(tuple(Laplace(loc, scale) for loc, scale in pairs))


def moments(law):
    """Mean and covariance of an affine image of a product of normal laws, in 60 digits."""
    matrix = mpmath.matrix(np.array(law.map.matrix).tolist())
    factors = law.base.factors
    mean = matrix * mpmath.matrix([f.loc for f in factors]) + mpmath.matrix(list(law.map.shift))
    return mean, matrix * mpmath.diag([mpmath.mpf(f.scale) ** 2 for f in factors]) * matrix.T


def gaussian_kl(p, q):
    (mean, cov), (other, wide) = moments(p), moments(q)
    gap, inverse = mean - other, wide**-1
    spread = inverse * cov
    trace = mpmath.fsum(spread[k, k] for k in range(len(gap)))
    logs = mpmath.log(mpmath.det(wide)) - mpmath.log(mpmath.det(cov))
    return (trace + (gap.T * inverse * gap)[0] - len(gap) + logs) / 2


def gaussian_hellinger2(p, q):
    (mean, cov), (other, wide) = moments(p), moments(q)
    mixed, gap = (cov + wide) / 2, mean - other
    affinity = mpmath.exp(-(gap.T * mixed**-1 * gap)[0] / 8)
    shrunk = (mpmath.det(cov) * mpmath.det(wide)) ** mpmath.mpf("0.25")
    return 1 - affinity * shrunk / mpmath.sqrt(mpmath.det(mixed))


@pytest.mark.parametrize("dim", [3, 10, pytest.param(50, marks=pytest.mark.slow)])
def test_products_of_normals_under_any_matrix_are_normal_in_closed_form(dim):
    rng = np.random.default_rng(dim)
    p = transformed(normals(rng, dim), Linear(rng.normal(size=(dim, dim)), rng.normal(size=dim)))
    near = np.array(p.map.matrix) + 0.1 * rng.normal(size=(dim, dim)) / dim
    q = transformed(normals(rng, dim), Linear(near, rng.normal(size=dim)))
    with mpmath.workdps(60):
        truths = {"kl": gaussian_kl(p, q), "hellinger2": gaussian_hellinger2(p, q)}
        for kind, truth in truths.items():
            got = divergence(p, q, kind)
            assert got.method == "ClosedForm()"
            assert abs(mpmath.mpf(got.value) - truth) <= got.error


def test_an_image_meets_a_multivariate_normal_law():
    p = transformed(Product((Normal(), Normal(1, 2))), Linear([[1, 1], [0, 1]], [0, 0]))
    same = MultivariateNormal([1, 1], [[5, 4], [4, 4]])
    assert divergence(p, same, "kl").value == 0
    got = divergence(p, MultivariateNormal([1, 1], [[10, 8], [8, 8]]), "kl")
    assert got.value == pytest.approx(math.log(2) - 0.5, abs=got.error)


def test_mixtures_of_normals_keep_their_metrics_under_a_matrix():
    base = mixture([0.5, 0.5], [MultivariateNormal([k, 0], np.eye(2)) for k in (0, 3)])
    moved = mixture([0.5, 0.5], [MultivariateNormal([k, k], [[1, 1], [1, 2]]) for k in (0, 3)])
    image = transformed(base, Linear([[1, 0], [1, 1]], [0, 0]))
    q = MultivariateNormal([1, 1], np.eye(2))
    got, want = divergence(image, q, "energy"), divergence(moved, q, "energy")
    assert got.value == pytest.approx(want.value, abs=got.error + want.error)


@pytest.mark.parametrize("dim", [3, 10, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["kl", "hellinger2", "js"])
def test_columns_in_another_order_and_scale_peel_to_products(dim, kind):
    rng = np.random.default_rng(7 + dim)
    matrix, shift = rng.normal(size=(dim, dim)), rng.normal(size=dim)
    factors = 2.0 ** rng.integers(-2, 3, dim) * rng.choice([-1, 1], dim)
    order = rng.permutation(dim)
    p, q = laplaces(rng, dim), laplaces(rng, dim)
    shrunk = [transformed(f, Affine(0.0, 1 / t)) for f, t in zip(q.factors, factors, strict=True)]
    first = transformed(p, Linear(matrix, shift))
    second = transformed(
        Product(tuple(shrunk[k] for k in order)), Linear((matrix * factors)[:, order], shift)
    )
    got, want = divergence(first, second, kind), divergence(p, q, kind)
    assert not got.is_estimate
    assert got.value == pytest.approx(want.value, abs=got.error + want.error)


def test_shifts_come_off_where_they_are_floats():
    p = transformed(Product((Laplace(), Laplace(1, 2))), Linear([[2, 1], [0, 1]], [0, 0]))
    q = transformed(Product((Laplace(), Laplace(1, 2))), Linear([[1, 2], [1, 0]], [3, 1]))
    got = divergence(p, q, "kl")  # y = Ax = Bz + (3, 1): x = (z₂ + 1, z₁ + 1)
    want = [
        divergence(*pair, "kl")
        for pair in ((Laplace(), Laplace(2, 2)), (Laplace(1, 2), Laplace(1, 1)))
    ]
    assert got.value == pytest.approx(sum(w.value for w in want), abs=got.error + 1e-12)


def test_other_matrices_stay():
    base = Product((Laplace(), Laplace()))
    p = transformed(base, Linear([[3, 1], [0, 1]], [0, 0]))
    for matrix, shift in (
        ([[3, 2], [0, 1]], [0, 0]),
        ([[6, 1], [0, 1]], [0.1, 0]),  # a shift by 0.1/3, which is no float
        ([[0.3, 1], [0, 1]], [0, 0]),  # 0.3 is no multiple of 3 by a float
        ([[3, 1], [1e-16, 1]], [0, 0]),
    ):
        assert aligned(p, transformed(base, Linear(matrix, shift))) is None
    joint = MultivariateNormal([0, 0], np.eye(2))
    turned = transformed(joint, Linear([[1, 1], [1, 0]], [0, 0]))
    assert aligned(transformed(joint, Linear([[1, 1], [0, 1]], [0, 0])), turned) is None
