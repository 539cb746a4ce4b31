"""A comparison must be able to fail, and NaN must fail it."""

import json
import math

import numpy as np
import pytest
import torch

from divkit.theory import (
    CheckResult,
    Comparison,
    Decision,
    Line,
    at_most,
    below,
    equal,
    undecided,
)
from divkit.theory.framework.figure import line, marks
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.result import CheckResults


@pytest.mark.parametrize(
    ("left", "right", "allowed", "relation", "holds"),
    [
        (1.0, 1.0 + 1e-9, 1e-8, "=", True),
        (1.0, 1.0 + 1e-7, 1e-8, "=", False),
        (1.0, 1.0, 0.0, "=", True),
        (1.0, 1.1, 0.0, "=", False),
        (1.0, 2.0, 0.0, "≤", True),
        (2.0, 1.0, 0.5, "≤", False),
        (2.0, 1.0, 1.0, "≤", True),
        (1.0, 2.0, 0.5, "<", True),
        (1.0, 2.0, 1.5, "<", False),
        (1.0, 1.0, 0.0, "<", False),
        (2.0, 1.0, 0.0, "<", False),
        (math.nan, 1.0, 1.0, "=", False),
        (1.0, math.nan, 1.0, "≤", False),
        (1.0, math.nan, 1.0, "<", False),
        (1.0, 1.0, math.nan, "=", False),
        (math.inf, math.inf, 0.0, "=", True),
        (math.inf, 1.0, 1.0, "=", False),
        (math.inf, 1.0, 1.0, "≤", False),
        (1.0, math.inf, 1.0, "≤", True),
        (1.0, math.inf, 1.0, "<", True),
    ],
)
def test_relations(left, right, allowed, relation, holds):
    row = Comparison("case", left, right, allowed, relation)
    assert row.holds is holds
    assert (row.strain > 1) is not holds or relation == "<"


def test_the_allowance_is_the_sum_of_both_errors():
    row = equal("case", Measured(1.0, 1e-3), Measured(1.0025, 2e-3))
    assert row.holds
    assert row.allowed == pytest.approx(3e-3)
    assert not equal("case", Measured(1.0, 1e-3), Measured(1.0031, 2e-3)).holds
    assert at_most("case", 1.0, 0.9, extra=0.2).holds
    assert not below("case", Measured(1.0, 0.2), Measured(1.1, 0.0)).holds


def make(*rows, **changes):
    settings = {
        "id": "some-check",
        "group": "B",
        "equation": "(7)",
        "statement": "1 = 1",
        "formula": "1=1",
        "left_label": "one",
        "right_label": "one",
        "allowed_because": "errors",
        "rows": rows,
    }
    return CheckResult(**(settings | changes))


def test_one_row_that_fails_fails_the_check_and_is_shown():
    good = Comparison("good", 1.0, 1.0, 1e-9)
    bad = Comparison("bad", 1.0, 1.5, 0.1)
    worse = Comparison("worse", 1.0, 3.0, 0.1)
    result = make(good, bad, worse)
    assert not result.holds
    assert result.worst is result.headline is worse
    assert (result.left, result.right, result.allowed) == (1.0, 3.0, 0.1)
    assert make(good, good).holds


def test_among_inequalities_with_room_the_tightest_is_worst():
    loose, tight = Comparison("loose", 0, 9, 0, "≤"), Comparison("tight", 0, 1, 0, "≤")
    assert make(loose, tight).worst is tight


def test_a_check_that_compares_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least one comparison"):
        make()


