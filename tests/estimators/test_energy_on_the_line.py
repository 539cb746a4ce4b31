"""Energy distance of samples of one column: sorted sums against all pairs."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import divkit
from divkit.estimators.kernel_metrics import _line_sums, _row_sums


@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_sorted_sums_are_those_over_all_pairs(offset):
    rng = np.random.default_rng(0)
    x, y = offset + rng.normal(size=(300, 1)), offset + rng.standard_t(2, size=(200, 1))
    pairs = partial(_row_sums, lambda t: t)
    for a, b, own in ((x, y, False), (y, x, False), (x, x, True)):
        for fast, slow in zip(_line_sums(a, b, own), pairs(a, b, own), strict=True):
            assert np.allclose(fast, slow, rtol=1e-9 * (1 + offset * 1e-5), atol=1e-9)


def test_ties_and_copies_count_once():
    x, y = np.array([[1.0], [1.0], [2.0], [5.0]]), np.array([[1.0], [2.0], [2.0]])
    sums, squares = _line_sums(x, y)
    assert sums.tolist() == [2.0, 2.0, 1.0, 10.0]
    assert squares.tolist() == [2.0, 2.0, 1.0, 34.0]


def test_many_rows_on_the_line():
    """E|X − Y| of normals: the truth by the closed form; false alarm 1e-6 (4.9 errors)."""
    n = 100_000
    p, q = divkit.parse_law("normal(0, 1)"), divkit.parse_law("normal(0.5, 1)")
    truth = divkit.energy_distance(p, q).value
    found = divkit.estimate(p.sample(n, 1), q.sample(n, 2), "energy")
    assert abs(found.value - truth) <= 4.9 * found.error
    assert found.error <= 0.005
