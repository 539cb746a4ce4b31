"""Rows that do not vary, digits, cells and columns in which laws differ unseen by models."""

from __future__ import annotations

import math

import numpy as np
import pytest

import divkit
from divkit.estimators.common.empirical import few_rows, w1_ends
from divkit.estimators.common.last_digits import digits_differ
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit
from divkit.estimators.information.pairs import PairedSample
from divkit.estimators.information.unseen import more_by_neighbours
from divkit.estimators.kernel_logistic.atoms.alike import cells_alike
from divkit.samples import Pair


@pytest.mark.parametrize("kind", ["w1", "energy"])
@pytest.mark.parametrize("y", [np.zeros(100), np.ones(100)])
def test_constants_have_no_interval(kind, y):
    found = divkit.estimate(np.zeros(100), y, kind)
    assert found.error == math.inf and found.interval == (0.0, math.inf)
    assert any("all rows of x and of y are one" in each for each in found.warnings)


def test_one_constant_keeps_its_lower_end():
    found = divkit.estimate(np.zeros(100), np.linspace(9, 11, 100), "w1")
    assert 9 < found.interval[0] < found.value < found.interval[1] == math.inf


def test_a_side_that_is_constant_has_no_upper_end():
    x = np.random.default_rng(0).uniform(size=100) * 0.9
    found = divkit.mutual_information(x, x > 0.99)
    assert found.error == math.inf and found.interval == (0.0, math.inf)
    assert "constant in all 100 rows" in found.reason


def test_a_column_that_says_nothing_hides_no_neighbours():
    """False alarms 1e-5 where independent, of fixed rows."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (300, 2))
    y = np.sin(15 * x[:, :1]) + 0.2 * rng.normal(size=(300, 1))
    assert more_by_neighbours(PairedSample(x, y), most=0.05)
    assert more_by_neighbours(PairedSample(x, rng.normal(size=(300, 1))), most=0.05) is None


def test_the_interval_of_w1_by_five_rows_is_wider():
    """By Student's quantile of four degrees of freedom, 2.776, over 1.960."""
    x, y = np.random.default_rng(0).normal(size=(2, 5))
    narrow = w1_ends(np.tile(x, 20), np.tile(y, 20), 0.95)[1] * math.sqrt(20)
    assert few_rows(5, 0.975) == pytest.approx(2.776 / 1.960, rel=1e-3)
    assert w1_ends(x, y, 0.95)[1] > 1.2 * narrow


def test_last_digits():
    """False alarms 1e-6 a column, of fixed rows."""
    rng = np.random.default_rng(0)
    even, others = 2.0 * rng.integers(0, 10**6, (2, 500, 1))
    assert digits_differ(Pair(even, others)) is None
    assert "last digits differ" in digits_differ(Pair(even, others + 1)).reason
    sizes = np.floor(np.exp(rng.normal(3, 1, (2, 600, 1))))
    nines = [sizes[k] + 0.99 * (rng.random((600, 1)) < share) for k, share in ((0, 0.3), (1, 0.6))]
    assert digits_differ(Pair(*nines)) is not None
    assert digits_differ(Pair(*rng.normal(size=(2, 500, 1)))) is None


def parity(values, count):
    odd = values[:, :count].sum(axis=1) % 2 == 1
    return Pair(values[~odd][:500].astype(float), values[odd][:500].astype(float))


def nothing(pair):
    """Rows with a fit that sees no difference."""
    n, m = len(pair.x), len(pair.y)
    sign = np.r_[np.ones(n), -np.ones(m)]
    pool = Pooled(np.zeros((n + m, 1)), np.r_[np.full(n, 0.5 / n), np.full(m, 0.5 / m)], sign,
                  np.arange(n + m))  # fmt: skip
    zero = np.zeros(n + m)
    return pool, [Fit("nothing", 0.0, zero, zero, zero, 1.0, np.zeros(1))]


@pytest.mark.parametrize(("values", "columns", "first"), [(10, 3, 3), (2, 12, 6), (2, 12, 3)])
def test_parities_in_cells_of_few_rows(values, columns, first):
    """False alarms 1e-4, of fixed rows."""
    rng = np.random.default_rng(0)
    pair = parity(rng.integers(0, values, (4000, columns)), first)
    assert cells_alike(pair, *nothing(pair)) is not None
    alike = Pair(*rng.integers(0, values, (2, 500, columns)).astype(float))
    assert cells_alike(alike, *nothing(alike)) is None


@pytest.mark.slow
def test_a_board_beyond_all_models_has_no_error():
    rng = np.random.default_rng(0)
    x = rng.normal(0, 2, (4000, 2))
    even = np.floor(x).sum(axis=1) % 2 == 0
    found = divkit.estimate(x[even][:300], x[~even][:300], "js")
    assert found.interval[0] <= math.log(2) <= found.interval[1] + 1e-12
