"""Laws of counts: log probabilities against mpmath, exact tails, lattices that meet or not."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from divkit.distributions import (
    Affine,
    BetaBinomial,
    BetaNegativeBinomial,
    Binomial,
    DiscreteLaplace,
    Exp,
    FiniteLaw,
    Geometric,
    Hypergeometric,
    Lattice,
    Logarithmic,
    Logit,
    NegativeBinomial,
    NegativeHypergeometric,
    Normal,
    Planck,
    Poisson,
    Skellam,
    YuleSimon,
    Zipf,
    Zipfian,
    binomial,
    count_law,
    mixture,
    parse_law,
    transformed,
)
from divkit.distributions.logarithms import LogSum, log_of, softplus_of
from divkit.distributions.null_sets import are_disjoint, difference_is_null
from divkit.distributions.progressions import Progression, covered, meet

INF = math.inf


def gamma_quotient(n, k):
    """log of C(n, k)."""
    n, k = mpf(n), mpf(k)
    return mpmath.loggamma(n + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(n - k + 1)


def log_beta(a, b):
    return mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)


def poisson(rate):
    return lambda k: -mpf(rate) + k * mpmath.log(mpf(rate)) - mpmath.loggamma(k + 1)


def negative_binomial(n, p):
    n, p = mpf(n), mpf(p)
    return lambda k: (
        mpmath.loggamma(n + k)
        - mpmath.loggamma(n)
        - mpmath.loggamma(k + 1)
        + n * mpmath.log(p)
        + k * mpmath.log(1 - p)
    )


def trials(n, p):
    p = mpf(p)
    return lambda k: gamma_quotient(n, k) + k * mpmath.log(p) + (n - k) * mpmath.log(1 - p)


def beta_binomial(n, a, b):
    a, b = mpf(a), mpf(b)
    return lambda k: gamma_quotient(n, k) + log_beta(k + a, n - k + b) - log_beta(a, b)


def beta_negative_binomial(n, a, b):
    n, a, b = mpf(n), mpf(a), mpf(b)
    return lambda k: (
        mpmath.loggamma(n + k)
        - mpmath.loggamma(n)
        - mpmath.loggamma(k + 1)
        + log_beta(a + n, b + k)
        - log_beta(a, b)
    )


def bessel(first, second):
    first, second = mpf(first), mpf(second)

    def log(k):
        root = 2 * mpmath.sqrt(first * second)
        tilt = k / 2 * mpmath.log(first / second)
        return tilt - first - second + mpmath.log(mpmath.besseli(abs(int(k)), root))

    return log


CASES = [
    (Poisson(3.0), poisson(3)),
    (Poisson(1e-3), poisson(1e-3)),
    (Poisson(1e6), poisson(1e6)),
    (Poisson(1e12), poisson(1e12)),
    (NegativeBinomial(5, 0.3), negative_binomial(5, 0.3)),
    (NegativeBinomial(0.5, 1e-6), negative_binomial(0.5, 1e-6)),
    (NegativeBinomial(1e9, 0.999), negative_binomial(1e9, 0.999)),
    (Geometric(0.0146, 0), negative_binomial(1, 0.0146)),
    (Binomial(60000, 0.3), trials(60000, 0.3)),
    (Binomial(10**12, 0.3), trials(10**12, 0.3)),
    (BetaBinomial(10**6, 2.5, 0.7), beta_binomial(10**6, 2.5, 0.7)),
    (BetaBinomial(10**6, 2e5, 7e5), beta_binomial(10**6, 2e5, 7e5)),
    (BetaNegativeBinomial(5, 1.5, 2.5), beta_negative_binomial(5, 1.5, 2.5)),
    (
        Hypergeometric(10**6, 300000, 100000),
        lambda k: (
            gamma_quotient(300000, k)
            + gamma_quotient(700000, 100000 - k)
            - gamma_quotient(10**6, 100000)
        ),
    ),
    (
        NegativeHypergeometric(10**5, 10**4, 500),
        lambda k: (
            gamma_quotient(k + 499, k)
            + gamma_quotient(10**5 - 500 - k, 10**4 - k)
            - gamma_quotient(10**5, 10**4)
        ),
    ),
    (Zipf(1.1), lambda k: -mpf(1.1) * mpmath.log(k) - mpmath.log(mpmath.zeta(mpf(1.1)))),
    (
        Zipfian(1.1, 10**6),
        lambda k: (
            -mpf(1.1) * mpmath.log(k)
            - mpmath.log(mpmath.zeta(mpf(1.1)) - mpmath.zeta(mpf(1.1), 10**6 + 1))
        ),
    ),
    (
        Logarithmic(0.999),
        lambda k: (
            k * mpmath.log(mpf(0.999)) - mpmath.log(k) - mpmath.log(-mpmath.log(1 - mpf(0.999)))
        ),
    ),
    (YuleSimon(0.3), lambda k: mpmath.log(mpf(0.3)) + log_beta(k, mpf(0.3) + 1)),
    (Planck(0.01), lambda k: mpmath.log(1 - mpmath.exp(-mpf(0.01))) - mpf(0.01) * k),
    (
        DiscreteLaplace(0.3),
        lambda k: mpmath.log(mpmath.tanh(mpf(0.3) / 2)) - mpf(0.3) * abs(k),
    ),
    (Skellam(3.0, 5.0), bessel(3, 5)),
]


def places(law):
    """Counts in the bulk, far out, and next to the ends and to where formulas take over."""
    low, high = law.ends
    center, scale = law.center
    own = [center + round(m * scale) for m in (0, 1, -1, 2, -3, 8, -8, 20)]
    own += [low + j for j in (0, 1, 5, 96, 97, 98, 150)] if low > -INF else []
    own += [high - j for j in (0, 5, 96, 97, 98, 150)] if high < INF else []
    return np.unique(np.clip(own, low, high))


@pytest.mark.parametrize(
    ("law", "truth"), CASES, ids=lambda v: None if callable(v) else repr(v)[:40]
)
def test_log_probabilities_are_within_their_errors(law, truth):
    k = places(law)
    found = law.log_pmf(k)
    with mpmath.workdps(50):
        for at, value, error in zip(k, found.value, found.error, strict=True):
            assert abs(mpf(float(value)) - truth(mpf(float(at)))) <= error
    assert (found.error <= 2.0**-53 * 150 * (1 + np.abs(found.value))).all()


def test_expansions_of_skellam_laws_agree_with_their_balls():
    """Around s = 2000 the recurrence in balls ends, and Debye's expansion begins."""
    law = Skellam(990.0, 1010.0)
    k = np.array([-900.0, -20.0, 0.0, 200.0, 700.0])
    listed, root = law.log_pmf(k), 2 * math.sqrt(990.0 * 1010.0)
    expanded = law._expanded(k, root)
    assert (np.abs(listed.value - expanded.value) <= listed.error + expanded.error).all()


