"""Sampling methods against the affinity formula and closed forms, and the coverage they claim."""

import math

import numpy as np
import pytest
from scipy import stats

from divkit import betting
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.discrete import bernoulli
from divkit.distributions.maps.space import Linear
from divkit.divergences import (
    GAN,
    HELLINGER2,
    JEFFREYS,
    JS,
    JS_DISTANCE,
    KL,
    PEARSON,
    REVERSE_KL,
    TV,
    W1,
    alpha,
    weighted_js,
)
from divkit.exact.affinity.method import Affinity
from divkit.exact.capabilities import Capabilities, declare
from divkit.exact.method import NotApplicableError
from divkit.exact.monte_carlo.method import DistributionFree, QuasiMonteCarlo, draw
from divkit.exact.monte_carlo.variance import bound_under_mixture, variance_is_finite

UNIT, FAR = Normal(0, 1), Normal(1, 1.5)
P5, Q5 = MultivariateNormal([0] * 5, np.eye(5)), MultivariateNormal([0.5] * 5, np.eye(5) * 1.5)
SMALL = QuasiMonteCarlo(n=2**10, replicates=16, rng=3)
BEYOND = 9.0  # a Student t with 15 degrees of freedom is beyond 9 with probability 2e-7


def shift_and_scale_kl(m, s):
    """KL(N(0, 1) ‖ N(m, s²))."""
    return math.log(s) + (1 + m * m) / (2 * s * s) - 0.5


@pytest.mark.sweep(2)
@pytest.mark.parametrize("divergence", [JS, GAN, weighted_js(0.2)])
@pytest.mark.parametrize("control", [True, False])
def test_quasi_monte_carlo_against_the_affinity_formula(divergence, control):
    exact = Affinity()(P5, Q5, divergence)
    got = QuasiMonteCarlo(n=2**10, control=control, rng=1)(P5, Q5, divergence)
    assert abs(got.value - exact.value) <= BEYOND * got.error
    assert got.kind == "standard error"
    assert got.error < 1e-3


@pytest.mark.parametrize(
    ("divergence", "truth"),
    [
        (KL, shift_and_scale_kl(1, 1.5)),
        (REVERSE_KL, shift_and_scale_kl(1 / 1.5, 1 / 1.5)),
        (JEFFREYS, shift_and_scale_kl(1, 1.5) + shift_and_scale_kl(1 / 1.5, 1 / 1.5)),
        (HELLINGER2, 1 - math.sqrt(3 / 3.25) * math.exp(-1 / (4 * 3.25))),
    ],
)
def test_quasi_monte_carlo_against_closed_forms(divergence, truth):
    got = SMALL(UNIT, FAR, divergence)
    assert abs(got.value - truth) <= BEYOND * got.error
    assert got.error < 2e-3


def test_total_variation_of_a_shift_in_five_dimensions():
    truth = 2 * stats.norm.cdf(0.5) - 1
    got = SMALL(P5, MultivariateNormal([1, 0, 0, 0, 0], np.eye(5)), TV)
    assert abs(got.value - truth) <= BEYOND * got.error < 1e-2


def test_control_variate_takes_most_of_the_variance():
    plain = QuasiMonteCarlo(n=2**10, control=False)(P5, Q5, JS)
    helped = QuasiMonteCarlo(n=2**10)(P5, Q5, JS)
    assert helped.diagnostics["bc"] == pytest.approx(1.0 - 0.1614050725960628, abs=1e-12)
    # a ratio of two estimated deviations (15 degrees of freedom each) above 3 where the truth is
    # 1 has probability below 1e-4 by F; the seeds are fixed
    assert helped.error < plain.error / 3


@pytest.mark.slow
def test_fifty_dimensions_with_a_control_variate():
    five = [UNIT, Laplace(0, 1), Logistic(0, 1), StudentT(3, 0, 1), Gumbel(0, 1)]
    moved = [
        Normal(0.1, 1.1),
        Laplace(0.1, 1.1),
        Logistic(0.1, 1.1),
        StudentT(3, 0.1, 1.1),
        Gumbel(0.1, 1.1),
    ]
    p, q = Product(five * 10), Product(moved * 10)
    exact = Affinity()(p, q, JS)
    got = QuasiMonteCarlo(n=2**8)(p, q, JS)
    assert abs(got.value - exact.value) <= BEYOND * got.error < 5e-3


