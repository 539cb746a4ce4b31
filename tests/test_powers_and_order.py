"""Powers of results hold what their bases' intervals hold; an order is told where it is known."""

import itertools
import math

import numpy as np
import pytest

from divkit.results import Result


def bound(value, error, **words):
    return Result.exact(value, error, "quadrature", "by hand", **words)


def estimate(value, error):
    return Result.normal(value, error, "drawn", level=0.95)


@pytest.mark.parametrize("value", [0.7, -0.7, 0.05, -0.05])
@pytest.mark.parametrize("k", [2, 3, 1, 0.5, 1.5, -1, -2, -0.5, 4])
def test_whatever_lies_in_the_interval_has_its_power_in_the_other(value, k):
    base = bound(value, 0.1, unit="")
    low, high = base.interval
    if (k < 0 and low <= 0 <= high) or (low < 0 and not float(k).is_integer()):
        with pytest.raises(ValueError, match="may be"):
            _ = base**k
        return
    found = base**k
    for x in np.linspace(low, high, 41):
        assert found.interval[0] <= float(x) ** k <= found.interval[1]
        assert abs(float(x) ** k - found.value) <= found.error * (1 + 1e-12)


def test_the_root_of_a_divergence_has_its_own_unit_and_name():
    js = bound(0.25, 1e-9, name="js")
    root = js**0.5
    assert root.value == 0.5 and root.unit == "nats^0.5" and root.name == "js^0.5"
    assert (bound(0.25, 0.0, unit="") ** 2).interval[0] <= 0.0625


def test_standard_errors_follow_the_slope():
    found = estimate(0.25, 0.01) ** 0.5
    assert found.error == pytest.approx(0.01 / (2 * math.sqrt(0.25)))
    assert found.level == 0.95 and found.kind == "standard error"


def test_powers_of_limits_rise_or_are_refused():
    low = Result.bound(0.25, (0.16, math.inf), "by hand")
    assert (low**0.5).is_lower_bound and 0.4 - 1e-9 <= (low**0.5).interval[0] <= 0.4
    with pytest.raises(ValueError, match="one-sided"):
        _ = low**-1
    with pytest.raises(TypeError):
        _ = low**low


def test_an_order_is_told_where_the_intervals_decide_it():
    small, large = bound(0.1, 0.01), bound(0.3, 0.01)
    assert small < large and large > small and not small > large and not large <= small
    assert small < 0.2 and large >= 0.29 and np.float64(0.2) < large
    assert max(small, large) is large and sorted([large, small]) == [small, large]
    assert small <= 0.2 and not large < 0.2


def test_an_order_that_is_not_known_is_refused():
    for other in (bound(0.11, 0.01), 0.1, 0.105):
        for compare in ("__lt__", "__gt__"):
            with pytest.raises(ValueError, match="not decided"):
                getattr(bound(0.1, 0.01), compare)(other)
    with pytest.raises(TypeError):
        _ = bound(0.1, 0.01) < "0.2"


@pytest.mark.parametrize(("a", "b"), list(itertools.product([-1.0, 0.0, 0.5], repeat=2)))
def test_exact_numbers_have_the_order_of_floats(a, b):
    x, y = bound(a, 0.0), bound(b, 0.0)
    assert (x < y, x <= y, x > y, x >= y) == (a < b, a <= b, a > b, a >= b)


def test_size_and_rounding_are_as_of_floats():
    assert abs(bound(-0.25, 0.01)).value == 0.25 and abs(bound(0.25, 0.01)).value == 0.25
    around = abs(bound(-0.01, 0.02))
    assert (around.value, around.error) == (0.01, 0.02)
    assert around.interval == (0.0, pytest.approx(0.03))
    assert abs(bound(0.01, 0.02)).interval == around.interval
    limit = Result.bound(0.1, (-0.2, math.inf), "by hand", level=0.95)
    with pytest.raises(ValueError, match=r"at least -0.2.*abs\(float\(result\)\)"):
        abs(limit)
    assert round(bound(0.123456, 1e-9), 3) == 0.123 and round(bound(1.6, 0.1)) == 2


def test_a_sum_of_a_list_is_named_by_its_parts():
    assert sum([bound(0.1, 0.01, name="js"), bound(0.3, 0.01, name="kl")]).name == "js + kl"
