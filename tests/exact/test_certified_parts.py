"""The parts of the certified method: each proved bound against a truth that it must contain."""

from __future__ import annotations

import math

import mpmath
import pytest
from flint import acb, arb, ctx

from divkit.distributions.compose.mixture import Mixture1D
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.exact.balls.cut import Cut
from divkit.exact.balls.place import ImprecisionError, Place
from divkit.exact.capabilities import cdf, log_density
from divkit.exact.certified.affinity import _rule
from divkit.exact.certified.forms import js_form, kl_form
from divkit.exact.certified.integral import integral
from divkit.exact.certified.pieces import pieces
from divkit.exact.certified.quadrature import integrate, legendre
from divkit.exact.certified.tails import cost, mass
from divkit.exact.method import NotApplicableError

LAWS = [
    Normal(0.5, 2.0),
    Laplace(-1.0, 0.75),
    Logistic(1.0, 0.5),
    Gumbel(0.0, 1.5),
    StudentT(2.5, 0.5, 1.5),
    Cauchy(1.0, 0.5),
    Uniform(0.25, 2.0),
    Exponential(1.5),
    Gamma(0.5, 2.0),
    Gamma(3.5, 2.0),
    Beta(0.5, 0.75),
    Beta(3.0, 1.5),
    LogNormal(0.25, 0.5),
    Pareto(2.5, 0.125),
    Mixture1D((0.25, 0.75), (Gumbel(-1.0, 0.5), StudentT(4.0, 1.0, 1.0))),
]
INSIDE = [0.3, 0.45, 0.9]  # within the support of every law above


@pytest.fixture(autouse=True)
def precision():
    with ctx.workprec(120):
        yield


def close(ball, value, relative=1e-12):
    """Whether a float that carries rounding agrees with a narrow ball."""
    return abs(float(ball.mid()) - value) <= relative * (1 + abs(value)) and ball.rad() < 1e-25


@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("x", INSIDE)
def test_densities_and_distribution_functions(law, x):
    plain, near = Place(arb(x)), Place(arb(x), 0.0, 1)
    points = plain.point(arb(x)), near.point(arb(x).log())
    for at in points:
        assert close(log_density(law, at.place)(at), float(law.log_prob([x])[0]))
        assert close(cdf(law, at), float(law.cdf(x)))


def test_density_at_the_far_end_keeps_its_digits():
    place = Place(arb(0.75), 1.0, -1)
    ball = log_density(Beta(2.0, 0.25), place)(place.point(arb(-200)))
    constant = math.lgamma(2.25) - math.lgamma(2) - math.lgamma(0.25)
    assert close(ball, constant - 0.75 * -200)


def test_uncertain_places_ask_for_more_bits():
    with pytest.raises(ImprecisionError, match="too close"):
        log_density(Uniform(0, 1), Place(arb(1, 1e-9)))


@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("far", [4.0, 12.0])
def test_mass_of_a_tail_is_bounded(law, side, far):
    low, high = law.support.boxes[0][0]
    if math.isfinite(low if side < 0 else high):
        pytest.skip("no infinite tail on this side")
    centres, scales = zip(*((f.center[0], f.scale[0]) for f in law.features), strict=True)
    x = (max(centres) if side > 0 else min(centres)) + side * far * max(scales)
    true = float(law.sf(x)) if side > 0 else float(law.cdf(x))
    bound = float(mass(law, Cut(Place(arb(x) + side), arb(x), side)))
    assert true * (1 - 1e-9) <= bound <= 4 * true


