"""The affinity formula against mpmath, the reference file, closed forms and other engines."""

import json
import math
from pathlib import Path

import mpmath
import numpy as np
import pytest

from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.finite.discrete import FiniteLaw, bernoulli
from divkit.distributions.maps.scalar import Exp
from divkit.distributions.maps.space import Linear
from divkit.divergences import (
    GAN,
    JS,
    JS_DISTANCE,
    JS_FGAN,
    KL,
    TRIANGULAR,
    TV,
    weighted_js,
)
from divkit.exact.affinity.family import log_quotient
from divkit.exact.affinity.method import Affinity
from divkit.exact.affinity.pairs import log_affinity
from divkit.exact.method import NotApplicableError
from divkit.exact.tensor.method import TensorQuadrature

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "divergences_1d.json").read_text("utf-8")
)["pairs"]
LAWS = {
    "normal": Normal,
    "laplace": Laplace,
    "logistic": Logistic,
    "gumbel": Gumbel,
    "cauchy": Cauchy,
    "student": StudentT,
    "uniform": Uniform,
    "expon": Exponential,
    "gamma": Gamma,
    "beta": Beta,
}
UNIT = Normal(0, 1)


def law(words):
    name, *rest = words
    if name == "mixture":
        rows = [[float(x) for x in row] for row in rest]
        return mixture([w for w, _, _ in rows], [Normal(m, s) for _, m, s in rows])
    return LAWS[name](*map(float, rest))


@pytest.mark.sweep(4)
@pytest.mark.parametrize("pair", REFERENCE, ids=[pair["name"] for pair in REFERENCE])
def test_reference_pairs_by_quadrature_of_rho(pair):
    p, q = law(pair["p"]), law(pair["q"])
    for divergence, key in ((JS, "js"), (GAN, "gan_value")):
        got = Affinity(line=True)(p, q, divergence)
        assert abs(mpmath.mpf(got.value) - mpmath.mpf(pair[key])) <= got.error
        assert got.error <= 3e-14


FAMILY_PAIRS = [
    (Normal(0.3, 1.2), Normal(-1, 0.5)),
    (Normal(0, 1), Normal(1e-3, 1 + 1e-3)),
    (Exponential(0.7), Exponential(3)),
    (Gamma(2, 1), Gamma(3.5, 2)),
    (Gamma(0.4, 1), Gamma(0.7, 2)),
    (Gamma(30, 1), Gamma(30.02, 1.001)),
    (Beta(0.5, 0.5), Beta(2, 3)),
    (Beta(20, 30), Beta(20.01, 30)),
    (LogNormal(0, 1), LogNormal(1, 0.5)),
    (Laplace(1, 1), Laplace(1, 3)),
    (Pareto(1.5, 2), Pareto(3, 2)),
]


def mp_log_density(law):
    """Log densities in mpmath, written from the textbook, for laws on their own support."""
    m = mpmath.mpf
    if isinstance(law, (Normal, LogNormal)):
        loc, s = (law.loc, law.scale) if isinstance(law, Normal) else (law.mu, law.sigma)
        jacobian = mpmath.log if isinstance(law, LogNormal) else (lambda x: m(0))
        where = mpmath.log if isinstance(law, LogNormal) else (lambda x: x)
        return lambda x: (
            -(((where(x) - m(loc)) / m(s)) ** 2) / 2
            - mpmath.log(m(s) * mpmath.sqrt(2 * mpmath.pi))
            - jacobian(x)
        )
    if isinstance(law, Exponential):
        return lambda x: mpmath.log(m(law.rate)) - m(law.rate) * x
    if isinstance(law, Laplace):
        return lambda x: -abs(x - m(law.loc)) / m(law.scale) - mpmath.log(2 * m(law.scale))
    if isinstance(law, Pareto):
        a, s = m(law.alpha), m(law.scale)
        return lambda x: mpmath.log(a) + a * mpmath.log(s) - (a + 1) * mpmath.log(x)
    if isinstance(law, Gamma):
        a, r = m(law.shape), m(law.rate)
        c = a * mpmath.log(r) - mpmath.loggamma(a)
        return lambda x: c + (a - 1) * mpmath.log(x) - r * x
    a, b = m(law.a), m(law.b)
    c = mpmath.loggamma(a + b) - mpmath.loggamma(a) - mpmath.loggamma(b)
    return lambda x: c + (a - 1) * mpmath.log(x) + (b - 1) * mpmath.log1p(-x)


