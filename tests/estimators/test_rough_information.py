"""Mutual information that no model of so many pairs follows is a lower limit."""

from __future__ import annotations

import math

import numpy as np
import pytest

import divkit
from divkit.estimators.information.pairs import PairedSample
from divkit.estimators.information.unseen import more_by_neighbours


def wave(n, turns, seed):
    x, noise = np.random.default_rng(seed).normal(size=(2, n))
    return x, np.sin(turns * x) + 0.3 * noise


@pytest.mark.parametrize(("turns", "n"), [(20, 400), (40, 400)])
def test_a_wave_of_many_turns_is_no_independence(turns, n):
    """−.007 ± .017 was stated at 40 turns, for about .8."""
    for x, y in (wave(n, turns, 1), wave(n, turns, 1)[::-1]):
        found = divkit.mutual_information(x, y)
        assert found.one_sided == "lower" and math.isinf(found.interval[1])
        assert any("neighbours of" in line for line in found.warnings)


def test_neighbours_show_no_more_than_there_is():
    """The limit is below ½ E m², 1/2 at most, and of independent pairs 0 is not passed.

    Two directions, two ranges and three waves at 4.5 standard errors: 4e-5 a sample.
    """
    rng = np.random.default_rng(3)
    x = rng.random((400, 1))
    words = more_by_neighbours(PairedSample(x, np.sin(60 * x)), 0.0)
    shown = float(words.split("at least ")[1].split(",")[0])
    assert 0.2 < shown < 0.5
    assert more_by_neighbours(PairedSample(x, rng.random((400, 1))), 0.0) is None


@pytest.mark.slow
@pytest.mark.parametrize("d", [1, 2, 4])
def test_independent_sides_are_left_alone(d):
    """200 samples, each at 24 d · 1.7e-6 at most, one-sided: four and more with 5e-8 at d = 4."""
    rng = np.random.default_rng(d)
    alarms = sum(
        more_by_neighbours(PairedSample(*rng.normal(size=(2, 150, d))), 0.0) is not None
        for _ in range(200)
    )
    assert alarms <= 3


def test_ties_among_neighbours_follow_no_order_of_values():
    x = np.repeat(np.arange(8.0), 50)[:, None]
    y = np.sort(np.random.default_rng(0).random((8, 50)), axis=1).reshape(-1, 1)
    assert more_by_neighbours(PairedSample(x, y), 0.0) is None