@pytest.mark.slow
def test_student_interval_covers_as_often_as_it_says():
    """400 runs at 90%: fewer than 328 or more than 388 covered has probability below 1e-6."""
    exact = Affinity()(UNIT, FAR, JS).value
    seeds = np.random.SeedSequence(7).spawn(400)
    runs = [QuasiMonteCarlo(n=16, replicates=8, rng=s, level=0.9)(UNIT, FAR, JS) for s in seeds]
    covered = sum(run.interval[0] <= exact <= run.interval[1] for run in runs)
    assert 328 <= covered <= 388


def tv_of_two_normals():
    """The densities of N(0, 1) and N(1, 1.5²) cross at the roots of a quadratic."""
    a, b, c = 1 - 1 / 2.25, 2 / 2.25, -1 / 2.25 - 2 * math.log(1.5)
    low, high = np.sort(np.roots([a, b, c]))
    mass = [stats.norm.cdf(high, *law) - stats.norm.cdf(low, *law) for law in ((0, 1), (1, 1.5))]
    return mass[0] - mass[1]


@pytest.mark.slow
@pytest.mark.parametrize("divergence", [JS, TV])
def test_distribution_free_interval_covers(divergence):
    """300 runs at 90%: fewer than 244 covered has probability below 1e-6 if the claim holds."""
    exact = {JS: Affinity()(UNIT, FAR, JS).value, TV: tv_of_two_normals()}[divergence]
    seeds = np.random.SeedSequence(11).spawn(300)
    runs = [DistributionFree(n=300, level=0.9, rng=s)(UNIT, FAR, divergence) for s in seeds]
    assert sum(run.interval[0] <= exact <= run.interval[1] for run in runs) >= 244


def test_distribution_free_interval_is_useful():
    exact = Affinity()(P5, Q5, JS).value
    got = DistributionFree(n=20_000)(P5, Q5, JS)
    low, high = got.interval
    assert low <= exact <= high  # fails with probability 1e-6 at most, by construction
    assert high - low < 0.01
    assert got.level == 1 - 1e-6
    assert abs(got.value - exact) <= 5 * got.error  # a normal z of 5: 6e-7


def test_betting_beats_a_normal_interval_by_little_and_covers_rare_events():
    """Draws of Ber(1e-3): at n = 1000 a normal interval is often (0, 0); betting never is."""
    x = np.zeros(1000)
    low, high = betting.interval(x, 0.99)
    assert low == 0.0
    assert 1e-3 < high < 0.02
    rng = np.random.default_rng(5)
    draws = rng.random(20_000)
    low, high = betting.interval(draws, 0.95)
    normal = 2 * 1.96 * draws.std() / math.sqrt(len(draws))
    assert normal < high - low < 1.6 * normal


def test_betting_refuses_draws_outside_the_unit_interval():
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        betting.interval(np.array([0.5, 1.5]), 0.9)
    with pytest.raises(ValueError, match="at least one draw"):
        betting.interval(np.array([]), 0.9)


@pytest.mark.parametrize("divergence", [JS, TV, HELLINGER2, alpha(0.5), weighted_js(0.1)])
def test_bound_under_the_mixture_is_attained_at_singular_laws(divergence):
    apart = mixture([1.0], [Normal(0, 1e-3)]), Normal(100, 1e-3)
    got = DistributionFree(n=100)(*apart, divergence)
    assert got.value == pytest.approx(divergence.upper, rel=1e-12)
    assert got.interval[1] <= divergence.at_one + bound_under_mixture(divergence)


INVERTIBLE = [
    FAR,
    Cauchy(1, 2),
    MultivariateNormal([1, -1], [[2, 1], [1, 3]]),
    MultivariateStudentT(5, [1, -1], [[2, 1], [1, 3]]),
    Product([UNIT, Laplace(0, 2)]),
    mixture([0.2, 0.8], [Normal(-2, 0.5), Normal(2, 1)]),
    mixture(
        [0.5, 0.5],
        [MultivariateNormal([3, 0], np.eye(2)), MultivariateStudentT(4, [0, 0], np.eye(2))],
    ),
    transformed(MultivariateNormal([0, 0], np.eye(2)), Linear([[1, 2], [0, 1]], [0, 1])),
]


@pytest.mark.parametrize("law", INVERTIBLE, ids=repr)
def test_inverse_transforms_follow_their_law(law):
    """Each coordinate, and log p, against plain draws: two-sample Kolmogorov–Smirnov.

    Low-discrepancy points are closer to the law than draws are, so the false-alarm probability of
    each test is at most its level, 1e-7.
    """
    x = draw(law, 2**12, np.random.default_rng(1), sobol=True)
    y = law.sample(2**12, rng=2).numpy()
    columns = [*zip(x.T, y.T, strict=True), (law.log_prob(x), law.log_prob(y))]
    for a, b in columns:
        assert stats.ks_2samp(a, b).pvalue > 1e-7


