"""Sums, products and ratios of results: what is claimed of the parts is claimed of them."""

import itertools
import math

import numpy as np
import pytest

from divkit.results import Result

KINDS = ("enclosure", "closed form", "quadrature", "standard error")


def bound(value, error, kind="quadrature", **words):
    return Result.exact(value, error, kind, "by hand", **words)


def estimate(value, error, level=0.95):
    return Result.normal(value, error, "drawn", level=level)


OPERATIONS = {
    "sum": lambda a, b: a + b,
    "difference": lambda a, b: a - b,
    "product": lambda a, b: a * b,
    "ratio": lambda a, b: a / b,
}


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("signs", list(itertools.product((1, -1), repeat=2)))
def test_whatever_lies_in_both_intervals_lies_in_the_combined_one(name, signs):
    act = OPERATIONS[name]
    a, b = bound(signs[0] * 0.7, 0.1, unit=""), bound(signs[1] * 1.3, 0.2, unit="")
    found = act(a, b)
    low, high = found.interval
    for x, y in itertools.product(np.linspace(*a.interval, 9), np.linspace(*b.interval, 9)):
        assert low <= act(float(x), float(y)) <= high
        assert abs(act(float(x), float(y)) - found.value) <= found.error


@pytest.mark.parametrize(("one", "other"), list(itertools.product(KINDS, repeat=2)))
def test_the_kind_is_the_weaker_one(one, other):
    found = bound(0.5, 1e-9, one) + bound(0.25, 1e-9, other)
    assert found.kind == max(one, other, key=KINDS.index)


def test_an_enclosure_times_a_number_stays_one():
    found = 2 * bound(0.5, 1e-9, "enclosure") + 1
    assert found.kind == "enclosure" and found.level == 1
    assert found.name == "(2 · value) + 1" and found.unit == "nats"


def test_estimates_add_their_errors_and_their_doubts():
    a, b = estimate(0.5, 0.1), estimate(0.25, 0.2, level=0.9)
    found = a - b
    assert found.error == pytest.approx(0.3)  # not √(0.01 + 0.04): nothing says how they vary
    assert found.level == pytest.approx(0.85)
    low, high = found.interval
    assert low <= a.interval[0] - b.interval[1] and high >= a.interval[1] - b.interval[0]


def test_levels_that_leave_none_are_refused():
    with pytest.raises(ValueError, match="higher levels"):
        estimate(0.5, 0.1, level=0.5) + estimate(0.5, 0.1, level=0.4)


def test_limits_keep_their_side_or_are_refused():
    low = Result.bound(0.3, (0.2, math.inf), "by hand")
    other = Result.bound(0.5, (0.1, math.inf), "by hand")
    assert (low + other).is_lower_bound and (low + other).interval[0] <= 0.3
    assert (2 * low).is_lower_bound and (-low).one_sided == "upper"
    assert (1 - low).one_sided == "upper" and (low / -2).one_sided == "upper"
    assert (low - bound(0.1, 0.01)).is_lower_bound
    for refused in (
        lambda: low - other,
        lambda: low * other,
        lambda: low * bound(0.5, 0.1),
        lambda: 1 / low,
        lambda: low * 0,
    ):
        with pytest.raises(ValueError, match="side"):
            refused()


def test_units_must_agree_in_sums_and_combine_in_ratios():
    nats, length = bound(0.5, 0.0), bound(2.0, 0.0, unit="")
    with pytest.raises(ValueError, match="units must agree"):
        nats + length
    assert (nats / nats).unit == "" and (nats * length).unit == "nats"
    assert (nats / length).unit == "nats" and (length / nats).unit == "1/nats"


def test_what_has_no_value_is_refused_and_an_infinity_keeps_its_reason():
    endless = bound(math.inf, 0.0, "closed form", reason="q has no mass there")
    assert (endless + 1).reason == "q has no mass there" and (endless + 1).value == math.inf
    with pytest.raises(ValueError, match="no value"):
        endless - endless
    with pytest.raises(ValueError, match="divided by one whose value is 0"):
        bound(1.0, 0.1) / 0
    with pytest.raises(ValueError, match="finite numbers"):
        bound(1.0, 0.1) + math.nan
    doubtful = bound(1.0, 0.1) / bound(0.1, 0.2)
    assert math.isinf(doubtful.error) and "holds 0" in doubtful.warnings[0]


def test_warnings_of_both_are_kept_once():
    a = bound(0.5, 0.1, warnings=("few rows",))
    b = bound(0.25, 0.1, warnings=("few rows", "ties"))
    assert (a + b).warnings == ("few rows", "ties")


@pytest.mark.parametrize("number", [2, 2.0, np.float64(2), np.int64(2)])
def test_numbers_of_python_and_numpy_stand_on_either_side(number):
    for found in (number * bound(0.5, 0.1), bound(0.5, 0.1) * number):
        assert isinstance(found, Result) and found.value == 1.0


@pytest.mark.parametrize("other", ["1", None, True, [1.0]])
def test_other_things_are_no_part_of_it(other):
    with pytest.raises(TypeError):
        bound(0.5, 0.1) + other


def test_a_format_is_that_of_the_value():
    found = bound(0.11142, 1e-9)
    assert f"{found:.3f}" == "0.111" and f"{found}" == str(found)
    assert f"{found:>8.2f}" == "    0.11"
