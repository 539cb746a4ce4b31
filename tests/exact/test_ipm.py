"""Metrics: closed forms against quadrature, quadrature against mpmath, infinities by moments."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import scipy.stats
from scipy.linalg import sqrtm

import divkit
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import Product
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.divergences import ENERGY, KL, W1, W2, mmd
from divkit.exact.ipm.ends import has_moment
from divkit.exact.ipm.kernel import line_mmd2
from divkit.exact.ipm.line import energy, upper_quantile, w1, w2
from divkit.exact.ipm.method import Metric
from divkit.exact.ipm.norm import mean_norm
from divkit.exact.method import NotApplicableError

N = Normal
MIX = mixture((0.3, 0.7), (N(-2, 0.5), N(1, 1)))
UNLIKE = [
    (MIX, N(0, 1)),
    (Laplace(0, 1), N(0, 1)),
    (Exponential(1), Uniform(0, 2)),
    (Gamma(2, 1), Gamma(3, 1)),
    (Gumbel(0, 1), Logistic(0.5, 1.2)),
    (Beta(2, 5), Uniform(0, 1)),
    (LogNormal(0, 0.5), Gamma(2, 2)),
    (StudentT(4), N(0.1, 1)),
]


def quantiles(p, q, order: int) -> float:
    """∫₀¹ |F⁻¹ − G⁻¹|^order du by tanh-sinh in u, to about 1e-9: another road than ∫ dx."""
    t = np.linspace(-3.2, 0, 2001)
    lower = 1 / (1 + np.exp(-math.pi * np.sinh(t)))  # u = σ(π sinh t); near 1 by reflection
    weight = math.pi * np.cosh(t) * lower * (1 - lower) * (t[1] - t[0])
    weight[-1] /= 2
    low = np.abs(p.ppf(lower) - q.ppf(lower)) ** order
    high = np.abs(upper_quantile(p, lower) - upper_quantile(q, lower)) ** order
    return float(weight @ (low + high))


@pytest.mark.sweep(3)
@pytest.mark.parametrize(("p", "q"), UNLIKE, ids=str)
def test_quadrature_against_quantiles(p, q):
    assert w1(p, q, W1).value == pytest.approx(quantiles(p, q, 1), rel=1e-6)
    assert w2(p, q, W2).value == pytest.approx(math.sqrt(quantiles(p, q, 2)), rel=1e-5)


@pytest.mark.sweep(3)
@pytest.mark.parametrize(("p", "q"), UNLIKE, ids=str)
def test_metrics_are_symmetric_within_their_errors(p, q):
    for road, row in ((w1, W1), (w2, W2), (energy, ENERGY)):
        there, back = road(p, q, row), road(q, p, row)
        assert abs(there.value - back.value) <= there.error + back.error
        assert there.error <= 1e-10 * max(1.0, there.value)


def test_w1_of_normals_against_the_folded_normal():
    with mpmath.workdps(30):
        for a, s, b, t in ((0, 1, 2, 3), (0, 1, 0, 3), (5, 1e-3, -5, 10)):
            m, v = mpmath.mpf(b) - a, abs(mpmath.mpf(t) - mpmath.mpf(s))
            z = m / v
            truth = v * mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-z * z / 2) + m * mpmath.erf(
                z / mpmath.sqrt(2)
            )
            got = divkit.w1_distance(N(a, s), N(b, t))
            assert abs(got.value - truth) <= got.error
            assert got.error <= 1e-12 * abs(truth)


def test_laws_of_one_shape_move_by_arithmetic():
    cases = [
        (Cauchy(0, 1), Cauchy(2, 1), 2.0, 2.0),
        (Gumbel(1, 2), Gumbel(4, 2), 3.0, 3.0),
        (Exponential(1), Exponential(0.25), 3.0, math.sqrt(18)),
        (Pareto(3, 1), Pareto(3, 2), 1.5, math.sqrt(3)),
        (Uniform(0, 1), Uniform(5, 6), 5.0, 5.0),
        (StudentT(5, 0, 1), StudentT(5, 0.5, 1), 0.5, 0.5),
    ]
    for p, q, first, second in cases:
        for row, truth in ((W1, first), (W2, second)):
            got = Metric()(p, q, row)
            assert got.kind == "closed form"
            assert abs(got.value - truth) <= got.error + 1e-15
    got, wanted = Metric()(N(0, 1), N(2, 3), W2), w2(N(0, 1), N(2, 3), W2)
    assert abs(got.value - wanted.value) <= got.error + wanted.error
    got, wanted = Metric()(Gamma(2.5, 1), Gamma(2.5, 3), W2), w2(Gamma(2.5, 1), Gamma(2.5, 3), W2)
    assert abs(got.value - wanted.value) <= got.error + wanted.error


def test_parallel_needles():
    assert divkit.w1_distance(N(0, 1e-9), N(1e-12, 1e-9)).value == 1e-12


def test_infinite_by_moments():
    for p, q, call in (
        (Cauchy(0, 1), N(), divkit.w1_distance),
        (N(), StudentT(1, 3, 2), divkit.w1_distance),
        (StudentT(2), N(), divkit.w2_distance),
        (Pareto(2, 1), Exponential(1), divkit.w2_distance),
        (Cauchy(0, 1), Cauchy(0, 2), divkit.w1_distance),
        (StudentT(2, 0, 1), StudentT(2, 0, 3), divkit.w2_distance),
    ):
        got = call(p, q)
        assert got.value == math.inf
        assert "no mean" in got.reason or "moment" in got.reason
    assert math.isfinite(divkit.w1_distance(StudentT(1.5), N()).value)
    assert math.isfinite(divkit.w2_distance(StudentT(2.5), N()).value)


def test_slow_tails_that_are_not_proved_infinite_are_flagged():
    got = w1(Cauchy(0, 1), Cauchy(0, 2), W1)
    assert got.error == math.inf
    assert "infinite" in got.warnings[0]


def test_moments_from_tails():
    assert has_moment(Cauchy(), 1) is False
    assert has_moment(StudentT(2.5), 2) is True
    assert has_moment(Pareto(2, 1), 2) is False
    assert has_moment(Uniform(0, 1), 2) is True
    assert has_moment(divkit.law(lambda x: -x * x / 2 - math.log(2 * math.pi) / 2), 1) is None


@pytest.mark.sweep(2)
@pytest.mark.parametrize("row", [ENERGY, mmd(0.7)], ids=repr)
def test_gaussian_mixtures_against_double_integrals(row):
    """−Σ c_i c_j E|X_i − X_j| and Σ c_i c_j E k(X_i − X_j), X_i − X_j normal, by mpmath."""
    other = mixture((0.5, 0.5), (N(0, 1), N(4, 2)))
    signed = [(w, c.loc, c.scale) for w, c in zip(MIX.weights, MIX.components, strict=True)]
    signed += [(-w, c.loc, c.scale) for w, c in zip(other.weights, other.components, strict=True)]
    kernel = abs if row is ENERGY else (lambda x: -mpmath.exp(-x * x / (2 * mpmath.mpf(0.7) ** 2)))
    with mpmath.workdps(25):
        truth = mpmath.mpf(0)
        for a, m, s in signed:
            for b, n, t in signed:
                spread = mpmath.sqrt(mpmath.mpf(s) ** 2 + mpmath.mpf(t) ** 2)
                gap, reach = mpmath.mpf(m) - n, 12 * spread
                cuts = sorted(
                    {gap - reach, gap, min(max(0, gap - reach), gap + reach), gap + reach}
                )
                mean = mpmath.quad(
                    lambda x, g=gap, v=spread: kernel(x) * mpmath.npdf(x, g, v), cuts
                )
                truth -= mpmath.mpf(a) * b * mean
    got = Metric()(MIX, other, row)
    assert got.kind == "closed form"
    assert abs(got.value - truth) <= 1e-15


def test_energy_by_two_roads_and_by_scipy():
    other = N(0.5, 2)
    formula, integral = Metric()(MIX, other, ENERGY), energy(MIX, other, ENERGY)
    assert abs(formula.value - integral.value) <= formula.error + integral.error
    x = N(0, 1).ppf((np.arange(4000) + 0.5) / 4000)
    coarse = scipy.stats.energy_distance(x, x * 2) ** 2  # scipy's is the root
    assert Metric()(N(0, 1), N(0, 2), ENERGY).value == pytest.approx(coarse, rel=2e-3)


def test_metrics_of_nearly_equal_gaussians_keep_their_digits():
    got = Metric()(N(0, 1), N(1e-9, 1), ENERGY)
    assert got.value == pytest.approx(1e-18 / math.sqrt(math.pi), rel=1e-12)
    got = Metric()(N(0, 1), N(1e-9, 1), mmd(1.0))
    assert got.value == pytest.approx(1e-18 / (3 * math.sqrt(3)), rel=1e-9)


def test_energy_of_isotropic_gaussians_in_space():
    p, q = MultivariateNormal([0, 0, 0], np.eye(3)), MultivariateNormal([1, 2, 2], 4 * np.eye(3))
    rng = np.random.default_rng(0)
    n = 200_000

    def mean(a, b):
        return np.linalg.norm(a.sample(n, rng).numpy() - b.sample(n, rng).numpy(), axis=1).mean()

    estimate = 2 * mean(p, q) - mean(p, p) - mean(q, q)
    # each mean has sd ≤ 2.5/√n: 5σ of the sum is 0.07; false alarm 6e-7
    assert Metric()(p, q, ENERGY).value == pytest.approx(estimate, abs=0.07)


def bessel_mean_norm(gap, scale, d):
    """E|N(gap, scale² I)| in d dimensions, to 40 digits."""
    with mpmath.workdps(40):
        half, square = mpmath.mpf(d) / 2, mpmath.mpf(gap) ** 2 / (2 * mpmath.mpf(scale) ** 2)
        gammas = mpmath.gamma(half + 0.5) / mpmath.gamma(half)
        return scale * mpmath.sqrt(2) * gammas * mpmath.hyp1f1(-0.5, half, -square)


@pytest.mark.parametrize("d", [2, 3, 10])
@pytest.mark.parametrize("gap", [0.0, 1e-3, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e100])
def test_mean_norm_of_isotropic_gaussians(d, gap, scale):
    delta = np.zeros(d)
    delta[0] = gap * scale
    value, error = mean_norm(delta, np.eye(d) * scale**2)
    truth = bessel_mean_norm(delta[0], scale, d)
    assert abs(mpmath.mpf(value) - truth) <= error < 2e-13 * float(truth)


@pytest.mark.parametrize("ratio", [0.5, 1e-4, 1e-12])
def test_mean_norm_of_ellipses(ratio):
    """E|N(0, diag(1, r))| = √(2/π) E(1 − r), the complete elliptic integral."""
    turn = np.array([[math.cos(0.7), -math.sin(0.7)], [math.sin(0.7), math.cos(0.7)]])
    with mpmath.workdps(40):
        truth = float(mpmath.sqrt(2 / mpmath.pi) * mpmath.ellipe(1 - mpmath.mpf(ratio)))
    for frame in (np.eye(2), turn):
        value, error = mean_norm(np.zeros(2), frame @ np.diag([1.0, ratio]) @ frame.T)
        assert abs(value - truth) <= error < 1e-13


def test_energy_of_correlated_gaussians():
    """Against draws at a false-alarm rate below 1e-6, and invariant where it has to be."""
    p = MultivariateNormal((0, 0), ((1, 0.5), (0.5, 1)))
    q = MultivariateNormal((1, 0), ((1, 0), (0, 2)))
    result = divkit.divergence(p, q, "energy")
    rng = np.random.default_rng(3)
    x, x2, y, y2 = (law.sample(400_000, rng).numpy() for law in (p, p, q, q))
    norm = np.linalg.norm
    draws = 2 * norm(x - y, axis=1) - norm(x - x2, axis=1) - norm(y - y2, axis=1)
    assert abs(result.value - draws.mean()) < 5 * draws.std() / math.sqrt(len(draws))
    assert result.error < 1e-13
    both = mixture((0.5, 0.5), (p, q))  # energy is quadratic in p − q
    assert divkit.divergence(p, both, "energy").value == pytest.approx(result.value / 4, rel=1e-12)
    assert divkit.divergence(p, p, "energy").value == 0


def brute_gap(law, finite, order):
    """order · ∫ |F − G|^order by the midpoint rule on a million cells, to about 1e-5."""
    atoms = [a for (a,) in finite.atoms]
    low, high = min(*atoms, law.ppf(1e-9)), max(*atoms, law.ppf(1 - 1e-9))
    x = low + (high - low) * (np.arange(1_000_000) + 0.5) / 1_000_000
    pairs = zip(atoms, finite.probs, strict=True)
    steps = sum(prob * (x >= atom) for atom, prob in pairs)
    return order * float((np.abs(law.cdf(x) - steps) ** order).mean() * (high - low))


@pytest.mark.sweep(3)
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("law", [N(1, 2), Uniform(0, 1), Gamma(0.5, 1), MIX], ids=str)
def test_a_density_against_a_finite_law(law, order):
    kind = ("w1", "energy")[order - 1]
    finite = FiniteLaw([0.3, -1.0, 5.0], [0.2, 0.3, 0.5])
    result, swapped = divkit.divergence(law, finite, kind), divkit.divergence(finite, law, kind)
    assert result.value == swapped.value and result.error < 1e-12
    assert result.value == pytest.approx(brute_gap(law, finite, order), rel=3e-5)


def test_a_density_against_one_atom():
    """W1 = E|X − a|, energy = 2 E|X − a| − E|X − X'|."""
    mean, spread = math.sqrt(2 / math.pi), 2 / math.sqrt(math.pi)
    for atom, w1_truth in ((0.0, mean), (1e4, 1e4)):
        at = FiniteLaw([atom], [1.0])
        one, two = (divkit.divergence(N(0, 1), at, kind) for kind in ("w1", "energy"))
        assert abs(one.value - w1_truth) <= one.error
        assert abs(two.value - (2 * w1_truth - spread)) <= two.error
    assert divkit.divergence(Cauchy(0, 1), at, "w1").value == math.inf
    assert math.isfinite(divkit.divergence(Cauchy(0, 1), at, "energy").value)


