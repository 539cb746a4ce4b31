"""The 1-D families against mpmath: densities, distribution functions, quantiles, ends."""

import math

import mpmath as mp
import numpy as np
import pytest
import torch
from mp_laws import TRUTH, lower, m

from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma

INF = math.inf


LAWS = [
    Normal(1e4, 1e-3),
    Laplace(0.3, 2.0),
    Laplace(1e4, 1e-3),
    Logistic(-2.0, 0.7),
    Logistic(50.0, 1e3),
    Gumbel(0.5, 1.2),
    Gumbel(-1e4, 1e-3),
    Cauchy(0.0, 1.0),
    Cauchy(1e4, 1e-3),
    StudentT(0.3, 1.0, 2.0),
    StudentT(3.0, 0.0, 1.0),
    StudentT(1e9, 0.0, 1.0),
    Exponential(1.0),
    Exponential(1e3),
    Gamma(0.1, 2.0),
    Gamma(1.0, 3.0),
    Gamma(1.5, 1e-3),
    Gamma(2.0, 0.5),
    Gamma(1e6, 1e3),
    Beta(0.5, 0.5),
    Beta(1.0, 3.0),
    Beta(2.5, 4.0),
    Beta(1e5, 3e6),
    Beta(1.5, 1e6),
    LogNormal(0.0, 1.0),
    LogNormal(9.0, 1e-3),
    LogNormal(-2.0, 5.0),
    Pareto(1.5, 2.0),
    Pareto(0.2, 1e-3),
    Uniform(-1.0, 3.0),
]

LEVELS = np.array([1e-12, 1e-6, 0.01, 0.2, 0.5, 0.77, 0.99, 1 - 1e-6])


@pytest.fixture(autouse=True)
def _digits():
    with mp.workdps(50):
        yield


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_log_density_at_quantiles(law):
    for x in law.ppf(LEVELS):
        truth = TRUTH[type(law)](law, m(x))
        got = float(law.log_prob([x])[0])
        # a float x = 1e4 of a law of width 1e-3 is itself exact: no allowance for its rounding
        assert abs(got - truth) <= 1e-13 * max(1, abs(truth))


def _between(rng, low, high):
    """A number whose logarithm is uniform."""
    return float(10 ** rng.uniform(low, high))


MEMBERS = {
    "laplace": lambda r: Laplace(1e4 * r.normal(), _between(r, -3, 3)),
    "logistic": lambda r: Logistic(1e4 * r.normal(), _between(r, -3, 3)),
    "gumbel": lambda r: Gumbel(1e4 * r.normal(), _between(r, -3, 3)),
    "cauchy": lambda r: Cauchy(r.normal(), _between(r, -200, 200)),
    "student": lambda r: StudentT(_between(r, -1, 8), 1e4 * r.normal(), _between(r, -3, 3)),
    "exponential": lambda r: Exponential(_between(r, -200, 200)),
    "gamma": lambda r: Gamma(_between(r, -2, 8), _between(r, -100, 100)),
    "beta": lambda r: Beta(_between(r, -2, 8), _between(r, -2, 8)),
    "log-normal": lambda r: LogNormal(10 * r.normal(), _between(r, -4, 1)),
    "pareto": lambda r: Pareto(_between(r, -1, 4), _between(r, -100, 100)),
    "uniform": lambda r: Uniform(-_between(r, -3, 3), _between(r, -3, 3)),
}


@pytest.mark.sweep(4)
@pytest.mark.parametrize("family", MEMBERS)
def test_log_density_of_members_drawn_at_random(family):
    rng = np.random.default_rng(2024)
    for _ in range(40):
        law = MEMBERS[family](rng)
        low, high = law.support.boxes[0][0]
        for x in law.ppf([1e-6, 0.1, 0.5, 0.9, 1 - 1e-9]):
            if math.isfinite(x) and low < x < high:
                truth = TRUTH[type(law)](law, m(x))
                assert abs(float(law.log_prob([x])[0]) - truth) <= 1e-13 * max(1, abs(truth))


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_offsets_keep_their_digits(law):
    width = float(law.ppf(0.75) - law.ppf(0.25))
    for anchor in (*law.kinks, float(law.ppf(0.5)), float(law.features[0].center[0])):
        for offset in (1e-9 * width, 1e-3 * width, 0.3 * width):
            point = m(anchor) + m(offset)
            truth = TRUTH[type(law)](law, point)
            got = float(law.log_prob_at(anchor, torch.tensor([offset], dtype=torch.float64))[0])
            assert abs(got - truth) <= 2e-14 * max(1, abs(truth))


