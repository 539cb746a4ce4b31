"""The algebra of tails decides convergence as integrals of those very functions do."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest

from divkit.distributions.tails import (
    LOG,
    LOG_SQUARED,
    cross_entropy_is_finite,
    exponential,
    make,
    power,
)

NORMAL = make({power(2): Fraction(1, 2)})
LAPLACE = make({power(1): 1})
CAUCHY = make({LOG: 2})
LOG_NORMAL = make({LOG_SQUARED: Fraction(1, 2), LOG: 1})
GUMBEL_LEFT = make({exponential(1): 1, power(1): -1})


def student(dof: float):
    return make({LOG: Fraction(dof) + 1})


@pytest.mark.parametrize(
    ("tail", "converges"),
    [
        (NORMAL, True),
        (LAPLACE, True),
        (CAUCHY, True),
        (LOG_NORMAL, True),
        (GUMBEL_LEFT, True),
        (make({LOG: 1}), False),
        (make({LOG: Fraction(1) + Fraction(1, 10**30)}), True),
        (make({}), False),
        (make({power(1): -1}), False),
        (make({LOG_SQUARED: -1, LOG: 9}), False),
        (make({power(Fraction(1, 100)): 1, LOG: -50}), True),
        (make({}, "endpoint"), True),
        (make({LOG: -1}, "endpoint"), False),
        (make({LOG: Fraction(-999, 1000)}, "endpoint"), True),
        (make({power(1): -1}, "endpoint"), False),
    ],
)
def test_integrability(tail, converges):
    assert tail.integrable() is converges


@pytest.mark.parametrize("exponent", [0.5, 0.9, 1.1, 2.0])
@pytest.mark.parametrize("at", ["infinity", "endpoint"])
def test_the_threshold_for_powers_is_that_of_the_integral(exponent, at):
    """∫ u^{−c} du at ∞, and ∫ u^{−c} du/u² where u = 1/|x − end| (c may be negative there)."""
    c = exponent if at == "infinity" else exponent - 2
    weight = (lambda u: u**-c) if at == "infinity" else (lambda u: u ** (-c - 2))
    near, far = (float(mpmath.quad(weight, [1, b])) for b in (1e4, 1e8))
    assert make({LOG: c}, at).integrable() is (far < 1.5 * near)


def test_combine_adds_coefficients_and_drops_zeros():
    assert NORMAL.combine(2, NORMAL, -2).terms == ()
    assert CAUCHY.combine(0.5, LAPLACE, 3).terms == ((power(1), 3), (LOG, 1))
    assert make({LOG: 2}, "endpoint").combine(1, make({}, "endpoint"), 1).at == "endpoint"


@pytest.mark.parametrize(
    ("p", "q", "order", "finite"),
    [
        (NORMAL, make({power(2): Fraction(1, 8)}), 2, True),  # N(0,1) over N(0,2²)
        (make({power(2): Fraction(1, 8)}), NORMAL, 2, False),  # N(0,2²) over N(0,1): 2/8 − 1/2 < 0
        (make({power(2): Fraction(1, 4)}), NORMAL, 2, False),  # N(0,2) over N(0,1): exactly 0
        (make({power(2): Fraction(1, 3)}), NORMAL, 2, True),
        (student(3), student(1), 2, True),
        (student(1), student(3), 2, False),  # 2·2 − 4 = 0
        (student(1.6), student(3), 2, True),  # 2·2.6 − 4 = 1.2 > 1
        (student(1.5), student(3), 2, False),  # 2·2.5 − 4 = 1, not above
    ],
)
def test_finite_power_integrals(p, q, order, finite):
    """∫ p^α q^{1−α} at one end, by hand."""
    assert p.combine(order, q, 1 - order).integrable() is finite


@pytest.mark.parametrize(
    ("p", "q", "finite"),
    [
        (NORMAL, NORMAL, True),
        (CAUCHY, NORMAL, False),
        (NORMAL, CAUCHY, True),
        (student(2), NORMAL, False),  # E x² = ∞ at two degrees of freedom
        (student(2.1), NORMAL, True),
        (student(1), LAPLACE, False),
        (student(1.5), LAPLACE, True),
        (student(0.1), CAUCHY, True),
        (student(0.1), LOG_NORMAL, True),
        (LAPLACE, GUMBEL_LEFT, False),  # E e^u at rate 1: exactly divergent
        (make({power(1): 2}), GUMBEL_LEFT, True),
        (make({power(1): Fraction(1, 2)}), GUMBEL_LEFT, False),  # logistic(0.5, 2) on Gumbel
        (LOG_NORMAL, NORMAL, True),
        (LOG_NORMAL, GUMBEL_LEFT, False),
        (NORMAL, GUMBEL_LEFT, True),
    ],
)
def test_cross_entropy(p, q, finite):
    assert cross_entropy_is_finite(p, q) is finite


def test_which_tail_is_lighter():
    assert NORMAL.lighter_than(LAPLACE)
    assert LAPLACE.lighter_than(LOG_NORMAL)
    assert LOG_NORMAL.lighter_than(CAUCHY)
    assert GUMBEL_LEFT.lighter_than(NORMAL)
    assert not CAUCHY.lighter_than(NORMAL)
    assert not CAUCHY.lighter_than(CAUCHY)
