"""Errors add up to what a difference may be: never less than the true error."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from divkit.results import Result
from divkit.theory.framework.measured import Measured, exp, log, measured, root

values = st.floats(-50, 50)
errors = st.floats(0, 1e-3)
shares = st.floats(-1, 1)


@given(values, errors, shares, values, errors, shares)
def test_sums_and_products_contain_the_truth(a, ea, sa, b, eb, sb):
    x, y = Measured(a, ea), Measured(b, eb)
    true_x, true_y = a + sa * ea, b + sb * eb
    slack = 1e-12  # of the test's own float arithmetic, values up to 2,500
    for found, truth in (
        (x + y, true_x + true_y),
        (x - y, true_x - true_y),
        (x * y, true_x * true_y),
        (2.0 - x, 2.0 - true_x),
        (3.0 * x, 3.0 * true_x),
    ):
        assert abs(found.value - truth) <= found.error + slack


@given(st.floats(0.1, 50), st.floats(0, 0.05), shares)
def test_functions_contain_the_truth(a, e, share):
    truth = a + share * e
    for function, f in ((log, math.log), (root, math.sqrt), (exp, math.exp)):
        found = function(Measured(a, e))
        rounding = f(math.nextafter(truth, math.inf)) - f(truth)  # of the test's own a + share e
        assert abs(found.value - f(truth)) <= found.error * (1 + 1e-12) + rounding + 1e-15


def test_a_root_of_what_may_be_zero_is_off_by_a_root():
    assert root(Measured(0.0, 1e-16)).error >= 1e-8


def test_a_result_brings_its_error_and_a_float_one_rounding():
    found = measured(Result.exact(0.5, 1e-9, "quadrature", "m"))
    assert (found.value, found.error) == (0.5, pytest.approx(1e-9))
    assert 0 < measured(0.1).error < 1e-16


def test_infinity_has_no_rounding():
    assert measured(math.inf).error == 0
    assert (Measured(math.inf) + 1.0).value == math.inf
    assert (0.0 * Measured(math.inf)).value == 0