def mp_nodes(law):
    inf = mpmath.inf
    if isinstance(law, (Normal, Laplace)):
        return [-inf, -3, 0, 1, 3, inf]
    if isinstance(law, Pareto):
        return [law.scale, 2 * law.scale, 8 * law.scale, inf]
    levels = [1e-4, 0.01, 0.2, 0.5, 0.8, 0.99]
    end = 1 - mpmath.mpf(10) ** -38 if isinstance(law, Beta) else inf
    return [0, *law.ppf(levels).tolist(), end]


@pytest.mark.sweep(11)
@pytest.mark.parametrize(("p", "q"), FAMILY_PAIRS, ids=repr)
def test_closed_forms_of_rho_against_their_integral(p, q):
    omega = np.array([0.0, 0.7, 3.0])
    rho = log_affinity(p, q, omega)
    with mpmath.workdps(40):
        lp, lq = mp_log_density(p), mp_log_density(q)
        for k, w in enumerate(omega.tolist()):
            exponent = mpmath.mpc(0.5, w)
            truth = mpmath.quad(
                lambda x, a=exponent: mpmath.exp((1 - a) * lp(x) + a * lq(x)), mp_nodes(p)
            )
            error = abs(truth) * math.expm1(rho.slack[k])
            assert abs(mpmath.exp(complex(rho.log_rho[k])) - truth) <= error
            assert rho.slack[k] < 1e-12


@pytest.mark.parametrize("step", [0.8, 0.5, 0.3, 0.2])
@pytest.mark.parametrize("shift", [0.5, 2.0, 2.5, 12.0])
def test_coarse_steps_stay_within_the_proved_bound(step, shift):
    pairs = (UNIT, Normal(shift, 1)), (UNIT, Normal(shift, 3))
    for p, q in pairs:
        for divergence in (JS, TRIANGULAR, weighted_js(0.1)):
            exact = Affinity()(p, q, divergence)
            coarse = Affinity(step=step)(p, q, divergence)
            assert abs(coarse.value - exact.value) <= coarse.error


def test_bound_is_met_within_an_order_of_magnitude():
    """Where log p − log q sits at half a period the copies weigh most: the bound is no fluke."""
    p, q = Exponential(1.0), Exponential(math.exp(3))
    exact, coarse = Affinity()(p, q, JS), Affinity(step=0.8)(p, q, JS)
    assert coarse.error / 10 <= abs(coarse.value - exact.value) <= coarse.error


def mp_divergence(integrand, p, q):
    lp, lq = mp_log_density(p), mp_log_density(q)
    with mpmath.workdps(25):
        return mpmath.quad(
            lambda x: integrand(mpmath.exp(lp(x)), mpmath.exp(lq(x))),
            [-40, -8, -3, 0, 1, 3, 8, 40],
        )


@pytest.mark.sweep(4)
@pytest.mark.parametrize("prior", [0.02, 0.3, 0.5, 0.9])
def test_weighted_js_against_mpmath(prior):
    p, q = Normal(0, 1), Normal(1.5, 2)
    w = mpmath.mpf(prior)

    def integrand(a, b):
        m = w * a + (1 - w) * b
        return w * a * mpmath.log(a / m) + (1 - w) * b * mpmath.log(b / m)

    got = Affinity()(p, q, weighted_js(prior))
    assert abs(got.value - mp_divergence(integrand, p, q)) <= got.error < 1e-13