def test_offsets_from_the_upper_end_of_a_beta_law():
    law = Beta(0.4, 0.3)
    for gap in (1e-300, 1e-30, 1e-17, 1e-3):
        got = float(law.log_prob_at(1.0, torch.tensor([-gap], dtype=torch.float64))[0])
        normaliser = mp.loggamma(m(0.4)) + mp.loggamma(m(0.3)) - mp.loggamma(m(0.4) + m(0.3))
        truth = (m(0.4) - 1) * mp.log1p(-m(gap)) + (m(0.3) - 1) * mp.log(m(gap)) - normaliser
        assert abs(got - truth) <= 4e-16 * max(1, abs(truth))


TAME = [
    Normal(0.5, 2.0),
    *(law for law in LAWS if repr(law) not in {repr(StudentT(1e9, 0.0, 1.0))}),
]
TAME = [law for law in TAME if not isinstance(law, Gamma | Beta) or max(vars(law).values()) < 1e4]


@pytest.mark.parametrize("law", TAME, ids=repr)
def test_distribution_function_in_both_tails(law):
    for x in law.ppf([1e-200, 1e-30, 1e-6, 0.2, 0.5, 0.8, 1 - 1e-9]):
        if law.support.boxes[0][0][0] < x:
            below = lower(law, m(x))
            slope = abs(mp.exp(TRUTH[type(law)](law, m(x))) * m(x))  # of P to x's last digit
            close(law.cdf(x), below, slope)
            close(law.sf(x), 1 - below, slope)


def close(got, truth, slope):
    assert abs(float(got) - truth) <= 2e-13 * abs(truth) + 4e-16 * slope


@pytest.mark.sweep(4)
@pytest.mark.parametrize(
    "law", [law for law in TAME if not isinstance(law, Uniform | Beta)], ids=repr
)
def test_upper_tail_keeps_relative_accuracy(law):
    reach = law.reach[1] if math.isfinite(law.reach[1]) else 1e30
    center = law.features[0].center[0]
    for share in (1e-3, 1e-2, 0.1, 0.5):
        x = center + share * (reach - center)
        with mp.workdps(400):
            upper = 1 - lower(law, m(x))
        if upper > 1e-300:
            slope = abs(mp.exp(TRUTH[type(law)](law, m(x))) * m(x))
            close(law.sf(x), upper, slope)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_quantiles_invert_the_distribution_function(law):
    x = law.ppf(LEVELS)
    slope = np.exp(law.log_prob(x)) * np.abs(x)
    assert np.all(np.abs(law.cdf(x) - LEVELS) <= 1e-12 * LEVELS + 4e-16 * slope)


def test_student_quantile_far_out():
    for df in (0.3, 1.0, 2.5, 3.0, 10.0):
        law = StudentT(df)
        for u in (1e-300, 1e-100, 1e-40, 1e-20, 1e-9):
            z = float(law.ppf(u))
            if math.isfinite(z):
                assert abs(lower(law, m(z)) / m(u) - 1) < 2e-13 * max(1, df)


NASTY = [
    -INF,
    -1.7e308,
    -1e155,
    -1.0,
    -5e-324,
    -0.0,
    5e-324,
    1e-300,
    1e155,
    1.7e308,
    INF,
    math.nan,
]


@pytest.mark.parametrize("law", [*LAWS, Normal(0, 1)], ids=repr)
def test_no_input_gives_nan_or_raises(law):
    for value in (law.log_prob(NASTY), law.log_prob_at(0.0, torch.tensor(NASTY).double())):
        assert not np.isnan(np.asarray(value)).any()
        assert (np.asarray(value)[[0, -2, -1]] == -INF).all()
    assert not np.isnan(law.cdf(NASTY[:-1])).any()
    assert not np.isnan(law.sf(NASTY[:-1])).any()
    assert law.cdf(-INF) == 0 and law.cdf(INF) == 1 and law.sf(-INF) == 1 and law.sf(INF) == 0


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_gradient_is_the_derivative_and_never_nan(law):
    x = torch.tensor([*law.ppf([0.1, 0.37, 0.6, 0.9]), -1e300, 1e300, -1.0, 0.0, 1.0, INF, -INF])
    x = x.double().requires_grad_()
    law.log_prob(x).sum().backward()
    assert not x.grad.isnan().any()
    for point, slope in list(zip(x.detach(), x.grad, strict=True))[:4]:
        truth = mp.diff(lambda t: TRUTH[type(law)](law, t), m(point))
        assert abs(float(slope) - truth) <= 1e-8 * abs(truth) + 1e-9


