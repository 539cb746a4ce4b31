"""What a divergence of densities must survive: no silent wrong number, NaN or bare traceback."""

from __future__ import annotations

import math
import re

import mpmath
import numpy as np
import pytest
import scipy.stats
import torch
from scipy.integrate import quad

import divkit
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.exact.affinity.method import Affinity

N = Normal


def log_normal_density(x):
    return -0.5 * x * x - 0.5 * math.log(2 * math.pi)


class TestBadDensities:
    @pytest.mark.parametrize("factor", [0.5, 1.001, 2.0, 1e6])
    @pytest.mark.parametrize("order", ["p", "q"])
    def test_mass_other_than_one_names_the_law_and_the_mass(self, factor, order):
        wrong = divkit.law(lambda x: log_normal_density(x) + math.log(factor))
        pair = (wrong, N(1, 1)) if order == "p" else (N(1, 1), wrong)
        with pytest.raises(ValueError, match=rf"{order} = .*law.* mass .*normalize=True") as error:
            divkit.kl_divergence(*pair)
        found = re.search(r"mass ([0-9.e+-]+) ", str(error.value))
        assert float(found[1]) == pytest.approx(factor, rel=1e-9)

    def test_normalize_is_an_explicit_choice(self):
        right = divkit.law(lambda x: log_normal_density(x) + 3.0, normalize=True)
        got = divkit.js_divergence(right, N(1, 1))
        assert abs(got.value - 0.1114214821847361797172) <= got.error
        assert got.error < 1e-10

    def test_a_density_given_for_a_log_density_and_the_reverse(self):
        with pytest.raises(ValueError, match="mass"):
            divkit.js_divergence(divkit.law(lambda x: np.exp(log_normal_density(x))), N())
        with pytest.raises(ValueError, match="negative"):
            divkit.js_divergence(divkit.law(density=log_normal_density), N())

    def test_negative_or_nan_names_the_point(self):
        negative = divkit.law(density=lambda x: np.cos(x) * np.exp(-x * x / 2), support=(-5, 5))
        with pytest.raises(ValueError, match=r"negative at x = .*\d"):
            divkit.js_divergence(negative, N())
        broken = divkit.law(lambda x: np.where(x > 0.5, np.nan, log_normal_density(x)))
        with pytest.raises(ValueError, match=r"NaN at x = .*\d"):
            divkit.js_divergence(N(), broken)

    def test_infinite_density_names_the_point(self):
        broken = divkit.law(lambda x: np.where(abs(x) < 1, np.inf, log_normal_density(x)))
        with pytest.raises(ValueError, match="log density inf at x"):
            divkit.js_divergence(N(), broken)

    def test_a_peak_that_no_feature_names_is_missed_mass(self):
        needle = divkit.law(lambda x: log_normal_density((x - 1234.5) / 1e-5) - math.log(1e-5))
        with pytest.raises(ValueError, match="peak"):
            divkit.js_divergence(needle, N())

    def test_parameters_are_checked_when_the_law_is_made(self):
        for make in (
            lambda: N(0, -1),
            lambda: N(0, 0),
            lambda: N(math.nan, 1),
            lambda: Gamma(-1, 1),
            lambda: Uniform(1, 0),
            lambda: MultivariateNormal([0, 0], [[1, 2], [2, 1]]),
            lambda: mixture((0.5, 0.6), (N(), N(1, 1))),
        ):
            with pytest.raises(ValueError, match=r"must|positive"):
                make()


class TestInfinities:
    def test_disjoint_supports(self):
        p, q = Uniform(0, 1), Uniform(2, 3)
        assert divkit.js_divergence(p, q).value == math.log(2)
        assert divkit.gan_value(p, q).value == pytest.approx(0, abs=1e-14)
        kl = divkit.kl_divergence(p, q)
        assert kl.value == math.inf
        assert "meet in a null set" in kl.reason

    @pytest.mark.parametrize(
        ("p", "q"),
        [
            (Uniform(0, 1), Uniform(0.5, 1.5)),
            (Cauchy(0, 1), N(0, 1)),
            (Logistic(0.5, 1.2), Gumbel(0, 1)),
            (StudentT(2), N()),
            (scipy.stats.cauchy(0, 1), scipy.stats.norm(0, 1)),
            (torch.distributions.Cauchy(0.0, 1.0), torch.distributions.Normal(0.0, 1.0)),
            (Pareto(1, 1), Exponential(1)),
            (LogNormal(0, 1), Uniform(0, 1)),
        ],
    )
    def test_infinite_with_the_reason_where_it_is_proved(self, p, q):
        got = divkit.kl_divergence(p, q)
        assert got.value == math.inf
        assert got.reason

    def test_flagged_where_it_is_not_proved(self):
        cauchy = divkit.law(lambda x: -np.log1p(x * x) - math.log(math.pi))
        got = divkit.kl_divergence(cauchy, divkit.law(log_normal_density))
        assert got.error == math.inf
        assert got.warnings[0]
        got = divkit.kl_divergence(cauchy, N())
        assert got.error == math.inf