def test_a_probability_is_what_was_given():
    assert NegativeBinomial(5, Logit(0.0)).log_prob([0.0])[0] == pytest.approx(5 * math.log(0.5))
    tiny = Fraction(1, 10**30)
    assert Geometric(1 - tiny).log_prob([2.0])[0] == pytest.approx(-30 * math.log(10))
    with pytest.raises(ValueError, match="p must be in"):
        Geometric(1.0)
    assert binomial(5, 1.0).support.atoms == ((5.0,),)


def test_the_tail_of_a_binomial_ends_and_others_are_exact():
    assert Binomial(5000, 0.3).tail(1) is None
    growths = dict(Poisson(2.0).tail(1).terms)
    assert growths[2, 1, 1] == 1  # k log k
    assert Zipf(1.5).tail(1).terms == (((0, 0), Fraction(3, 2)),)
    assert Geometric(0.5).tail(1).terms[0][1].ball() > 0.69


def test_sums_of_logs_are_zero_only_where_they_are():
    a, b = log_of(Fraction(1, 2)), log_of(Fraction(1, 4))
    assert (2 * a + -1 * b).sign() == 0
    assert (log_of(Fraction(6)) + -1 * log_of(Fraction(2)) + -1 * log_of(Fraction(3))).sign() == 0
    near = log_of(Fraction(0.5)) * 2 + -1 * log_of(Fraction(math.nextafter(0.25, 1)))
    assert isinstance(near, LogSum) and near.sign() == -1
    assert softplus_of(Fraction(2)) + -1 * softplus_of(Fraction(-2)) == 2


def line(start, step, low=0, high=INF):
    return Progression(Fraction(start), Fraction(step), low, high)