@pytest.mark.parametrize(
    ("law", "end", "inside"),
    [
        (Gamma(0.5, 2.0), 0.0, 1),
        (Gamma(3.5, 2.0), 0.0, 1),
        (Beta(0.5, 0.75), 0.0, 1),
        (Beta(0.5, 0.75), 1.0, -1),
        (Beta(3.0, 1.5), 1.0, -1),
        (LogNormal(0.25, 0.5), 0.0, 1),
        (Exponential(1.5), 0.0, 1),
        (Normal(0.5, 2.0), 0.0, 1),
        (Uniform(0.0, 2.0), 0.0, 1),
        (Mixture1D((0.5, 0.5), (Gamma(0.5, 2.0), Normal(0.0, 1.0))), 0.0, 1),
    ],
    ids=repr,
)
@pytest.mark.parametrize("distance", [0.05, 1e-6])
def test_mass_next_to_a_finite_end_is_bounded(law, end, inside, distance):
    d = arb(distance)
    x = end + inside * d
    cut = Cut(Place(end + inside * d / 2, end, inside), x, -inside, end, d)
    between = abs(cdf(law, cut.place.point(d.log())) - cdf(law, cut.place.point(arb(-900))))
    bound = mass(law, cut)
    assert between.lower() <= bound <= 2.5 * between.upper()


COSTS = [
    (Normal(0, 1), Normal(1, 0.5), 6.0),
    (Normal(0, 1), Laplace(-1, 0.5), 6.0),
    (Normal(0, 1), Logistic(1, 0.25), 6.0),
    (Normal(0, 1), Gumbel(0, 0.5), 6.0),
    (Normal(0, 1), Cauchy(2, 1), 6.0),
    (Laplace(0, 1), Normal(0, 0.5), 12.0),
    (Logistic(0, 1), StudentT(3, 1, 0.5), 15.0),
    (Gumbel(0, 1), Normal(0, 0.25), 12.0),
    (StudentT(5, 0, 1), Normal(0, 0.5), 30.0),
    (StudentT(3, 0, 1), Laplace(1, 0.5), 30.0),
    (Cauchy(0, 1), StudentT(9, 0, 1), 50.0),
    (Exponential(1), Gamma(0.5, 4), 12.0),
    (Exponential(1), Gamma(4, 9), 12.0),
    (Gamma(3, 1), LogNormal(0, 0.5), 20.0),
    (LogNormal(0, 1), Pareto(3, 0.25), 30.0),
    (Pareto(3, 1), LogNormal(0, 0.5), 20.0),
    (Pareto(4, 1), Exponential(3), 30.0),
]


def mp_log_density(law):
    """log p in mpmath through the compiled ball at a point; the integral below is mpmath's own."""

    def value(x):
        place = Place(arb(str(x)))
        return mpmath.mpf(log_density(law, place)(place.point(arb(str(x)))).str(30, radius=False))

    return value


@pytest.mark.sweep(4)
@pytest.mark.parametrize("case", COSTS, ids=repr)
def test_cost_of_a_tail_is_bounded(case):
    p, q, x = case
    lp, lq = mp_log_density(p), mp_log_density(q)

    def excess(t):  # x e^t: every tail here decays at least exponentially in t
        y = x * mpmath.exp(t)
        return mpmath.exp(lp(y)) * max(lp(y) - lq(y), mpmath.mpf(0)) * y

    def scale(t):
        y = x * mpmath.exp(t)
        return mpmath.exp(lp(y)) * (1 + abs(lq(y))) * y

    cuts = [0, 0.5, 2, 6, 18, 40]
    with mpmath.workdps(20):
        true, generous = (float(mpmath.quad(f, cuts, maxdegree=5)) for f in (excess, scale))
    bound = float(cost(p, q, Cut(Place(arb(x) + 1), arb(x), 1)))
    assert true * (1 - 1e-6) <= bound <= 12 * generous


def test_a_tail_that_may_be_infinite_has_no_bound():
    cut = Cut(Place(arb(-41)), arb(-40), -1)
    assert not cost(Logistic(0.5, 1.2), Gumbel(0, 1), cut).is_finite()
    assert not cost(Cauchy(0, 1), Normal(0, 1), cut).is_finite()
    right = Cut(Place(arb(41)), arb(40), 1)
    assert not mass(Mixture1D((0.5, 0.5), (Normal(0, 1), Normal(50, 1))), right).is_finite()