def test_w2_of_gaussians_against_the_matrix_root():
    rng = np.random.default_rng(1)
    a, b = (x @ x.T + np.eye(3) for x in rng.normal(size=(2, 3, 3)))
    p, q = MultivariateNormal([0, 1, 2], a), MultivariateNormal([1, 1, 0], b)
    root = sqrtm(a).real
    truth = math.sqrt(5 + np.trace(a + b - 2 * sqrtm(root @ b @ root).real))
    got = Metric()(p, q, W2)
    assert got.value == pytest.approx(truth, rel=1e-12)
    same = Metric()(p, MultivariateNormal([3, 5, 2], a), W2)
    assert abs(same.value - 5) <= same.error
    assert same.error <= 1e-15


def test_w2_of_products_adds_in_squares():
    p, q = Product((N(0, 1), Laplace(0, 1))), Product((N(3, 1), Laplace(4, 1)))
    got = divkit.w2_distance(p, q)
    assert abs(got.value - 5) <= got.error
    assert "Tensorised" in got.diagnostics["chosen"]


def test_upper_quantile_follows_the_tail():
    v = np.array([1e-300, 1e-100, 1e-17, 0.3])
    assert np.allclose(upper_quantile(Exponential(1), v), -np.log(v), rtol=1e-14)
    assert np.allclose(upper_quantile(Pareto(2, 1), v), v**-0.5, rtol=1e-13)