def test_triangular_and_mean_discriminator_against_mpmath():
    p, q = Normal(0, 1), Normal(1.5, 2)
    got = Affinity()(p, q, TRIANGULAR)
    truth = mp_divergence(lambda a, b: (a - b) ** 2 / (a + b), p, q)
    assert abs(got.value - truth) <= got.error < 1e-13
    mean = Affinity().mean_discriminator(p, q)
    truth = mp_divergence(lambda a, b: a * b / (a + b), p, q)
    assert abs(mean.value - truth) <= mean.error < 1e-13


@pytest.mark.parametrize(
    ("shift", "value"),
    [
        (0.1, 0.4987531121),
        (1, 0.3979728672),
        (2, 0.2247997546),
        (4, 0.0342987044),
        (8, 4.910934e-5),
        (10, 4.464100e-7),
    ],
)
def test_mean_discriminator_of_a_shift(shift, value):
    got = Affinity().mean_discriminator(UNIT, Normal(shift, 1)).value
    assert abs(got - value) <= 0.51 * 10 ** (math.floor(math.log10(value)) - 6)


@pytest.mark.parametrize("shift", [1e-8, 1e-6, 1e-4])
def test_nearly_equal_laws_keep_their_relative_accuracy(shift):
    """JSD(shift δ) = δ²/8 − δ⁴/64 + O(δ⁶), from the even series of log cosh under the mean law."""
    truth = shift**2 / 8 - shift**4 / 64
    for p, q in (
        (UNIT, Normal(shift, 1)),
        (
            MultivariateNormal([0, 0], np.eye(2)),
            MultivariateNormal([0.6 * shift, 0.8 * shift], np.eye(2)),
        ),
    ):
        got = Affinity()(p, q, JS)
        assert abs(got.value - truth) <= got.error + 1e-14 * truth
        assert got.error <= 1e-8 * truth


def test_gan_value_keeps_its_relative_accuracy_near_zero():
    got = Affinity()(UNIT, Normal(10, 1), GAN)
    assert got.error <= 1e-12 * abs(got.value)
    assert got.value == pytest.approx(-1.726332e-6, rel=1e-6)


def rotation(d, seed):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]


def test_gaussians_in_fifty_dimensions_reduce_to_their_mahalanobis_distance():
    d, turn = 50, rotation(50, 1)
    cov = turn @ np.diag(np.geomspace(0.1, 10, d)) @ turn.T
    shift = turn @ np.linspace(-1, 1, d) * 0.4
    distance = math.sqrt(shift @ np.linalg.solve(cov, shift))
    p, q = MultivariateNormal(np.zeros(d), cov), MultivariateNormal(shift, cov)
    got, line = Affinity()(p, q, JS), Affinity()(UNIT, Normal(distance, 1), JS)
    assert abs(got.value - line.value) <= got.error + line.error
    assert got.error < 1e-11


def test_rotated_gaussians_equal_the_product_of_their_axes():
    d, turn = 30, rotation(30, 2)
    scale, shift = np.linspace(0.7, 1.4, d), np.linspace(-0.5, 0.5, d)
    cov = turn @ np.diag(scale**2) @ turn.T
    p = MultivariateNormal(np.zeros(d), np.eye(d))
    got = Affinity()(p, MultivariateNormal(turn @ shift, cov), JS)
    factors = [Normal(m, s) for m, s in zip(shift, scale, strict=True)]
    want = Affinity()(Product([UNIT] * d), Product(factors), JS)
    assert abs(got.value - want.value) <= got.error + want.error
    assert got.error < 1e-11


def test_branch_of_the_determinant_is_followed():
    """With 40 axes of ratio 9, arg det turns several times; a principal log of it would fail."""
    d = 40
    p = MultivariateNormal(np.zeros(d), np.eye(d))
    q = MultivariateNormal(np.zeros(d), np.eye(d) * 1.3**2)
    omega = np.linspace(0, 14, 225)
    joint, one = log_affinity(p, q, omega), log_affinity(UNIT, Normal(0, 1.3), omega)
    assert np.abs(joint.log_rho.imag).max() > math.pi
    assert np.abs(np.exp(joint.log_rho) - np.exp(one.log_rho) ** d).max() < 1e-13


