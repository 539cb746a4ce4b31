"""Energy distance of samples of one column: sorted sums against all pairs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import divkit
from divkit.estimators.kernel_metrics import BlockSums, SortedSums, _line_sums


@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_sorted_sums_are_those_over_all_pairs(offset):
    rng = np.random.default_rng(0)
    x, y = offset + rng.normal(size=(300, 1)), offset + rng.standard_t(2, size=(200, 1))
    pairs, line = BlockSums(lambda t: t), SortedSums()
    found = [line.within(x), *line.between(x, y)]
    for each, sums in zip(found, [pairs.within(x), *pairs.between(x, y)], strict=True):
        for fast, slow in zip(each, sums, strict=True):
            assert np.allclose(fast, slow, rtol=1e-9 * (1 + offset * 1e-5), atol=1e-9)


def test_sums_in_blocks_see_each_pair_once(monkeypatch):
    """Against all pairs at once, in blocks of three rows."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(10, 3)), rng.normal(size=(7, 3))
    metrics = BlockSums(lambda t: -torch.exp(-0.5 * t * t))
    three = lambda n, row_bytes: (slice(k, min(k + 3, n)) for k in range(0, n, 3))  # noqa: E731
    monkeypatch.setattr("divkit.estimators.kernel_metrics.blocks", three)
    squares = ((x[:, None] - y) ** 2).sum(axis=2)
    k = -np.exp(-0.5 * squares)
    (rows, _), (columns, second) = metrics.between(x, y)
    assert np.allclose(rows, k.sum(axis=1)) and np.allclose(columns, k.sum(axis=0))
    assert np.allclose(second, (k**2).sum(axis=0))
    own = -np.exp(-0.5 * ((x[:, None] - x) ** 2).sum(axis=2))
    np.fill_diagonal(own, 0.0)
    sums, second = metrics.within(x)
    assert np.allclose(sums, own.sum(axis=1)) and np.allclose(second, (own**2).sum(axis=1))


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