class TestHardPairs:
    def test_narrow_peaks_far_apart(self):
        got = divkit.js_divergence(N(0, 1), N(1000, 0.01))
        assert abs(got.value - math.log(2)) <= min(1e-15, got.error)
        got = divkit.js_divergence(N(0, 1), N(50, 0.01))
        assert abs(got.value - math.log(2)) <= 1e-15
        kl = divkit.kl_divergence(N(50, 0.01), N(0, 1))
        assert abs(kl.value - 1254.105220185988091368) <= max(kl.error, 1e-12)

    def test_nearly_equal(self):
        for options in ({}, {"method": "quadrature"}, {"method": "affinity"}):
            got = divkit.js_divergence(N(0, 1), N(1e-8, 1), **options)
            assert got.value == pytest.approx(1.25e-17, rel=1e-6)
            assert got.error <= 1e-6 * got.value
        same = divkit.tv_distance(N(0, 1), N(1e-8, 1), method="quadrature")
        assert same.value == pytest.approx(1e-8 / math.sqrt(2 * math.pi), rel=1e-6)

    @pytest.mark.parametrize("exponent", [-1000, -66, 66, 664])
    def test_extreme_scales_and_densities_that_underflow(self, exponent):
        s = 2.0**exponent
        got = divkit.js_divergence(N(0, s), N(s, s))
        assert abs(got.value - 0.1114214821847361797172) <= got.error
        assert got.error <= 1e-11
        far = divkit.kl_divergence(N(0, s), N(100 * s, s), method="quadrature")
        assert abs(far.value - 5000) <= far.error

    def test_an_affine_map_changes_nothing(self):
        p, q = Laplace(0, 1), Logistic(0.5, 2)
        wanted = divkit.js_divergence(p, q)
        for shift, factor in ((1024.0, 1.0), (0.0, 2.0**-40), (2.0**30, 2.0**10)):
            moved = [type(law)(shift + factor * law.loc, factor * law.scale) for law in (p, q)]
            got = divkit.js_divergence(*moved)
            assert abs(got.value - wanted.value) <= got.error + wanted.error

    def test_every_pair_has_a_way(self):
        laws = [N(), Laplace(1, 2), Cauchy(), Gumbel(), Exponential(), Uniform(-1, 1), StudentT(4)]
        laws += [mixture((0.5, 0.5), (N(-1, 0.1), Laplace(1, 1))), scipy.stats.weibull_min(1.5)]
        for p in laws:
            for q in laws:
                got = divkit.js_divergence(p, q)
                assert -1e-15 <= got.value <= math.log(2) + 1e-15
                assert got.error < 1e-9

    def test_outside_the_support_is_minus_infinity(self):
        for law in (Uniform(0, 1), Exponential(1), Gamma(2, 1), LogNormal(0, 1), Pareto(1, 1)):
            assert law.log_prob([-1.0])[0] == -math.inf

    def test_arguments_swapped_are_seen_where_it_matters(self):
        """scipy's expon(rate) is expon(loc=rate): another support, another answer, no NaN."""
        got = divkit.kl_divergence(scipy.stats.expon(3), scipy.stats.expon(0, 1))
        with mpmath.workdps(20):
            assert abs(got.value - 3) <= got.error + 1e-15
        assert (
            divkit.kl_divergence(scipy.stats.expon(0, 1), scipy.stats.expon(3)).value == math.inf
        )


class TestWrongArguments:
    def test_dimensions_differ(self):
        with pytest.raises(ValueError, match=r"Normal has 1, q = MultivariateNormal has 2"):
            divkit.js_divergence(N(), MultivariateNormal([0, 0], [[1, 0], [0, 1]]))

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            (3.0, "no law"),
            (None, "no law"),
            ("N(0,1)", "unknown law 'N'"),
            ([1, 2], "no probabilities"),
        ],
    )
    def test_no_law(self, wrong, words):
        with pytest.raises((TypeError, ValueError), match=words):
            divkit.js_divergence(wrong, N())


def test_scales_that_lose_digits_are_refused():
    """Subnormal floats carry fewer than 53 bits; a little above them every digit is there."""
    for maker in (Normal, Laplace, Cauchy):
        with pytest.raises(ValueError, match="scale must be at least"):
            maker(0.0, 1e-310)
    tiny = divkit.js_divergence(Normal(0, 1e-305), Normal(0, 2e-305))
    plain = divkit.js_divergence(Normal(0, 1), Normal(0, 2))
    assert abs(tiny.value - plain.value) <= tiny.error + plain.error < 1e-11


def test_log_densities_that_fall_below_all_floats_cost_nothing_there():
    """Far out the error of log p overflows where p is 0; no product of the two may be NaN."""
    p = divkit.law(lambda x: -(np.abs(x) ** 1.5), normalize=True)
    q = divkit.law(lambda x: -0.5 * (x - 1) ** 2, normalize=True)
    js, line = divkit.divergence(p, q, "js"), divkit.divergence(p, q, "js", Affinity(line=True))
    assert abs(js.value - line.value) <= js.error + line.error < 1e-13
    w2, left, right = (
        divkit.divergence(p, q, "w2"),
        scipy.stats.gennorm(1.5),
        scipy.stats.norm(1, 1),
    )
    truth, slack = quad(lambda u: (left.ppf(u) - right.ppf(u)) ** 2, 0, 1, limit=500)
    assert abs(w2.value**2 - truth) <= 3 * w2.error + slack
    assert w2.error < 1e-12
