"""What is in a column, and which rows are copies: recipes whose answer is known."""

import numpy as np
import pytest
import torch

from divkit.samples import column, columns, common_step, distinct, levels
from divkit.samples.categories import shared_column
from divkit.samples.repeats import earlier

N = 2000
rng = np.random.default_rng(0)
Z = rng.normal(size=N)
ARBITRARY = rng.normal(size=20)
SHARE = rng.random(N)


def zeros(values, share=0.3):
    return np.where(share > SHARE, 0.0, values)


COLUMNS = {
    "normal": (Z, "continuous", 0, None),
    "float32": (Z.astype("f4"), "continuous", 0, ...),
    "float16": (Z.astype("f2"), "continuous", 0, ...),
    "one decimal": (np.round(Z, 1), "lattice", 0, 0.1),
    "one decimal, standardised": ((np.round(Z, 1) - 0.123) / 0.777, "lattice", 0, 0.1 / 0.777),
    "one decimal in float32": (np.round(Z, 1).astype("f4"), "lattice", 0, ...),
    "two decimals in float32": (np.round(Z, 2).astype("f4"), "lattice", 0, ...),
    "four decimals": (np.round(Z, 4), "lattice", 0, 1e-4),
    "labels": (rng.integers(0, 5, N), "discrete", 5, 1.0),
    "labels, moved": (rng.integers(0, 5, N) + 0.3, "discrete", 5, 1.0),
    "boolean": (Z > 0, "discrete", 2, 1.0),
    "any 20 levels": (ARBITRARY[rng.integers(0, 20, N)], "discrete", 20, None),
    "counts": (rng.poisson(20, N), "lattice", 0, 1.0),
    "waiting times": (rng.geometric(0.1, N), "lattice", 0, 1.0),
    "zeros": (zeros(Z), "mixed", 1, None),
    "few zeros": (zeros(Z, 0.03), "mixed", 1, None),
    "zeros but for ten rows": (np.r_[np.zeros(N - 10), Z[:10]], "mixed", 1, None),
    "cut at both ends": (np.clip(Z, -1, 1), "mixed", 2, None),
    "zeros, one decimal": (zeros(np.round(Z, 1)), "mixed", 1, 0.1),
    "one value": (np.ones(N), "constant", 1, None),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_each_kind(name):
    values, kind, atoms, step = COLUMNS[name]
    found = column(np.asarray(values, dtype=float))
    assert (found.kind, len(found.atoms), found.scattered) == (kind, atoms, 0)
    if step is not ...:
        assert found.step == (None if step is None else pytest.approx(step, rel=1e-9))


def test_values_repeated_without_a_pattern_are_seen(rng):
    found = column(Z[rng.integers(0, N, N)])
    assert found.scattered > 0.5


def test_float32_ties_are_chance():
    many = np.random.default_rng(1).normal(size=100_000).astype("f4").astype(float)
    assert column(many).kind == "continuous" and len(np.unique(many)) < len(many)
    assert distinct(many[:, None]).copies == 0
    brain = torch.from_numpy(Z).bfloat16().double().numpy()
    assert column(brain).kind == "continuous"


def test_steps_of_decimals_and_of_none():
    assert common_step(np.round(np.arange(1, 9) * 0.1, 12) ** 1) == pytest.approx(0.1)
    assert common_step(np.sort(Z)) is None and common_step(Z[:1]) is None
    assert levels(np.array([0.1 + 0.2, 0.3, 0.4])).of_row.tolist() == [0, 0, 1]


PLANE = rng.normal(size=(400, 2))
LINE = PLANE[:, :1]
AGAIN = rng.integers(0, 400, 400)
BESIDE = np.column_stack([rng.integers(0, 5, N), Z])
COPIES = {
    "five-fold": (np.repeat(PLANE, 5, axis=0), 400),
    "five-fold on the line": (np.repeat(LINE, 5, axis=0), 400),
    "two-fold": (np.repeat(PLANE, 2, axis=0), 400),
    "half of them twice": (np.concatenate([LINE, LINE[:200]]), 400),
    "a bootstrap": (PLANE[AGAIN], len(np.unique(AGAIN))),
    "a bootstrap on the line": (LINE[AGAIN], len(np.unique(AGAIN))),
    "a bootstrap beside labels": (BESIDE[AGAIN], len(np.unique(AGAIN))),
    "counts five-fold": (np.repeat(rng.poisson(50, (400, 1)), 5, axis=0), 400),
    "labels five-fold": (np.repeat(rng.integers(0, 5, (400, 2)), 5, axis=0), 400),
    "zeros five-fold": (np.repeat(zeros(Z)[:400, None], 5, axis=0), 400),
    "zeros in two columns": (np.where(rng.random((N, 2)) < 0.3, 0.0, rng.normal(size=(N, 2))), N),
    "labels": (rng.integers(0, 5, (N, 2)), N),
    "boolean": ((Z > 0)[:, None], N),
    "counts": (rng.poisson(20, (N, 1)), N),
    "zeros": (zeros(Z)[:, None], N),
    "one decimal": (np.round(Z, 1)[:, None], N),
    "four decimals": (np.round(Z, 4)[:, None], N),
    "labels beside a normal": (BESIDE, N),
    "all zero together": (np.where(SHARE[:, None] < 0.3, 0.0, rng.normal(size=(N, 2))), N),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_are_told_from_atoms(name):
    rows, left = COPIES[name]
    found = distinct(np.asarray(rows, dtype=float))
    assert len(found.kept) == left and found.copies == len(rows) - left
    assert bool(found.note("x")) == (found.copies > 0)
    assert len(columns(np.asarray(rows, dtype=float))) == rows.shape[1]


def test_copies_that_are_unclear_are_refused(rng):
    mixed = zeros(Z)[rng.integers(0, N, N)][:, None]
    with pytest.raises(ValueError, match=r"rows of y repeat in no clear way.*numpy.unique"):
        distinct(mixed, "y")


def test_names_coded_as_whole_numbers_are_told_from_counts():
    """Shares of 40 names against counts; of 15 levels that are smooth, 8 jump with chance .001."""
    shares = np.random.default_rng(3).dirichlet(np.ones(40), 2)
    x, y = (np.random.default_rng(4).choice(40, N, p=p) * 1.0 for p in shares)
    assert len(shared_column(x, y, "column 0").atoms) > 30
    for mean in (5.0, 20.0, 60.0):
        x, y = np.random.default_rng(5).poisson(mean, (2, N)) * 1.0
        assert len(shared_column(x, y, "column 0").atoms) == 0


def test_rows_of_a_group_are_counted_in_their_order():
    group = np.array([3, 1, 3, 3, 1, 2])
    assert earlier(group).tolist() == [0, 0, 1, 2, 1, 0]