def test_mmd_by_the_double_integral():
    for p, q, bandwidth in (
        (MIX, N(0, 1), 1.0),
        (N(0, 1), N(1e-6, 1), 1.0),
        (N(0, 1), N(1000, 0.01), 1.0),
        (N(1e4, 1e-3), N(1e4 + 2.0**-10, 1e-3), 2.0**-9),
        (N(0, 1), N(0, 2), 100.0),
    ):
        row = mmd(bandwidth)
        formula, integral = Metric()(p, q, row), line_mmd2(p, q, row)
        assert formula.kind == "closed form"
        assert abs(formula.value - integral.value) <= formula.error + integral.error
        assert integral.error <= 1e-13
    unlike = Metric()(Laplace(), Beta(0.5, 0.5), mmd(1.0))
    back = Metric()(Beta(0.5, 0.5), Laplace(), mmd(1.0))
    assert abs(unlike.value - back.value) <= unlike.error + back.error
    with pytest.raises(NotApplicableError, match="too small"):
        line_mmd2(Laplace(), N(), mmd(1e-4))


def test_what_has_no_road_says_so():
    with pytest.raises(NotApplicableError, match="metric"):
        Metric()(N(), N(1, 1), KL)
    plane = Product((Laplace(), Laplace()))
    with pytest.raises(NotApplicableError, match="line"):
        Metric()(plane, Product((Laplace(), N())), W1)