def test_json_is_strict_even_with_infinity_and_nan():
    result = make(Comparison("inf", math.inf, math.nan, 0.0))
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert json.loads(text)["left"] == "inf"
    assert json.loads(text)["right"] == "nan"
    assert json.loads(text)["holds"] is False


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, int, float])
def test_numbers_become_plain_by_construction(kind):
    row = Comparison("case", kind(1), kind(1), kind(2))
    for name in ("left", "right", "allowed", "difference", "strain"):
        assert type(getattr(row, name)) is float
    assert type(row.holds) is bool
    assert type(Measured(kind(1), kind(1)).value) is float
    found = make(row, seconds=kind(1), seed=np.int64(3))
    assert (type(found.seconds), type(found.seed), type(found.holds)) == (float, int, bool)
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize("value", [np.True_, True, "1", None, 1j, np.ones(1), torch.ones(1)])
def test_what_is_no_number_is_no_side_of_a_comparison(value):
    for place in range(3):
        sides = [1.0, 1.0, 1.0]
        sides[place] = value
        with pytest.raises(TypeError, match=("left", "right", "allowed")[place]):
            Comparison("case", *sides)
    with pytest.raises(TypeError, match="value"):
        Measured(value)
    with pytest.raises(TypeError, match="case"):
        Comparison(3, 1.0, 1.0, 1.0)


def test_an_allowance_is_neither_negative_nor_without_end():
    with pytest.raises(ValueError, match="allowed must be at least 0"):
        Comparison("case", 1.0, 2.0, -1.0)
    with pytest.raises(ValueError, match="relation"):
        Comparison("case", 1.0, 2.0, 1.0, ">")
    for relation in ("=", "≤", "<"):
        assert not Comparison("case", 1.0, 2.0, math.inf, relation).holds


def test_lines_of_figures_are_plain():
    line = Line("label", np.arange(2.0), [np.float32(1), 2])
    assert line.x == (0.0, 1.0)
    assert all(type(v) is float for v in line.x + line.y)


def test_lines_come_from_arrays_tensors_and_measured_values():
    x = np.array([1.0, 2.0])
    assert line("label", x, torch.tensor([3.0, 4.0]), "dashes") == Line(
        "label", (1.0, 2.0), (3.0, 4.0), "dashes"
    )
    assert marks("label", x, [Measured(3.0, 0.5), Measured(4.0, 0.25)]) == Line(
        "label", (1.0, 2.0), (3.0, 4.0), "marks", (2.5, 3.75), (3.5, 4.25)
    )


def test_what_is_not_known_is_neither_held_nor_failed():
    row = undecided("a case", "≤", "its error has no end", left=0.5)
    assert row.verdict is Decision.UNDECIDED and not row.holds
    plain = json.loads(json.dumps(row.to_dict(), allow_nan=False))
    assert (plain["left"], plain["right"], plain["verdict"]) == (0.5, None, "not decided")
    assert plain["unknown"] == "its error has no end"
    assert Comparison("any", 1.0, 2.0, math.inf).verdict is Decision.UNDECIDED
    assert Comparison("none", math.nan, 1.0, 1.0).verdict is Decision.FAILS


@pytest.mark.parametrize(
    ("others", "verdict"),
    [
        ([], Decision.UNDECIDED),
        ([Comparison("good", 1.0, 1.0, 0.0)], Decision.UNDECIDED),
        ([Comparison("good", 1.0, 1.0, 0.0), Comparison("bad", 1.0, 1.1, 0.0)], Decision.FAILS),
    ],
)
def test_a_failure_stands_above_what_is_not_decided(others, verdict):
    result = make(undecided("open", "=", "no road"), *others)
    assert result.verdict is verdict and not result.holds
    assert (result.worst.case == "bad") is (verdict is Decision.FAILS)
    assert result.unknown == ("open: no road",)
    words = repr(CheckResults([result, make(Comparison("good", 1.0, 1.0, 0.0))]))
    assert words.startswith("some-check: ")
    assert ("1 not decided" in words) is (verdict is Decision.UNDECIDED)


def test_what_holds_by_its_allowance_says_so():
    assert Comparison("x", 0.0189, 0.0, 0.064, "≤").slack == " + 0.064"
    for left, right, allowed, relation in (
        (0.0, 0.0, 0.064, "≤"),  # holds of the numbers alone
        (0.1, 0.0, 0.064, "≤"),  # fails
        (0.1, 0.0, 0.5, "="),
        (0.1, 1.0, 0.5, "<"),
    ):
        assert not Comparison("x", left, right, allowed, relation).slack
