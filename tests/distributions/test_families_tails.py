"""Tails: each family's own against mpmath, and the algebra against facts known on paper."""

import itertools
import math
from fractions import Fraction

import mpmath as mp
import pytest
from mp_laws import TRUTH, m

from divkit.distributions.exponents import ExpSum, exp_of, sign
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.tails import LOG, cross_entropy_is_finite, make, power

LAWS = [
    Normal(3.0, 0.5),
    Laplace(1.0, 2.0),
    Logistic(-1.0, 0.7),
    Gumbel(0.5, 1.2),
    Cauchy(2.0, 3.0),
    StudentT(2.5, -1.0, 2.0),
    Exponential(3.0),
    Gamma(0.3, 2.0),
    Gamma(4.5, 0.5),
    Beta(0.4, 2.5),
    Beta(3.0, 0.7),
    LogNormal(0.7, 1.5),
    Pareto(1.5, 2.0),
    Uniform(-1.0, 2.0),
]


def exact(coefficient):
    terms = coefficient.terms if isinstance(coefficient, ExpSum) else ((0, coefficient),)
    return sum(fraction(f) * mp.exp(fraction(a)) for a, f in terms)


def fraction(value):
    return mp.mpf(Fraction(value).numerator) / Fraction(value).denominator


def grown(growth, u):
    rank, exponent = growth
    k = fraction(exponent)
    return (lambda: mp.log(u), lambda: mp.log(u) ** 2, lambda: u**k, lambda: mp.exp(k * u))[rank]()


@pytest.mark.sweep(4)
@pytest.mark.parametrize("end", (0, 1))
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_what_a_tail_leaves_out_is_bounded(law, end):
    tail, edge = law.tails[end], law.support.boxes[0][0][end]
    with mp.workdps(600):  # e^{1000}, and what is left of it
        left = []
        for u in map(mp.mpf, (200, 400, 800, 1200)):
            inward = (1 if end == 0 else -1) / u
            x = m(edge) + inward if math.isfinite(edge) else (u if end else -u)
            log_density = TRUTH[type(law)](law, x)
            left.append(-log_density - sum(exact(c) * grown(g, u) for g, c in tail.terms))
        assert tail.at == ("endpoint" if math.isfinite(edge) else "infinity")
        steps = [abs(b - a) for a, b in itertools.pairwise(left)]
        assert steps[0] < 0.2 and steps[2] < 0.3 * steps[0] + mp.mpf(10) ** -60


def kl_is_finite(p, q):
    """Whether ∫ p |log q| converges at both ends of a support that p and q share."""
    pairs = zip(p.tails, q.tails, strict=True)
    return all(cross_entropy_is_finite(a, b) for a, b in pairs)


@pytest.mark.parametrize(
    ("p", "q", "finite"),
    [
        (Cauchy(), Normal(), False),
        (Normal(), Cauchy(), True),
        (Logistic(0.5, 1.2), Gumbel(0.0, 1.0), False),
        (Logistic(0.5, 0.9), Gumbel(0.0, 1.0), True),
        (Logistic(0.5, 1.0), Gumbel(0.0, 1.0), False),  # ∫ e^{−u} e^{u} at equal rates
        (Gumbel(0.0, 1.0), Logistic(0.5, 1.2), True),
        (Gumbel(1e4, 1e-3), Gumbel(-1e4, 1e3), True),
        (StudentT(2.0), Normal(), False),
        (StudentT(3.0), Normal(), True),
        (StudentT(math.nextafter(2.0, 3.0)), Normal(), True),
        (StudentT(1.0), Laplace(), False),
        (StudentT(math.nextafter(1.0, 2.0)), Laplace(), True),
        (StudentT(0.1), Cauchy(), True),
        (Laplace(), Normal(), True),
        (Normal(), Laplace(), True),
        (Laplace(0, 3.0), Gumbel(), False),
        (Pareto(1.5), Pareto(20.0), True),
        (LogNormal(), Gamma(2.0, 1.0), True),
        (Gamma(2.0, 1.0), LogNormal(), True),
        (Gamma(0.01, 1.0), LogNormal(), True),
        (Beta(0.1, 0.1), Beta(50.0, 50.0), True),
    ],
    ids=repr,
)
def test_kl_finiteness(p, q, finite):
    assert kl_is_finite(p, q) is finite


