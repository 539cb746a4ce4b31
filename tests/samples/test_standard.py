"""Offsets and scales that break squared distances, repeated rows, and bounded memory."""

from __future__ import annotations

import numpy as np
import pytest

from divkit.samples import blocks, repeated, require_memory, shared, standard, two_samples


def sample(n=501, d=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


@pytest.mark.parametrize(
    ("scale", "offset", "digits"),
    [
        (1e-300, 0.0, 5e-14),
        (1e200, 0.0, 5e-14),
        (1e307, 0.0, 5e-14),
        (-3.0, 0.0, 5e-14),
        (1.0, 1e8, 1e-7),  # x itself is rounded to 1.5e-8
        (1e-300, 1e-292, 1e-7),
        (5e-310, 0.0, 1e-13),  # subnormal: 2e-15 of the largest is lost in x itself
    ],
)
def test_the_standardised_sample_does_not_change_under_affine_maps(scale, offset, digits):
    x, y = sample(), sample(400, seed=1)
    plain = two_samples(x, y).standardised
    moved = two_samples(offset + scale * x, offset + scale * y).standardised
    sign = np.sign(scale)
    assert np.abs(plain.x - sign * moved.x).max() <= digits
    assert np.abs(plain.y - sign * moved.y).max() <= digits


def test_columns_of_different_magnitude():
    scales = np.array([1e-300, 1.0, 1e200])
    plain = two_samples(sample(), sample(seed=1)).standardised
    moved = two_samples(scales * sample(), scales * sample(seed=1)).standardised
    assert np.abs(plain.x - moved.x).max() <= 5e-14


def test_the_way_back_and_the_volume():
    x = sample() * np.array([1e-300, 1.0, 1e200]) + np.array([0.0, 1e8, 0.0])
    frame = standard(x)
    assert np.allclose(frame.inverse(frame(x)), x, rtol=1e-12, atol=0)
    width = np.log(np.abs(x - np.median(x, axis=0)).mean(axis=0)).sum()
    assert frame.log_volume == pytest.approx(width, abs=1e-7)


def test_a_constant_column_stays_at_zero():
    x = np.c_[sample(), np.full(501, 7e250)]
    frame = standard(x)
    assert (frame(x)[:, 3] == 0).all()
    assert (frame.inverse(frame(x))[:, 3] == x[:, 3]).all()


def test_repeated_rows_against_a_count_by_hand():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, size=(300, 3)).astype(float)
    seen: dict[tuple[float, ...], int] = {}
    expected = []
    for row in map(tuple, x.tolist()):
        expected.append(seen.get(row, 0))
        seen[row] = expected[-1] + 1
    assert repeated(x).tolist() == expected
    assert repeated(sample()).max() == 0


def test_shared_rows_against_sets():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 9, size=(40, 2)).astype(float)
    y = rng.integers(0, 9, size=(50, 2)).astype(float)
    pairs = shared(x, y)
    common = {tuple(r) for r in x.tolist()} & {tuple(r) for r in y.tolist()}
    assert {tuple(x[i]) for i, _ in pairs} == common and len(pairs) == len(common)
    assert all((x[i] == y[j]).all() for i, j in pairs)
    assert all(tuple(x[i]) not in {tuple(r) for r in x[:i].tolist()} for i, _ in pairs)


def test_rows_whose_hashes_collide_are_told_apart(monkeypatch):
    monkeypatch.setattr(
        "divkit.samples.repeats._hashes", lambda v: np.zeros(len(v), dtype=np.uint64)
    )
    x = np.array([[1.0], [2.0], [1.0], [3.0], [2.0], [1.0]])
    assert repeated(x).tolist() == [0, 0, 1, 0, 1, 2]


def test_blocks_cover_every_row_once_within_the_budget():
    parts = list(blocks(1000, 80, budget=8000))
    assert [s.stop - s.start for s in parts] == [100] * 10
    assert [i for s in parts for i in range(s.start, s.stop)] == list(range(1000))
    assert [s.stop - s.start for s in blocks(3, 10**9, budget=1)] == [1, 1, 1]


def test_too_large_is_refused_with_the_size():
    require_memory(2**30, "a kernel matrix", "Take fewer rows.")
    with pytest.raises(ValueError, match=r"kernel matrix needs 671\.0 GiB.*Take fewer rows"):
        require_memory(671 * 2**30, "a kernel matrix", "Take fewer rows.")