@pytest.mark.parametrize("metric", [W1, W2])
@pytest.mark.parametrize("family", [N, Laplace, Cauchy])
def test_locations_farther_apart_than_any_float_are_a_lower_limit(metric, family):
    found = Metric()(family(1.5e308, 1.0), family(-1.5e308, 1.0), metric)
    assert found.one_sided == "lower" and math.isinf(found.error) and found.warnings
    assert found.interval[0] > 1.7e308


@pytest.mark.parametrize("kind", ["w1", "w2"])
@pytest.mark.parametrize(
    ("p", "q", "shift"),
    [
        ("levy(1)", "levy(1, 2)", 2.0),
        ("halfcauchy(1, 1)", "halfcauchy(1)", 1.0),
        ("weibull(2, 1)", "weibull(2, 1, 0.5)", 0.5),
        ("pareto(.5)", "affine(pareto(.5), 2, 1)", 2.0),
        ("affine(levy(1), 1, 2)", "affine(levy(1), 3, 2)", 2.0),
        ("invgamma(.5)", "invgamma(.5, 1, 3)", 3.0),
    ],
)
def test_a_moved_law_is_as_far_as_it_was_moved_with_or_without_moments(p, q, shift, kind):
    found = divkit.divergence(p, q, kind)
    assert (found.value, found.error) == (shift, 0.0)


