"""Estimates that are biased where the truth is 0 are told apart from those that are not."""

import math

import numpy as np
import pytest

from divkit.comparison import compare
from divkit.comparison.trust import SHUFFLES, caution, shuffled
from divkit.results import Result
from divkit.samples import two_samples


def estimate_of(value, error, low=None, high=None, **words):
    ends = (value - 2 * error if low is None else low, value + 2 * error if high is None else high)
    return Result(value, error, "standard error", ends, 0.95, "m", {}, "tv", "", **words)


@pytest.mark.parametrize(
    ("result", "null", "differ", "told"),
    [
        (estimate_of(0.56, 0.06), estimate_of(0.5, 0.06), False, "labels shuffled"),
        (estimate_of(0.99, 0.01), estimate_of(0.5, 0.06), True, "labels shuffled"),
        (estimate_of(0.99, 0.01), estimate_of(0.4, 0.06), True, ""),
        (estimate_of(0.5, 0.06), estimate_of(0.1, 0.06), True, ""),
        (estimate_of(0.5, 0.06), None, True, ""),
        (estimate_of(0.2, 0.06), estimate_of(0.01, 0.06), False, "leaves out 0"),
        (
            estimate_of(9.0, math.inf, 3.0, math.inf, one_sided="lower"),
            None,
            True,
            "at least 3 at",
        ),
    ],
)
def test_what_speaks_against_an_interval(result, null, differ, told):
    found = caution(result, null, differ)
    assert told in found and bool(found) == bool(told)


@pytest.mark.slow
def test_total_variation_of_few_rows_in_many_dimensions_is_not_to_be_trusted():
    """In 13 dimensions 30 + 30 rows of one law give a total variation far above its error."""
    rng = np.random.default_rng(3)
    found = compare(rng.normal(size=(30, 13)), rng.normal(size=(30, 13)), ("js", "tv"), alpha=0.01)
    assert not found.differ  # level .01, as this draw fell
    for each, caution_of in zip(found.divergences, found.cautions, strict=True):
        assert each.error == math.inf and each.interval[0] == 0.0
        assert "no normal interval" in caution_of
    assert found.to_dict()["cautions"][1] == found.cautions[1]
    assert found.cautions[1] in repr(found)


def test_many_rows_that_differ_need_no_shuffles():
    rng = np.random.default_rng(4)
    found = compare(rng.normal(size=200), rng.normal(2, 1, 200), ("js",), permutations=99)
    assert found.differ and found.null == () and found.cautions == ("",)


def test_shuffled_labels_hide_the_difference_and_the_seed_decides():
    """A shift of 6 is gone: the truth is 0, five errors are 6e-7."""
    rng = np.random.default_rng(5)
    pair = two_samples(rng.normal(size=200), rng.normal(6, 1, 200))
    (first,), (again,) = (shuffled(pair, ("js",), rng=1) for _ in range(2))
    assert abs(first.value) < 5 * first.error + 0.02 and first.value == again.value
    assert SHUFFLES % 2 == 1  # one of them is in the middle