@pytest.mark.parametrize(
    ("a", "b", "disjoint", "inside"),
    [
        (line(0, 1), line(0, 1), False, True),
        (line(0, 2), line(0, 1), False, True),
        (line(0, 1), line(0, 2), False, False),
        (line(0, 1), line(0, 0.5), False, True),
        (line(0.5, 1), line(0, 1), True, False),
        (line(0, 2), line(1, 2), True, False),
        (line(0, 3), line(1, 2), False, False),
        (line(0, 1, 0, 5), line(6, 1), True, False),
        (line(0, 1, 3, 5), line(0, 1), False, True),
        (line(0, 1, -INF, INF), line(7, 1, -INF, INF), False, True),
        (line(0, -1 % 7), line(0, 4), False, False),
        (line(0, 0.1), line(0, 1), False, False),
    ],
)
def test_progressions_meet_and_cover_exactly(a, b, disjoint, inside):
    assert (meet(a, b) is None) is disjoint
    assert covered(a, [b]) is inside
    assert are_disjoint(Lattice((a,)), Lattice((b,))) is disjoint
    assert difference_is_null(Lattice((a,)), Lattice((b,))) is inside


def test_unions_cover_together_and_atoms_are_points_of_lattices():
    evens, odds = line(0, 2), line(1, 2)
    assert covered(line(0, 1), [evens, odds]) is True
    assert covered(line(0, 1), [evens, line(3, 2)]) is False
    zero = FiniteLaw([0.0, 4.0], [0.5, 0.5]).support
    assert difference_is_null(zero, Lattice((evens,))) is True
    assert are_disjoint(zero, Lattice((odds,))) is True
    inflated = mixture([0.3, 0.7], [FiniteLaw([0.0], [1.0]), Poisson(6.0)])
    assert inflated.support == Poisson(6.0).support
    beside = mixture([0.3, 0.7], [FiniteLaw([0.5], [1.0]), Poisson(6.0)])
    assert beside.support.atoms == ((0.5,),)


def test_images_stand_on_their_own_lattice():
    image = transformed(Poisson(3.0), Affine(0.5, -0.1))
    assert image.support.pieces == (Progression(Fraction(0.5), Fraction(0.1), -INF, 0),)
    assert image.log_prob([0.5 - 0.1 * 3])[0] == Poisson(3.0).log_prob([3.0])[0]
    assert image.log_prob([0.45])[0] == -INF
    assert image.cdf(0.31) == pytest.approx(Poisson(3.0).sf(1.0))
    assert transformed(image, Affine(5.0, -10.0)).base == Poisson(3.0)
    with pytest.raises(ValueError, match="affine"):
        transformed(Poisson(3.0), Exp())
    with pytest.raises(ValueError, match="cannot be mixed"):
        mixture([0.5, 0.5], [Poisson(3.0), Normal()])


def test_distribution_functions_and_quantiles_are_sums():
    for law, room in (
        (Poisson(3.0), 1e-12),
        (Skellam(3.0, 5.0), 1e-12),
        (Binomial(5000, 0.3), 1e-12),
        (Zipf(2.5), 1e-7),
    ):
        low, high = law.ppf([0.001, 0.999])
        k = np.arange(low, high + 1)
        sums = law.cdf(k[0] - 1) + np.cumsum(np.exp(law.log_prob(k[:, None])))
        assert law.cdf(k) == pytest.approx(sums, abs=room)
        assert law.cdf(k) + law.sf(k) == pytest.approx(1.0, abs=1e-12)
        assert (law.ppf(law.cdf(k) - 1e-6) == k).all()


def test_a_law_of_ones_own_needs_a_bound_of_its_tail():
    with pytest.raises(ValueError, match="ratio_bound"):
        count_law(lambda k: -k)
    with pytest.raises(ValueError, match="s <= r < 1"):
        count_law(lambda k: -k, ratio_bound=(0, 1.0))
    law = count_law(lambda k: np.log(0.5) * (k + 1), ratio_bound=(0, 0.5, 0.5))
    assert law.log_prob([3.0, 0.5]).tolist() == [4 * math.log(0.5), -INF]


def test_every_law_can_be_written():
    for text in (
        "poisson(3)",
        "geometric(.3)",
        "geom(.3, start=0)",
        "nbinom(5, .3)",
        "binomial(60000, .3)",
        "betabinom(10, 2, 3)",
        "betanbinom(5, 1.5, 2.5)",
        "hypergeometric(100, 30, 20)",
        "nhypergeom(100, 30, 20)",
        "zipf(1.5)",
        "zipfian(1.5, 20)",
        "logser(.5)",
        "yulesimon(1.5)",
        "planck(.3)",
        "boltzmann(.3, 10)",
        "dlaplace(.3)",
        "skellam(3, 5)",
        "discrete_uniform(7)",
    ):
        assert parse_law(text).dim == 1
