"""Images of laws: densities, quantiles and tails against families and against mpmath."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise, product

import mpmath
import numpy as np
import pytest
import torch
from scipy import integrate, stats

from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import Transformed, Transformed1D, transformed
from divkit.distributions.exponents import ExpSum
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.finite.discrete import bernoulli
from divkit.distributions.maps.scalar import Affine, Asinh, Exp, Log, Power, Sigmoid, Sinh, Tanh
from divkit.distributions.maps.space import Bend, Linear, Twist, Widen
from divkit.distributions.support import Boxes, full_space, interval

FALSE_ALARM = 1e-6
SCALAR = [Affine(1.5, -2.0), Exp(), Sigmoid(), Tanh(), Sinh(), Asinh(), Power(3)]
BASES = [
    Normal(0.3, 0.7),
    Laplace(0.25, 0.5),
    mixture([0.5, 0.5], [Normal(-1, 0.5), Normal(2, 0.25)]),
]
LINE = [transformed(base, map) for base, map in product(BASES, SCALAR)]
LINE += [transformed(Gamma(2.0, 1.0), Log()), transformed(Uniform(0.0, 1.0), Exp())]


def identity(law):
    return f"{type(law.map).__name__}-{type(law.base).__name__}"


@pytest.mark.sweep(3)
@pytest.mark.parametrize("law", LINE, ids=identity)
def test_the_density_integrates_to_the_distribution_function(law):
    cuts = law.ppf([0.0005, 0.05, 0.2, 0.4, 0.5, 0.6, 0.8, 0.95, 0.9995])
    for low, high in pairwise(cuts):
        kinks = [k for k in law.kinks if low < k < high]
        mass, error = integrate.quad(
            lambda x: math.exp(law.log_prob([x])[0]), low, high, points=kinks or None, limit=200
        )
        assert abs(law.cdf(high) - law.cdf(low) - mass) <= error + 1e-13


@pytest.mark.parametrize("law", LINE, ids=identity)
def test_quantiles_and_survival(law):
    u = np.array([1e-12, 1e-3, 0.25, 0.5, 0.75, 0.999])
    x = law.ppf(u)
    slack = 2 * np.exp(law.log_prob(x)) * np.spacing(np.abs(x))  # what the rounding of x costs
    assert (np.abs(law.cdf(x) - u) <= 1e-13 * u + slack).all()
    assert (np.abs(law.sf(x) - (1 - u)) <= 1e-13 + slack).all()
    assert law.cdf([-math.inf, math.inf]).tolist() == [0, 1]
    assert law.sf([-math.inf, math.inf]).tolist() == [1, 0]


@pytest.mark.parametrize("law", LINE, ids=identity)
def test_the_sampler_draws_from_the_density(law):
    draws = law.sample(5_000, rng=2).numpy()[:, 0]
    assert stats.kstest(draws, law.cdf).pvalue > FALSE_ALARM
    assert bool(law.support.contains(torch.as_tensor(draws)[:, None]).all())


@pytest.mark.parametrize("law", LINE, ids=identity)
def test_off_the_image_and_at_its_ends_there_is_no_nan(law):
    ends = [end for box in law.support.boxes for end in box[0]]
    x = np.array([*ends, -1e300, 1e300, -math.inf, math.inf, math.nan, 0.0])
    logs = law.log_prob(x)
    assert not np.isnan(logs).any()
    assert (logs[(x < min(ends)) | (x > max(ends)) | np.isnan(x)] == -math.inf).all()


@pytest.mark.parametrize(
    ("ours", "family"),
    [
        (transformed(Normal(0.3, 0.7), Exp()), LogNormal(0.3, 0.7)),
        (transformed(Normal(0.3, 0.7), Affine(-1.0, 2.0)), Normal(-0.4, 1.4)),
        (transformed(Gumbel(0.0, 1.0), Affine(1.5, 2.0)), Gumbel(1.5, 2.0)),
        (transformed(Gumbel(0.5, 0.25), Affine(1.5, 2.0)), Gumbel(2.5, 0.5)),
        (transformed(Exponential(2.5), Exp()), Pareto(2.5, 1.0)),
        (transformed(Pareto(2.5, 1.0), Log()), Exponential(2.5)),
        (transformed(LogNormal(0.5, 0.75), Log()), Normal(0.5, 0.75)),
        (transformed(Logistic(0.0, 1.0), Sigmoid()), Uniform(0.0, 1.0)),
        (transformed(Uniform(0.0, 1.0), Affine(-2.0, -3.0)), Uniform(-5.0, -2.0)),
        (transformed(StudentT(3.0, 0.0, 1.0), Affine(4.0, 0.5)), StudentT(3.0, 4.0, 0.5)),
    ],
    ids=str,
)
def test_images_that_are_families(ours, family):
    x = family.ppf(np.linspace(0.01, 0.99, 23))
    np.testing.assert_allclose(ours.log_prob(x), family.log_prob(x), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ours.cdf(x), family.cdf(x), rtol=1e-12)
    assert ours.support == family.support


def test_tails_of_images_that_are_families_are_theirs():
    pairs = [
        (transformed(Normal(0.25, 0.5), Exp()), LogNormal(0.25, 0.5)),
        (transformed(Normal(0.25, 0.5), Affine(-1.0, 2.0)), Normal(-0.5, 1.0)),
        (transformed(Gumbel(0.0, 1.0), Affine(1.5, 2.0)), Gumbel(1.5, 2.0)),
        (transformed(LogNormal(0.5, 0.75), Log()), Normal(0.5, 0.75)),
        (transformed(StudentT(3.0, 0.0, 1.0), Affine(4.0, 0.5)), StudentT(3.0, 4.0, 0.5)),
    ]
    for ours, family in pairs:
        assert ours.tails == family.tails
    mirrored = transformed(Gumbel(0.0, 1.0), Affine(0.0, -1.0))
    assert mirrored.tails == tuple(reversed(Gumbel(0.0, 1.0).tails))
    assert transformed(Exponential(2.5), Exp()).tails[1] == Pareto(2.5, 1.0).tails[1]
    assert transformed(Pareto(2.5, 1.0), Log()).tails[1] == Exponential(2.5).tails[1]


CANDIDATES = [
    transformed(base, map)
    for base, map in product(
        [
            Normal(0.25, 0.5),
            Laplace(0.25, 0.5),
            Logistic(1, 2),
            StudentT(3.0, 0.5, 1),
            Gumbel(0, 0.5),
        ],
        [Affine(2.0, -1.5), Exp(), Sigmoid(), Tanh(), Sinh(), Asinh(), Power(3)],
    )
] + [transformed(Gamma(2.5, 3.0), Power(3)), transformed(Gamma(2.5, 3.0), Log())]
TAILED = [(law, side) for law in CANDIDATES for side in (0, 1) if law.tails[side] is not None]


def far_points(tail):
    """Two places far out, where the density is still a float."""
    rank, exponent = tail.terms[0][0] if tail.terms else (0, 0)
    if rank == 3:
        return (8.0, 12.0)
    return (300 ** (1 / exponent), 600 ** (1 / exponent)) if rank == 2 else (1e40, 1e60)


def growth(key, v):
    rank, exponent = key
    power = mpmath.mpf(exponent.numerator) / exponent.denominator
    if rank == 3:
        return mpmath.exp(power * v)
    if rank == 2:
        return v**power
    return mpmath.log(v) ** (2 if rank == 1 else 1)


def coefficient(c):
    terms = c.terms if isinstance(c, ExpSum) else ((Fraction(0), c),)
    return sum(_real(f) * mpmath.exp(_real(a)) for a, f in terms)


def _real(fraction):
    return mpmath.mpf(fraction.numerator) / fraction.denominator


@pytest.mark.parametrize(
    ("law", "side"), TAILED, ids=lambda v: v if isinstance(v, int) else identity(v)
)
def test_a_tail_leaves_a_bounded_rest(law, side):
    """−log p minus the tail tends to a constant; it is followed as far as floats reach."""
    tail = law.tails[side]
    end = law.support.boxes[0][0][side]
    rests = []
    for v in far_points(tail):
        anchor, offset = (0.0, v if side else -v) if math.isinf(end) else (end, (1 - 2 * side) / v)
        log_p = float(law.log_prob_at(anchor, torch.tensor([offset], dtype=torch.float64))[0])
        known = sum(coefficient(c) * growth(g, mpmath.mpf(v)) for g, c in tail.terms)
        rests.append((float(-log_p - known), abs(log_p)))
    (first, _), (second, size) = rests
    assert abs(first - second) <= 2e-2 + 1e-11 * size


def test_which_tails_are_known():
    assert len(TAILED) == 60
    irrational = transformed(Normal(0, 1), Tanh()), transformed(LogNormal(0, 1), Affine(0.0, 3.0))
    beyond = transformed(Cauchy(0, 1), Exp()), transformed(Gumbel(0, 1), Power(3))
    assert [law.tails[1] for law in irrational] == [None, None]
    assert (beyond[0].tails, beyond[1].tails[0]) == ((None, None), None)


@pytest.mark.parametrize(
    "map", [Exp(), Sigmoid(), Tanh(), Sinh(), Asinh(), Power(3), Log()], ids=repr
)
@pytest.mark.parametrize("x0", [0.3, 2.5, 11.0])
def test_steps_back_keep_their_digits(map, x0):
    with mpmath.workdps(60):
        forward = {
            "Exp": mpmath.exp, "Sigmoid": lambda t: 1 / (1 + mpmath.exp(-t)), "Tanh": mpmath.tanh,
            "Sinh": mpmath.sinh, "Asinh": mpmath.asinh, "Power": lambda t: t**3, "Log": mpmath.log,
        }[type(map).__name__]  # fmt: skip
        signs = (1, -1) if type(map).__name__ != "Log" else (1,)
        for sign, step in product(signs, (1e-20, -1e-12, 1e-3, 0.125)):
            start = mpmath.mpf(sign * x0)
            offset = float(forward(start + mpmath.mpf(step)) - forward(start))
            got = float(map.step_back(sign * x0, torch.tensor([offset], dtype=torch.float64))[0])
            assert got == pytest.approx(step, rel=1e-13 * (1 + x0))


def test_the_last_digits_before_an_end_are_kept():
    law = transformed(Uniform(0.0, 1.0), Exp())
    tiny = torch.tensor([-1e-30, 1e-30], dtype=torch.float64)
    low, high = law.log_prob_at(math.e, tiny)
    assert (float(low), float(high)) == (pytest.approx(-1.0), -math.inf)
    squeezed = transformed(Normal(0.0, 1.0), Sigmoid())
    x = math.log(1e30)
    assert float(squeezed.log_prob_at(1.0, tiny[:1])[0]) == pytest.approx(
        Normal().log_prob([x])[0] + x, rel=1e-14
    )


def test_arsinh_at_every_size():
    x = torch.tensor([0.0, 1e-300, 1e-9, 0.5, 3e7, 2e8, 1e300, math.inf], dtype=torch.float64)
    wanted = [float(mpmath.asinh(v)) for v in x.tolist()]
    np.testing.assert_allclose(Asinh().value(x), wanted, rtol=4e-16)
    np.testing.assert_allclose(Asinh().value(-x), np.negative(wanted), rtol=4e-16)


PLANE = [
    transformed(MultivariateNormal([0.5, 0], [[1, 0.3], [0.3, 0.5]]), map)
    for map in (Bend(0.5, 1.0), Widen(), Twist(1.3), Linear([[2, 1], [0, -0.5]], [1, 2]), Exp())
]


@pytest.mark.parametrize("law", PLANE, ids=identity)
def test_maps_of_the_plane_invert_and_know_their_jacobian(law):
    x = law.base.sample(50, rng=3)
    torch.testing.assert_close(law.map.inverse(law.map.forward(x)), x, rtol=1e-10, atol=1e-11)
    for row in x[:5]:
        slopes = torch.autograd.functional.jacobian(lambda t: law.map.forward(t[None])[0], row)
        wanted = torch.linalg.slogdet(slopes)[1]
        torch.testing.assert_close(
            law.map.log_abs_det(row[None])[0], wanted, rtol=1e-10, atol=1e-12
        )


@pytest.mark.parametrize("law", PLANE, ids=identity)
def test_mass_of_a_box_in_the_plane(law):
    """The mass of a box by Gauss–Legendre against the share of draws in it, at 5σ (5.7e-7)."""
    draws = law.sample(40_000, rng=4).numpy()
    low, high = np.quantile(draws, 0.3, axis=0), np.quantile(draws, 0.8, axis=0)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    axes = [(a + b) / 2 + (b - a) / 2 * nodes for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    values = np.exp(law.log_prob(grid)).reshape(60, 60)
    mass = weights @ values @ weights * np.prod((high - low) / 2)
    fresh = law.sample(40_000, rng=5).numpy()
    share = ((fresh >= low) & (fresh <= high)).all(axis=1).mean()
    assert abs(share - mass) <= 5 * math.sqrt(mass * (1 - mass) / 40_000)


def test_an_affine_image_of_gaussians_is_gaussian():
    law = PLANE[3]
    matrix = np.array(law.map.matrix)
    cov = matrix @ law.base.covariance @ matrix.T
    normal = MultivariateNormal(matrix @ law.base.mean + law.map.shift, (cov + cov.T) / 2)
    x = law.sample(20, rng=1)
    torch.testing.assert_close(law.log_prob(x), normal.log_prob(x), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(law.mean, normal.mean, rtol=1e-15)
    np.testing.assert_allclose(law.covariance, cov, rtol=1e-15)
    assert law.features[0].center == tuple(normal.mean)
    assert law.support == full_space(2)


def test_supports_follow_boxes():
    law = transformed(Product((Uniform(0.0, 1.0), Normal())), Exp())
    assert law.support == Boxes((((1.0, math.e), (0.0, math.inf)),))
    gaps = transformed(
        mixture([0.5, 0.5], [Uniform(0.0, 1.0), Uniform(2.0, 3.0)]), Affine(0.0, -1.0)
    )
    assert gaps.support.contains(torch.tensor([[-1.5], [-0.5]])).tolist() == [False, True]
    assert gaps.kinks == (-2.0, -1.0)


def test_features_spread_where_a_curved_map_sends_the_mass():
    law = transformed(Normal(0, 3), Exp())
    centers = sorted(f.center[0] for f in law.features)
    assert centers[0] == pytest.approx(math.exp(-18), rel=1e-12)
    assert centers[-1] == pytest.approx(math.exp(18), rel=1e-12)
    assert all(0 < f.scale[0] < math.inf for f in law.features)
    assert transformed(Normal(1, 2), Affine(3.0, -0.5)).features[0].scale == (1.0,)


def test_features_of_steep_and_flat_images():
    flat = transformed(Normal(50, 0.01), Sigmoid()).features
    assert 0 < min(f.scale[0] for f in flat) < 1e-23
    with pytest.raises(ValueError, match="rescale the law first"):
        _ = transformed(Normal(5000, 1), Exp()).features


def test_a_rounded_image_is_no_anchor():
    """σ(30) rounds by a thousandth of its distance to 1: points are traced from the float."""
    law = transformed(Normal(30.0, 0.01), Sigmoid())
    anchor = 1 / (1 + math.exp(-30.0))
    with mpmath.workdps(50):
        y = mpmath.mpf(anchor) + mpmath.mpf(1e-18)
        x = mpmath.log(y / (1 - y))
        truth = mpmath.log(mpmath.npdf(x, 30, mpmath.mpf(0.01))) - mpmath.log(y * (1 - y))
    ours = law.log_prob_at(anchor, torch.tensor([1e-18], dtype=torch.float64))
    assert float(ours[0]) == pytest.approx(float(truth), rel=1e-11)


def test_finite_laws_stay_finite():
    law = transformed(bernoulli(0.25), Affine(1.0, 2.0))
    assert law.atoms == ((1.0,), (3.0,))
    assert law.probs == (0.75, 0.25)


def test_base_and_map_are_public_and_nest():
    inner = transformed(Normal(), Sinh())
    law = transformed(inner, Affine(2.0, 3.0))
    assert isinstance(law, Transformed1D)
    assert (law.map, law.base.map, law.base.base) == (Affine(2.0, 3.0), Sinh(), Normal())
    x = law.ppf([0.1, 0.5, 0.9])
    wanted = stats.norm.ppf([0.1, 0.5, 0.9])
    np.testing.assert_allclose(x, 2 + 3 * np.sinh(wanted), rtol=1e-13)


def test_gradients_pass_through():
    x = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    transformed(Normal(), Asinh()).log_prob(x).backward()
    wanted = math.tanh(0.5) - math.sinh(0.5) * math.cosh(0.5)
    assert float(x.grad) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: transformed(Normal(), Log()), ValueError, "defined on"),
        (lambda: transformed(Uniform(40.0, 41.0), Tanh()), ValueError, "to one float, 1.0"),
        (lambda: transformed(3.0, Exp()), TypeError, "base must be a law; got 3.0"),
        (lambda: transformed(Normal(), math.exp), TypeError, "map must be a Map"),
        (
            lambda: transformed(Normal(), Twist(1.0)),
            ValueError,
            r"acts on R\^2; the law lives in R\^1",
        ),
        (lambda: Transformed1D(Normal(), Bend(1.0)), TypeError, "ScalarMap"),
        (lambda: Affine(0.0, 0.0), ValueError, "factor must not be 0"),
        (lambda: Power(2), ValueError, "odd integer"),
        (lambda: Linear([[1, 2], [2, 4]], [0, 0]), ValueError, "invertible"),
        (lambda: Transformed(Normal(), Twist(math.inf)), ValueError, "rate must be finite"),
    ],
)
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_interval_images():
    assert Exp().image(interval(0.0, 1.0)) == interval(1.0, math.e)
    assert Sigmoid().image(full_space(1)) == interval(0.0, 1.0)