def test_mixture_components_are_stratified():
    law = mixture([0.25, 0.75], [Normal(-50, 1), Normal(50, 1)])
    x = draw(law, 2**10, np.random.default_rng(0), sobol=True)
    assert (x < 0).sum() == 2**8


def test_plain_draws_where_there_is_no_inverse():
    class Opaque(Normal):
        """A law that the table of inverses does not know."""

    declare(Opaque, Capabilities(inverse=lambda law: None))
    got = SMALL(Opaque(0, 1), FAR, JS)
    assert got.diagnostics["sobol"] is False
    assert abs(got.value - Affinity()(UNIT, FAR, JS).value) <= BEYOND * got.error


def test_finite_laws_are_sampled_too():
    got = DistributionFree(n=4000)(bernoulli(0.5), bernoulli(0.1), JS)
    assert got.interval[0] <= 0.101749225079 <= got.interval[1]


@pytest.mark.parametrize(
    ("p", "q", "divergence", "finite"),
    [
        (StudentT(3, 0, 1), UNIT, KL, False),
        (StudentT(5, 0, 1), UNIT, KL, True),
        (UNIT, StudentT(3, 0, 1), KL, True),
        (UNIT, StudentT(3, 0, 1), JEFFREYS, False),
        (Cauchy(0, 1), Cauchy(1, 1), KL, True),
        (UNIT, FAR, PEARSON, False),
        (UNIT, Gumbel(0, 1), KL, False),
        (UNIT, Gumbel(0, 1), JS, True),
    ],
)
def test_variance_is_decided_by_tails(p, q, divergence, finite):
    assert variance_is_finite(p, q, divergence) is finite
    if not finite:
        with pytest.raises(NotApplicableError, match="not known to be finite"):
            SMALL(p, q, divergence)


def test_student_against_normal_at_the_border():
    """E p (log p/q)² needs a moment of order 4: exactly 4 degrees of freedom are not enough."""
    assert not variance_is_finite(StudentT(4, 0, 1), UNIT, KL)


def test_same_state_same_result_and_another_seed_another():
    a, b = (QuasiMonteCarlo(n=64, rng=5)(UNIT, FAR, JS) for _ in range(2))
    assert a.value == b.value
    assert a.value != QuasiMonteCarlo(n=64, rng=6)(UNIT, FAR, JS).value


def test_functions_of_a_divergence_carry_the_standard_error():
    base, root = SMALL(UNIT, FAR, JS), SMALL(UNIT, FAR, JS_DISTANCE)
    assert root.value == pytest.approx(math.sqrt(base.value))
    assert root.error == pytest.approx(base.error / (2 * root.value))
    assert root.interval == pytest.approx([math.sqrt(end) for end in base.interval])


class Unnormalised(Normal):
    """A density twice too large."""

    def _log_prob_at(self, anchor, offset):
        return super()._log_prob_at(anchor, offset) + math.log(2)


def test_density_that_its_sampler_does_not_follow_is_caught():
    with pytest.raises(ValueError, match="samplers and densities disagree"):
        SMALL(Unnormalised(0, 1), FAR, JS)


def test_what_does_not_apply_is_refused():
    with pytest.raises(NotApplicableError, match="unbounded"):
        DistributionFree()(UNIT, FAR, KL)
    with pytest.raises(NotApplicableError, match="f-divergences"):
        SMALL(UNIT, FAR, W1)
    with pytest.raises(NotApplicableError, match="both laws need densities"):
        SMALL(UNIT, bernoulli(0.5), JS)
    with pytest.raises(ValueError, match="one dimension; got 1 and 5"):
        SMALL(UNIT, P5, JS)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: QuasiMonteCarlo(n=1000), "power of two"),
        (lambda: QuasiMonteCarlo(replicates=1), "replicates must be at least 2"),
        (lambda: QuasiMonteCarlo(level=1.0), "level must be in"),
        (lambda: DistributionFree(n=1), "n must be at least 2"),
        (lambda: DistributionFree(level=0.0), "level must be in"),
        (lambda: QuasiMonteCarlo(rng=-1)(UNIT, FAR, JS), "rng must be at least 0"),
    ],
)
def test_hyper_parameters_are_checked(make, match):
    with pytest.raises(ValueError, match=match):
        make()