def test_ends_of_the_support():
    assert Gamma(2.0, 1.0).log_prob([0.0])[0] == -INF
    assert Gamma(1.5, 1.0).log_prob([0.0])[0] == -INF
    assert Gamma(1.0, 3.0).log_prob([0.0])[0] == pytest.approx(math.log(3), abs=1e-15)
    assert Gamma(0.5, 1.0).log_prob([0.0])[0] == INF
    assert list(Beta(2.0, 0.5).log_prob([0.0, 1.0])) == [-INF, INF]
    assert Beta(1.0, 3.0).log_prob([0.0])[0] == pytest.approx(math.log(3), abs=1e-15)
    assert Beta(4.0, 1.0).log_prob([1.0])[0] == pytest.approx(math.log(4), abs=1e-15)
    assert LogNormal().log_prob([0.0])[0] == -INF
    assert Exponential(2.0).log_prob([0.0])[0] == pytest.approx(math.log(2), abs=1e-15)
    assert Pareto(3.0, 1.0).log_prob([1.0])[0] == pytest.approx(math.log(3), abs=1e-15)
    below = math.nextafter(1.0, 0.0)
    assert Pareto(3.0, 1.0).log_prob([below])[0] == -INF
    assert list(Uniform(0.0, 1.0).log_prob([0.0, 1.0, -5e-324, math.nextafter(1, 2)])) == [
        0.0,
        0.0,
        -INF,
        -INF,
    ]


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_density_underflows_outside_the_reach(law):
    low, high = law.reach
    peak = max(law.log_prob(law.ppf(LEVELS)))
    for end, outward in ((low, -1), (high, 1)):
        beyond = end + outward * 1e-3 * abs(end - law.features[0].center[0])
        if math.isfinite(end) and end not in law.support.boxes[0][0]:
            assert law.log_prob([beyond])[0] <= peak - 700


def _midpoints_suffice(law):
    heavy = isinstance(law, StudentT) and law.df < 5
    return math.isfinite(law.covariance[0, 0]) and not heavy and getattr(law, "sigma", 0) < 2


@pytest.mark.parametrize("law", [law for law in LAWS if _midpoints_suffice(law)], ids=repr)
def test_moments(law):
    mean, variance = float(law.mean[0]), float(law.covariance[0, 0])
    u = (np.arange(20000) + 0.5) / 20000  # the midpoint rule on the quantile function
    x = (law.ppf(u) - mean) / math.sqrt(variance)
    assert abs(x.mean()) < 2e-3
    assert abs((x * x).mean() - 1) < 2e-2


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Laplace(0, -1), "scale"),
        (lambda: Logistic(INF, 1), "loc"),
        (lambda: Gumbel(0, 0), "scale"),
        (lambda: Cauchy(0, math.nan), "scale"),
        (lambda: StudentT(0), "df"),
        (lambda: Uniform(1, 1), "low"),
        (lambda: Uniform(-1.7e308, 1.7e308), "high - low"),
        (lambda: Exponential(-1), "rate"),
        (lambda: Gamma(-1, 1), "shape"),
        (lambda: Beta(1, 0), "b must"),
        (lambda: LogNormal(0, -2), "sigma"),
        (lambda: LogNormal(1e4, 1), "mu"),
        (lambda: Pareto(1, -1), "scale"),
    ],
)
def test_wrong_parameters_name_the_argument(make, word):
    with pytest.raises(ValueError, match=word):
        make()


@pytest.mark.parametrize("value", ["1", 1j, None, [1.0, 2.0], torch.ones(2)])
def test_wrong_types_name_the_argument(value):
    with pytest.raises(TypeError, match="scale"):
        Laplace(0.0, value)