@pytest.mark.parametrize(
    ("f", "truth"),
    [
        (lambda z: z.exp(), lambda: arb(1).exp() - arb(-1).exp()),
        (lambda z: 1 / (1 + 25 * z * z), lambda: arb(5).atan() * 2 / 5),
        (lambda z: 1 / (z - arb(1.0625)), lambda: (arb(0.0625) / 2.0625).log()),
        (lambda z: (-400 * z * z).exp(), lambda: (arb.pi() / 400).sqrt() * arb(20).erf()),
        (lambda z: (50 * z).sin() + 1, lambda: arb(2)),
    ],
)
@pytest.mark.parametrize("digits", [3, 12, 28])
def test_quadrature_encloses(f, truth, digits):
    got, _ = integrate(f, lambda z: f(z).abs_upper(), [(arb(-1), arb(1))], arb(10) ** -digits)
    assert got.overlaps(truth()) and got.contains(truth().mid())
    assert got.rad() < 3 * arb(10) ** -digits


def test_quadrature_refuses_what_is_nowhere_analytic():
    with pytest.raises(NotApplicableError, match="smooth"):
        integrate(abs, lambda z: acb(arb.nan()).abs_upper(), [(arb(-1), arb(1))], arb(1e-9))


def test_legendre_rules_are_exact_for_polynomials():
    for n in (1, 2, 7, 20):
        total = sum((w * x ** (2 * n - 2) for x, w in legendre(n, ctx.prec)), arb(0))
        assert total.overlaps(arb(2) / (2 * n - 1))
        assert not sum((w * x ** (2 * n) for x, w in legendre(n, 120)), arb(0)).overlaps(
            arb(2) / (2 * n + 1)
        )


@pytest.mark.parametrize("bits", [2, 6, 10, 20])
@pytest.mark.parametrize("shift", [0.5, 2.0, 8.0])
def test_the_trapezoid_bound_is_honest(bits, shift):
    """Rules far too coarse for 15 digits, so that their own error shows."""
    rule = _rule(bits, ctx.prec, True)
    weights = zip(rule.omegas, rule.weights, strict=True)
    half = arb(shift) ** 2 / 2
    coarse = 2 * sum((w * (1 - (-(0.25 + x * x) * half).exp()) for x, w in weights), arb(0))
    fine, _ = integral(js_form(), Normal(0, 1), Normal(shift, 1), arb(10) ** -25)
    gap = abs(coarse - fine)
    assert gap.upper() <= rule.error.rad() + arb(1e-24)
    assert rule.error.rad() < arb(2) ** -bits


def test_pieces_leave_out_only_what_is_bounded():
    p, q = Laplace(0, 1), Normal(0.5, 1)
    form, tolerance = kl_form(), arb(10) ** -12
    found, left_out = pieces(p, q, lambda cut: form.tail(p, q, cut), tolerance)
    assert left_out < tolerance
    ends = [p.place.point(t).x for p in found for t in (p.low, p.high)]
    low, high = min(map(float, ends)), max(map(float, ends))

    def integrand(x):
        gap = (x - 0.5) ** 2 / 2 + mpmath.log(2 * mpmath.pi) / 2 - abs(x) - mpmath.log(2)
        return mpmath.exp(-abs(x)) / 2 * gap

    missing = mpmath.quad(integrand, [-150, low]) + mpmath.quad(integrand, [high, 150])
    assert missing <= float(left_out) <= 20 * missing


@pytest.mark.parametrize("prior", [0.125, 0.5, 0.9375])
def test_the_integrand_of_js_is_symmetric(prior):
    form, mirrored = js_form(prior), js_form(1 - prior)
    for lp, lq in ((0.0, -3.0), (-2.0, 1.5), (-800.0, 2.0), (0.3, 0.3)):
        one, two = form.value(arb(lp), arb(lq)), mirrored.value(arb(lq), arb(lp))
        assert one.overlaps(two) and one > -(arb(10) ** -30)