def chi2_is_finite(p, q):
    pairs = zip(p.tails, q.tails, strict=True)
    return all(a.combine(2, b, -1).integrable() for a, b in pairs)


@pytest.mark.parametrize(
    ("p", "q", "finite"),
    [
        (Normal(0, 2), Normal(0, 1), False),
        (Normal(0, 1), Normal(0, 2), True),
        (Normal(5, 1), Normal(0, 1), True),
        (Normal(0, 1.5), Normal(0, 1), False),
        (Laplace(0, 2), Laplace(0, 1), False),  # 2/2 − 1 = 0 exactly: no tail is left
        (Laplace(0, math.nextafter(2.0, 0.0)), Laplace(0, 1), True),
        (StudentT(3.0), StudentT(7.0), False),  # 2·4 − 8 = 0
        (StudentT(3.0), StudentT(6.0), False),  # 2·4 − 7 = 1: ∫ du/u
        (StudentT(3.0), StudentT(5.5), True),
        (Gamma(0.5, 1.0), Gamma(1.0, 1.0), False),  # ∫ x^{−1} at 0
        (Gamma(0.51, 1.0), Gamma(1.0, 1.0), True),
        (Gamma(3.0, 1.0), Gamma(1.0, 2.0), False),  # 2·1 − 2 = 0, then x^{4} is left
        (Gamma(3.0, 1.0), Gamma(1.0, 1.9), True),
        (Beta(2.0, 2.0), Beta(4.0, 1.0), False),
        (Beta(2.0, 2.0), Beta(3.9, 1.0), True),
        (LogNormal(0.0, 1.0), LogNormal(9.0, 1.0), True),
        (LogNormal(0.0, 1.5), LogNormal(0.0, 1.0), False),
        (Gumbel(0.0, 1.0), Gumbel(0.0, 1.0), True),
        (Gumbel(0.0, 1.0), Gumbel(0.7, 1.0), False),  # 2 < e^{0.7}
        (Gumbel(0.0, 1.0), Gumbel(0.69, 1.0), True),  # 2 > e^{0.69}
        (Gumbel(0.0, 1.0), Gumbel(1e4, 1e-3), False),
        (Gumbel(0.0, 1.0), Gumbel(math.log(2.0), 1.0), True),  # the float lies below log 2
    ],
    ids=repr,
)
def test_chi2_finiteness(p, q, finite):
    assert chi2_is_finite(p, q) is finite


def test_uniform_ends_and_orders():
    bounded, pole = Uniform().tails[0], Gamma(0.5, 1.0).tails[0]
    assert bounded.integrable() and pole.integrable()
    assert not pole.combine(2, bounded, -1).integrable()
    assert bounded.lighter_than(pole) and not pole.lighter_than(bounded)
    assert not bounded.lighter_than(bounded)


def test_lighter_tails_have_the_smaller_order():
    order = [Normal(), Laplace(0, 0.5), Laplace(), LogNormal(), StudentT(3.0), Cauchy()]
    for light, heavy in itertools.combinations([law.tails[1] for law in order], 2):
        assert light.lighter_than(heavy) and not heavy.lighter_than(light)
    assert Gumbel().tails[0].lighter_than(Normal().tails[0])


@pytest.mark.parametrize(("k", "finite"), [(1.9, True), (2.0, False), (2.1, False)])
def test_mean_of_a_power_under_a_power_tail(k, finite):
    tail = make({LOG: 3})
    assert tail.mean_is_finite(power(k)) is finite


def test_exponential_sums_have_exact_signs():
    e, two = exp_of(Fraction(1)), Fraction(2)
    assert sign(e + Fraction(-2)) == 1 and sign(e + Fraction(-3)) == -1
    assert sign(e + (-1) * e) == 0 and e + (-1) * e == 0
    assert exp_of(Fraction(0)) == 1
    huge = exp_of(Fraction(10**9))
    assert sign(huge + (-1) * (two * huge)) == -1 and sign(huge) == 1
    near = exp_of(Fraction(10**9) + Fraction(1, 10**40))
    assert sign(near + (-1) * huge) == 1
    assert sign(-2 * exp_of(Fraction(-5, 7))) == -1
