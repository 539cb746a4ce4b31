"""Zero, infinity and the largest value are decided by supports and tails, with a reason."""

from __future__ import annotations

import math

import numpy as np
import pytest

import divkit
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import Product
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Logistic
from divkit.distributions.families.log import Pareto
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.divergences import (
    BHATTACHARYYA,
    GAN,
    HELLINGER2,
    JEFFREYS,
    JS,
    JS_DISTANCE,
    KL,
    NEYMAN,
    PEARSON,
    REVERSE_KL,
    TRIANGULAR,
    TV,
    W1,
    alpha,
    renyi,
    rows,
)
from divkit.exact.method import NotApplicableError
from divkit.exact.quadrature.method import Quadrature
from divkit.exact.symbolic import Symbolic

N = Normal
LIGHT_AND_HEAVY = mixture((0.5, 0.5), (N(0, 1), Cauchy(0, 1)))

INFINITE = [
    (Uniform(0, 1), Uniform(0.5, 1.5), KL, "mass where q has none"),
    (Uniform(0, 1), Uniform(0.5, 1.5), REVERSE_KL, "q has mass where p has none"),
    (N(0, 1), Exponential(1), KL, "mass where q has none"),
    (Exponential(1), Pareto(1), JEFFREYS, "mass where q has none"),
    (Cauchy(0, 1), N(0, 1), KL, "-inf"),
    (Cauchy(0, 1), N(0, 1), JEFFREYS, "-inf"),
    (Logistic(0.5, 1.2), Gumbel(0, 1), KL, "exp("),
    (StudentT(2), N(), KL, "log u"),
    (LIGHT_AND_HEAVY, N(), KL, "log u"),
    (N(0, 1), N(0, 0.7), PEARSON, "u^2"),
    (N(0, 1), N(0, 2), NEYMAN, "u^2"),
    (N(0, 1), N(0, 0.7), renyi(2), "u^2"),
    (N(0, 1), N(0, 2), alpha(-0.5), "u^2"),
    (Exponential(1), Exponential(2), PEARSON, "inf"),
    (Beta(0.4, 1), Uniform(-1, 2), PEARSON, "x → 0.0"),
    (Uniform(-1, 2), Beta(0.4, 1), NEYMAN, "x → 0.0"),
    (Gamma(1, 1), Gamma(3, 1), PEARSON, "x → 0.0"),
    (FiniteLaw([0, 1], [0.5, 0.5]), FiniteLaw([0], [1]), KL, "atoms"),
    (Product((N(), Uniform(0, 2))), Product((N(), Uniform(0, 1))), KL, "×"),
]

FINITE = [
    (StudentT(2.5), N(), KL),
    (Gumbel(0, 1), Logistic(0.5, 1.2), KL),
    (N(0, 1), N(0, 0.71), PEARSON),
    (N(0, 1), N(0, 0.7), renyi(1.9)),
    (N(0, 1), Cauchy(0, 1), KL),
    (Uniform(0, 1), Uniform(0.5, 1.5), JS),
    (Exponential(1), Exponential(1.9), PEARSON),
    (Beta(0.6, 1), Uniform(-1, 2), PEARSON),
    (Uniform(0.2, 1), Uniform(0, 2), KL),
    (Exponential(1), N(0, 1), KL),
    (N(0, 1), Exponential(1), REVERSE_KL),
]


@pytest.mark.parametrize(("p", "q", "row", "words"), INFINITE, ids=str)
def test_infinite_with_its_reason(p, q, row, words):
    result = Symbolic()(p, q, row)
    assert result.value == math.inf
    assert result.error == 0.0
    assert words in result.reason


@pytest.mark.parametrize(("p", "q", "row"), FINITE, ids=str)
def test_finite_is_left_to_others_and_is_finite(p, q, row):
    with pytest.raises(NotApplicableError, match="supports overlap"):
        Symbolic()(p, q, row)
    result = Quadrature()(p, q, row)
    assert math.isfinite(result.value)
    assert result.error <= 1e-11 * max(1.0, result.value)


@pytest.mark.parametrize("row", rows(), ids=repr)
def test_apart_is_the_largest_value(row):
    for p, q in (
        (Uniform(0, 1), Uniform(2, 3)),
        (Uniform(0, 1), Uniform(1, 3)),
        (FiniteLaw([0, 1], [0.5, 0.5]), N()),
        (FiniteLaw([0, 1], [0.5, 0.5]), FiniteLaw([2], [1])),
    ):
        result = Symbolic()(p, q, row)
        assert result.value == row.upper
        assert "singular" in result.reason


def test_values_of_laws_apart():
    p, q = Uniform(0, 1), Uniform(2, 3)
    wanted = {JS: math.log(2), TV: 1.0, HELLINGER2: 1.0, TRIANGULAR: 2.0, GAN: 0.0, KL: math.inf}
    for row, value in wanted.items():
        assert Symbolic()(p, q, row).value == value
    assert Symbolic()(p, q, BHATTACHARYYA).value == math.inf
    assert Symbolic()(p, q, renyi(0.5)).value == math.inf
    assert Symbolic()(p, q, JS_DISTANCE).value == math.sqrt(math.log(2))


@pytest.mark.parametrize("row", rows(), ids=repr)
def test_the_same_law_costs_nothing(row):
    for law in (N(1, 2), LIGHT_AND_HEAVY, FiniteLaw([0, 1], [0.5, 0.5]), Product((N(), N(1, 1)))):
        assert Symbolic()(law, law, row).value == row.at_one
    assert Symbolic()(N(), N(), renyi(2)).value == 0.0
    assert Symbolic()(N(), N(), W1).value == 0.0


def test_tails_not_known_are_left_to_quadrature_which_does_not_hide_it():
    """KL(Cauchy‖normal) = ∞, where neither tail is known."""
    cauchy = divkit.law(lambda x: -np.log1p(x * x) - math.log(math.pi))
    normal = divkit.law(lambda x: -0.5 * x * x - 0.5 * math.log(2 * math.pi))
    with pytest.raises(NotApplicableError):
        Symbolic()(cauchy, normal, KL)
    result = Quadrature()(cauchy, normal, KL)
    assert result.error == math.inf
    assert "infinite" in result.warnings[0]
