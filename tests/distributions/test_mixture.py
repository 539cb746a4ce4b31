"""Mixtures: density, distribution function, moments and tails, each by a second road."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from divkit.distributions.compose.mixture import Mixture1D, mixture
from divkit.distributions.compose.stacks import LawStack, log_sum_exp
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.heavy import Cauchy
from divkit.distributions.families.location_scale import Laplace
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.support import Boxes, full_space
from divkit.distributions.tails import make, power

THREE = mixture([0.3, 0.4, 0.3], [Normal(-3, 0.5), Normal(0, 0.7), Normal(3, 0.5)])
NEEDLE = mixture([0.999, 0.001], [Normal(0, 1), Normal(0.5, 1e-3)])
EDGE = 1e-6  # false-alarm rate of every stochastic assertion below


def test_density_is_that_of_mpmath():
    points = [-400.0, -30.0, -3.1, 0.0, 0.2, 2.9, 37.0]
    with mpmath.workdps(40):
        for x in points:
            terms = [
                mpmath.mpf(w) * mpmath.npdf(x, c.loc, c.scale)
                for w, c in zip(THREE.weights, THREE.components, strict=True)
            ]
            truth = float(mpmath.log(mpmath.fsum(terms)))
            assert THREE.log_prob([x])[0] == pytest.approx(truth, rel=4e-16 * 4, abs=1e-15)


@pytest.mark.parametrize("law", [THREE, NEEDLE], ids=["three", "needle"])
def test_cdf_is_the_integral_of_the_density(law):
    def density(x: float) -> float:
        return float(np.exp(law.log_prob([x]))[0])

    breaks = sorted(
        {f.center[0] + k * f.scale[0] for f in law.features for k in (-8, -3, 0, 3, 8)}
    )
    for x in (-2.0, 0.4995, 0.5004, 3.2):
        cuts = [b for b in breaks if b < x]
        mass, error = 0.0, 0.0
        for low, high in zip([-40.0, *cuts], [*cuts, x], strict=True):
            part, slack = integrate.quad(density, low, high, epsabs=1e-13, epsrel=1e-13)
            mass, error = mass + part, error + slack
        assert abs(law.cdf(x) - mass) <= error + 1e-13


def test_survival_keeps_its_digits_in_the_upper_tail():
    with mpmath.workdps(40):
        truth = float(0.3 * mpmath.ncdf(-(20 - mpmath.mpf(3)) / mpmath.mpf("0.5")))
    assert THREE.sf(20.0) == pytest.approx(truth, rel=1e-12)


@pytest.mark.parametrize("law", [THREE, NEEDLE], ids=["three", "needle"])
def test_quantiles_invert_to_the_next_float(law):
    u = np.array([1e-300, 1e-20, 1e-3, 0.29, 0.3, 0.5, 0.8, 1 - 1e-3])
    x = law.ppf(u)
    below = np.nextafter(x, -np.inf)
    lower = u <= 0.5
    assert (law.cdf(x)[lower] >= u[lower]).all()
    assert (law.cdf(below)[lower] < u[lower]).all()
    assert (law.sf(x)[~lower] <= (1 - u)[~lower]).all()
    assert (law.sf(below)[~lower] > (1 - u)[~lower]).all()


def test_quantiles_at_the_ends_and_outside():
    assert THREE.ppf([0.0, 1.0]).tolist() == [-math.inf, math.inf]
    assert np.isnan(THREE.ppf([-0.1, 1.1, math.nan])).all()
    assert THREE.ppf(np.full((2, 3), 0.5)).shape == (2, 3)


def test_fast_and_slow_stacks_agree():
    x = torch.linspace(-50, 50, 301, dtype=torch.float64)
    slow = LawStack(np.array(THREE.weights), THREE.lines, np.log(THREE.weights))
    torch.testing.assert_close(THREE._stack.log_prob_at(0.25, x), slow.log_prob_at(0.25, x))
    np.testing.assert_allclose(THREE.cdf(x.numpy()), slow.cdf(x.numpy()), rtol=1e-14)
    np.testing.assert_allclose(THREE.sf(x.numpy()), slow.sf(x.numpy()), rtol=1e-14)
    np.testing.assert_allclose(THREE.ppf([0.1, 0.9]), _inverse(slow, [0.1, 0.9]), rtol=1e-13)


def _inverse(slow: LawStack, u: list[float]) -> list[float]:
    from scipy.optimize import brentq

    return [brentq(lambda x, v=v: slow.cdf(np.array([x]))[0] - v, -9, 9, xtol=1e-15) for v in u]


def test_an_offset_from_a_far_anchor_keeps_its_digits():
    law = mixture([0.5, 0.5], [Normal(1e8, 1e-6), Normal(1e8, 1e-3)])
    moved = mixture([0.5, 0.5], [Normal(0, 1e-6), Normal(0, 1e-3)])
    offset = torch.tensor([1e-9, 2.5e-6, -1e-3], dtype=torch.float64)
    torch.testing.assert_close(
        law.log_prob_at(1e8, offset), moved.log_prob_at(0.0, offset), rtol=1e-15, atol=0
    )


def test_ten_thousand_components_fit_in_memory_and_agree_with_a_plain_sum():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=10_000)
    kde = mixture([1e-4] * 10_000, [Normal(c, 0.2) for c in centres], normalize=True)
    x = np.linspace(-4, 4, 500)
    plain = [math.log(math.fsum(stats.norm.pdf(v, centres, 0.2)) / 10_000) for v in x[::50]]
    np.testing.assert_allclose(kde.log_prob(x)[::50], plain, rtol=1e-13)


def test_moments_against_integrals():
    law = THREE
    mean = integrate.quad(lambda x: x * math.exp(law.log_prob([x])[0]), -12, 12, limit=200)
    second = integrate.quad(
        lambda x: (x - law.mean[0]) ** 2 * math.exp(law.log_prob([x])[0]), -12, 12, limit=200
    )
    assert abs(law.mean[0] - mean[0]) <= mean[1] + 1e-14
    assert abs(law.covariance[0, 0] - second[0]) <= second[1] + 1e-14


def test_the_sampler_draws_from_the_density():
    for law in (THREE, NEEDLE):
        draws = law.sample(20_000, rng=1).numpy()[:, 0]
        assert stats.kstest(draws, law.cdf).pvalue > EDGE
    assert torch.equal(THREE.sample(5, rng=3), THREE.sample(5, rng=3))
    assert THREE.sample(0, rng=3).shape == (0, 1)


def test_the_tail_is_that_of_the_heaviest_component_at_each_end():
    law = mixture([0.5, 0.5], [Normal(-1, 2), Normal(5, 2)])
    quadratic = Fraction(1, 8)
    assert law.tails[0] == make({power(2): quadratic, power(1): Fraction(-1, 4)})
    assert law.tails[1] == make({power(2): quadratic, power(1): Fraction(-5, 4)})


def test_absent_components_leave_no_trace():
    law = mixture([0.0, 1.0], [Normal(0, 100), Normal(0, 1)])
    assert law == mixture([1.0], [Normal(0, 1)])
    assert law.tails == Normal(0, 1).tails


def test_mixtures_nest():
    inner = mixture([0.5, 0.5], [Normal(-1, 1), Normal(1, 1)])
    outer = mixture([0.5, 0.5], [inner, Normal(0, 3)])
    flat = mixture([0.25, 0.25, 0.5], [Normal(-1, 1), Normal(1, 1), Normal(0, 3)])
    x = np.linspace(-20, 20, 41)
    assert isinstance(outer, Mixture1D)
    np.testing.assert_allclose(outer.log_prob(x), flat.log_prob(x), rtol=1e-14)
    assert set(outer.features) == set(flat.features)
    assert outer.support == full_space(1)
    assert outer.reach == (-120.0, 120.0)


def test_gradients_are_finite_wherever_the_density_is():
    x = torch.tensor([0.0, 1e200], dtype=torch.float64, requires_grad=True)
    THREE.log_prob(x).exp().sum().backward()
    assert torch.isfinite(x.grad).all()
    logs = torch.full((2, 3), -math.inf, dtype=torch.float64, requires_grad=True)
    log_sum_exp(logs).sum().backward()
    assert (logs.grad == 0).all()


def test_log_prob_is_minus_infinity_at_infinity_and_at_nan():
    assert THREE.log_prob([math.inf, -math.inf, math.nan]).tolist() == [-math.inf] * 3


@pytest.mark.parametrize(
    ("weights", "components", "error", "words"),
    [
        ([0.5, 0.6], [Normal(), Normal()], ValueError, "sum to 1 within 1e-12; they sum to 1.1"),
        ([1.5, -0.5], [Normal(), Normal()], ValueError, r"got -0.5 at place 1"),
        ([math.nan, 1.0], [Normal(), Normal()], ValueError, "got nan at place 0"),
        ([1.0], [Normal(), Normal()], ValueError, "1 weights for 2 components"),
        ([], [], ValueError, "must not be empty"),
        ([0.5, 0.5], [Normal(), 3], TypeError, "place 1 holds 3"),
    ],
)
def test_errors_say_what_came_and_the_way_out(weights, components, error, words):
    with pytest.raises(error, match=words):
        mixture(weights, components)


def test_normalisation_is_a_choice():
    assert mixture([1, 3], [Normal(), Normal(1, 1)], normalize=True).weights == (0.25, 0.75)
    with pytest.raises(ValueError, match="all are 0"):
        mixture([0, 0], [Normal(), Normal()], normalize=True)


def test_many_features_are_thinned_without_leaving_a_gap():
    rng = np.random.default_rng(1)
    scales = [0.1, 0.15, 0.01]
    parts = [Normal(c, scales[k % 3]) for k, c in enumerate(rng.normal(size=3000))]
    law = mixture([1 / 3000] * 3000, parts)
    assert len(law.features) < 1000
    centers = np.array([f.center[0] for f in law.features])
    widths = np.array([f.scale[0] for f in law.features])
    for part in parts:
        near = np.abs(centers - part.loc) <= widths
        assert (near & (widths <= part.scale) & (2 * widths >= part.scale)).any()


def test_a_long_mixture_prints_briefly():
    assert repr(mixture([1.0], [Normal()])).endswith("components=(Normal(loc=0.0, scale=1.0),))")
    assert repr(mixture([0.01] * 100, [Normal()] * 100)).startswith("Mixture1D(100 components")


def test_unlike_components_share_out_ends_tails_and_kinks():
    law = mixture([0.25, 0.5, 0.25], [Normal(-1, 2), Exponential(3.0), Laplace(1, 0.5)])
    assert law.tails == (Laplace(1, 0.5).tails[0], Laplace(1, 0.5).tails[1])
    assert law.kinks == (0.0, 1.0)
    assert law.support == full_space(1)
    heavy = mixture([0.001, 0.999], [Cauchy(3, 0.1), Normal()])
    assert heavy.tails == Cauchy(3, 0.1).tails
    half = mixture([0.5, 0.5], [Exponential(1.0), Gamma(3.0, 2.0)])
    assert half.tails == (Exponential(1.0).tails[0], Exponential(1.0).tails[1])


def test_a_gap_in_the_support():
    law = mixture([0.5, 0.5], [Uniform(0, 1), Uniform(2, 3)])
    assert law.support == Boxes((((0.0, 1.0),), ((2.0, 3.0),)))
    assert law.kinks == (1.0, 2.0)
    assert law.ppf([0.0, 0.25, 0.5, 0.75, 1.0]).tolist() == [0.0, 0.5, 1.0, 2.5, 3.0]
    assert law.log_prob([1.5, -1.0, 4.0]).tolist() == [-math.inf] * 3
    assert law.log_prob([0.5])[0] == math.log(0.5)
    assert law.cdf(1.5) == law.sf(1.5) == 0.5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0.01, 1.0), st.floats(-1e4, 1e4), st.floats(1e-3, 1e3), st.integers(0, 3)
        ),
        min_size=1,
        max_size=5,
    ),
    st.floats(1e-9, 1 - 1e-9),
)
def test_any_mixture_is_consistent(parts, u):
    """Quantiles invert to what the rounding of x allows, cdf + sf = 1, supports are kept."""
    families = (Normal, Laplace, Cauchy, lambda a, b: Uniform(a, a + b))
    law = mixture(
        [w for w, *_ in parts], [families[k](a, b) for _, a, b, k in parts], normalize=True
    )
    x = float(law.ppf(u))
    slack = 4 * math.exp(law.log_prob([x])[0]) * np.spacing(abs(x)) + 1e-14
    assert abs(law.cdf(x) - u) <= slack
    assert law.cdf(x) + law.sf(x) == pytest.approx(1.0, abs=1e-13)
    low, high = law.support.boxes[0][0][0], law.support.boxes[-1][0][1]
    assert low <= x <= high