@pytest.mark.parametrize("copies", [2, 3, 4])
def test_packing_a_unit_shift_is_a_longer_shift(copies):
    packed = Affinity()(Product([UNIT] * copies), Product([Normal(1, 1)] * copies), JS)
    longer = Affinity()(UNIT, Normal(math.sqrt(copies), 1), JS)
    assert abs(packed.value - longer.value) <= packed.error + longer.error
    assert packed.value == pytest.approx([0.201345, 0.275306, 0.336831][copies - 2], abs=5e-7)


FIVE = [UNIT, Laplace(0, 1), Logistic(0, 1), StudentT(3, 0, 1), Gumbel(0, 1)]
MOVED = [
    Normal(0.1, 1.1),
    Laplace(0.1, 1.1),
    Logistic(0.1, 1.1),
    StudentT(3, 0.1, 1.1),
    Gumbel(0.1, 1.1),
]


@pytest.mark.sweep(3)
@pytest.mark.parametrize(("i", "j"), [(1, 2), (0, 4), (2, 3)])
def test_products_of_two_unlike_laws_against_tensor_quadrature(i, j):
    p = Product([FIVE[i], FIVE[j]])
    q = Product([MOVED[j], MOVED[i]])  # unlike laws meet on each axis
    got = Affinity()(p, q, JS)
    plain = TensorQuadrature(tolerance=1e-9)(p, q, JS)
    assert abs(got.value - plain.value) <= got.error + plain.error
    assert got.error < 1e-13
    assert plain.error < 2e-9


@pytest.mark.slow
def test_fifty_dimensions_of_five_unlike_laws():
    p, q = Product(FIVE * 10), Product(MOVED * 10)
    results = [Affinity(step=h)(p, q, JS) for h in (0.0625, 0.085, 0.05)]
    assert all(r.error <= 1e-10 for r in results)
    for a in results:
        for b in results:
            assert abs(a.value - b.value) <= a.error + b.error
    draws = p.sample(100_000, rng=1), q.sample(100_000, rng=2)
    halves = [np.asarray(under(x, p, q, sign)) for x, sign in zip(draws, (1, -1), strict=True)]
    mean = 0.5 * (halves[0].mean() + halves[1].mean())
    spread = 0.5 * math.sqrt(sum(h.var() / len(h) for h in halves))
    # bounded terms, n = 1e5: a normal z of 5 has a false-alarm rate below 1e-6
    assert abs(mean - results[0].value) <= 5 * spread
    assert spread < 1e-3


def under(x, p, q, sign):
    ratio = sign * (p.log_prob(x) - q.log_prob(x)).numpy()
    return math.log(2) - np.logaddexp(0, -ratio)


def test_disjoint_factors_make_the_laws_singular():
    p, q = Product([UNIT, Uniform(0, 1)]), Product([UNIT, Uniform(2, 3)])
    got = Affinity()(p, q, JS)
    assert abs(got.value - math.log(2)) <= got.error < 1e-13


def test_equal_factors_cost_nothing():
    p, q = Product([StudentT(3, 0, 1), UNIT]), Product([StudentT(3, 0, 1), Normal(1e-6, 1)])
    assert Affinity()(p, q, JS).value == Affinity()(UNIT, Normal(1e-6, 1), JS).value


def test_scales_and_functions_of_jsd():
    p, q = UNIT, Normal(1, 2)
    js = Affinity()(p, q, JS)
    assert Affinity()(p, q, JS_FGAN).value == pytest.approx(2 * js.value, rel=1e-15)
    root = Affinity()(p, q, JS_DISTANCE)
    assert abs(root.value - math.sqrt(js.value)) <= root.error + 1e-16
    assert Affinity()(p, p, JS).value == 0.0