def test_a_law_and_its_mirror_image_are_of_two_shapes():
    found = divkit.divergence("affine(halfnormal(1), 0, -1)", "halfnormal(1)", "w1")
    assert abs(found.value - 2 * math.sqrt(2 / math.pi)) <= found.error


def mean_of_students_size(df):
    """E|T|, by mpmath."""
    v = mpmath.mpf(df)
    return (
        2 * mpmath.sqrt(v / mpmath.pi) * mpmath.gamma((v + 1) / 2) / mpmath.gamma(v / 2) / (v - 1)
    )


@pytest.mark.parametrize("df", ["1.01", "1.05", "1.1", "1.5", "3"])
def test_w1_of_a_tail_that_goes_on_beyond_where_squares_overflow(df):
    # |T| is above |N| in the stochastic order, so that W1 is the difference of their means.
    truth = mean_of_students_size(df) - mpmath.sqrt(2 / mpmath.pi)
    found = divkit.divergence(f"student({df})", "normal(0, 1)", "w1")
    assert abs(found.value - truth) <= found.error
    assert found.error < 0.01 * found.value


@pytest.mark.parametrize(
    ("df", "truth"),
    # ∫ (t − z(t))² f dt by the trapezoidal rule in log t up to e^2300, tails by their power.
    [("2.01", 14.05215546886284), ("2.05", 6.130053842), ("2.1", 4.208018205)],
)
def test_w2_of_heavy_tails_is_the_same_from_both_sides_and_covers(df, truth):
    found = divkit.divergence(f"student({df})", "normal(0, 1)", "w2")
    other = divkit.divergence("normal(0, 1)", f"student({df})", "w2")
    assert abs(found.value - truth) <= found.error + 1e-7
    assert (found.value, found.error) == (other.value, other.error)


def test_w2_of_a_light_and_a_heavy_law_is_taken_over_the_heavy_one():
    one = divkit.divergence("uniform(0, 1)", "student(2.1)", "w2")
    two = divkit.divergence("student(2.1)", "uniform(0, 1)", "w2")
    assert one.value == two.value and one.error < 1e-10


TURNED = np.array([[2.0, 0.5], [0.5, 1.0]])
MOVED = [
    (Product((Laplace(0, 1), Cauchy(1, 2))), Product((Laplace(3, 1), Cauchy(-3, 2)))),
    (MultivariateNormal([0, 0], TURNED), MultivariateNormal([3, 4], TURNED)),
    (
        scipy.stats.multivariate_t([0, 0], TURNED, df=1.5),
        scipy.stats.multivariate_t([3, -4], TURNED, df=1.5),
    ),
    (
        Product((MultivariateNormal([0, 0], TURNED), Gamma(2, 1))),
        Product((MultivariateNormal([3, 4], TURNED), Gamma(2, 1))),
    ),
]


@pytest.mark.parametrize(("p", "q"), MOVED)
def test_w1_of_a_law_and_its_translate_in_space(p, q):
    """The shift has length 5, with or without means."""
    found = divkit.w1_distance(p, q)
    assert found.kind == "closed form" and abs(found.value - 5) <= found.error <= 1e-15


def test_w1_in_space_of_other_pairs_is_refused():
    p, q = MultivariateNormal([0, 0], TURNED), MultivariateNormal([3, 4], 2 * TURNED)
    for pair in ((p, q), (Product((N(), N())), Product((N(1, 1), N(0, 2))))):
        with pytest.raises(NotApplicableError, match="q is not p moved"):
            divkit.w1_distance(*pair)