def test_finite_laws_against_their_sum():
    p = FiniteLaw([0, 1, 2, 5], [0.1, 0.2, 0.3, 0.4])
    q = FiniteLaw([1, 2, 5, 7], [0.25, 0.3 + 1e-9, 0.4 - 1e-9, 0.05])
    got = Affinity()(p, q, JS)
    pairs = [(0.1, 0), (0.2, 0.25), (0.3, 0.3 + 1e-9), (0.4, 0.4 - 1e-9), (0, 0.05)]
    rows = [(mpmath.mpf(a), mpmath.mpf(b)) for a, b in pairs]
    truth = sum(
        (a * mpmath.log(2 * a / (a + b)) if a else 0)
        + (b * mpmath.log(2 * b / (a + b)) if b else 0)
        for a, b in rows
    )
    assert abs(got.value - truth / 2) <= got.error < 1e-14
    assert Affinity()(bernoulli(0.5), bernoulli(0.1), JS).value == pytest.approx(
        0.101749225079, abs=5e-13
    )


def test_common_maps_are_taken_off():
    plain = Affinity()(UNIT, Normal(1, 2), JS).value
    bent = [transformed(law, Exp()) for law in (UNIT, Normal(1, 2))]
    assert Affinity()(*bent, JS).value == plain
    moved = [Linear([[1, 2], [0, 1]], [3, 4])] * 2
    pair = MultivariateNormal([0, 0], np.eye(2)), MultivariateNormal([1, 0], np.eye(2) * 2)
    images = [transformed(law, m) for law, m in zip(pair, moved, strict=True)]
    assert Affinity()(*images, JS).value == Affinity()(*pair, JS).value


def test_gaussians_by_construction_are_recognised():
    """An affine image, a product of normals and the joint law are one Gaussian."""
    turned = transformed(MultivariateNormal([0, 0], np.eye(2)), Linear([[2, 1], [0, 1]], [1, 0]))
    product = Product([Normal(0, 1), Normal(0.5, 2)])
    joint = MultivariateNormal([1, 0], [[5, 1], [1, 1]])
    spread = MultivariateNormal([0, 0.5], [[1, 0], [0, 4]])
    got, want = Affinity()(turned, product, JS), Affinity()(joint, spread, JS)
    assert abs(got.value - want.value) <= got.error + want.error < 1e-13


@pytest.mark.parametrize("divergence", [KL, TV])
def test_other_divergences_are_refused(divergence):
    with pytest.raises(NotApplicableError, match="affinity formula gives"):
        Affinity()(UNIT, Normal(1, 1), divergence)


def test_pairs_without_an_affinity_are_refused():
    with pytest.raises(NotApplicableError, match="no affinity at complex order"):
        Affinity()(UNIT, Laplace(0, 1), JS)
    with pytest.raises(NotApplicableError, match="no affinity"):
        plane = MultivariateNormal([0, 0], np.eye(2))
        Affinity()(Product([Laplace(0, 1), plane]), Product([plane, UNIT]), JS)
    with pytest.raises(ValueError, match="one dimension; got 1 and 2"):
        Affinity()(UNIT, plane, JS)


@pytest.mark.parametrize(
    ("field", "value", "match"),
    [("step", 0.0, "step must be"), ("step", 2.0, "step must be"), ("cutoff", 0.5, "cutoff must")],
)
def test_hyper_parameters_are_checked(field, value, match):
    with pytest.raises(ValueError, match=match):
        Affinity(**{field: value})


def test_extreme_scales_do_not_overflow():
    p, q = Normal(0, 1e-200), Normal(1e190, 1e150)
    got = Affinity()(p, q, JS)
    assert abs(got.value - math.log(2)) <= got.error < 1e-12
    assert log_quotient(1e200, 1e-200) == pytest.approx(400 * math.log(10))
