"""What users hand over as a sample, row by row: taken right, noted, or refused with advice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

from divkit.samples import as_rows, judged, one_sample, two_samples


def draws(n=20, d=2, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", ["x", "y"])
def test_what_is_not_finite_is_named_with_its_row(bad, which):
    x, y = draws(), draws(seed=1)
    (x if which == "x" else y)[[7, 11], 1] = bad
    with pytest.raises(ValueError, match=rf"{which} must be finite, .*; row 7 is .* 2 of 20 rows"):
        two_samples(x, y)


@pytest.mark.parametrize("empty", [[], np.empty((0, 2)), np.empty((3, 0)), torch.empty(0)])
def test_empty(empty):
    with pytest.raises(ValueError, match=r"y is empty, of shape"):
        two_samples([1.0, 2.0], empty)


def test_one_row_and_n_at_most_k():
    with pytest.raises(ValueError, match=r"x needs more than 1 rows here; got n = 1"):
        two_samples([1.0], [2.0, 3.0])
    with pytest.raises(ValueError, match=r"y needs more than 5 rows here; got n = 5 .*smaller k"):
        two_samples(draws(9), draws(5, seed=1), above=5)


def test_copies_count_once_and_ties_can_be_refused_or_broken():
    x, y = np.repeat(draws(20), 5, axis=0), draws(30, seed=1)
    found = two_samples(x, y)
    assert (found.x == draws(20)).all() and found.notes == (
        "80 of 100 rows of x are copies (every row occurs 5 times): each distinct row is counted "
        "once, and the sample has 20 rows",
    )
    x = np.floor(20 * draws(100, d=1))
    with pytest.raises(ValueError, match=r"of 100 rows of x repeat another.*jitter="):
        two_samples(x, x[::-1] + 1, ties=False)
    x, y = judged(np.repeat(draws(20), 5, axis=0)), judged(y)
    with pytest.raises(ValueError, match=r"80 of 100 rows of x repeat another.*jitter="):
        two_samples(x, y, ties=False)
    moved = two_samples(x, y, ties=False, jitter=1e-3, rng=3)
    assert len(np.unique(moved.x, axis=0)) == 100
    away = np.abs(x - np.median(x, axis=0)).mean()
    assert np.abs(moved.x - x).max() <= 1.1e-3 * away * 2
    assert "uniform noise" in moved.notes[0]
    again = two_samples(x, y, ties=False, jitter=1e-3, rng=3)
    assert (moved.x == again.x).all() and (moved.y == again.y).all()


@pytest.mark.parametrize("jitter", [0, -1, 2.0, np.nan])
def test_jitter_is_checked(jitter):
    with pytest.raises(ValueError, match=r"jitter must be in \(0, 1\)"):
        two_samples(draws(), draws(seed=1), jitter=jitter)


def test_a_constant_column_is_named():
    x = draws()
    x[:, 1] = 3.5
    with pytest.raises(ValueError, match=r"x is degenerate: column 1 is constant at 3.5"):
        two_samples(x, draws(seed=1))
    with pytest.raises(ValueError, match=r"y is degenerate: column 'b' is constant"):
        two_samples(pd.DataFrame(draws(), columns=["a", "b"]), pd.DataFrame(x, columns=["a", "b"]))
    with pytest.raises(ValueError, match="degenerate: column 0"):
        one_sample(np.ones(10))
    assert two_samples(x, draws(seed=1), constant=True).dim == 2


def test_shared_rows_are_named():
    x, y = draws(), draws(seed=1)
    y[[2, 9]] = x[[4, 1]]
    (note,) = two_samples(x, y).notes
    assert note.startswith("x and y share 2 distinct rows: x[1] = y[9], x[4] = y[2];")
    (same, all_rows) = two_samples(x, x).notes
    assert "the same object" in same
    assert "share 20 distinct rows: x[0] = y[0], " in all_rows and ", …;" in all_rows


def test_n_and_m_may_differ_and_one_axis_is_one_column():
    pair = two_samples([1.0, 2.0, 4.0], np.array([[3.0], [5.0]]))
    assert (pair.x.shape, pair.y.shape, pair.notes) == ((3, 1), (2, 1), ())


def test_a_transposed_sample_is_noted():
    (note, _) = two_samples(draws(3, 50), draws(4, 50, seed=1)).notes
    assert note.startswith("x has 3 rows and 50 columns: rows are samples.")


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (draws(5, 2), draws(6, 3), r"shapes \(5, 2\) and \(6, 3\)"),
        (np.float64(1.0), draws(), r"x must have shape \(n,\) or \(n, d\).*got \(\)"),
        (draws(), np.zeros((4, 3, 2)), r"y must have .*got \(4, 3, 2\)"),
        ([[1.0, 2.0], [3.0]], draws(), "x is no table of numbers"),
    ],
)
def test_shapes_that_do_not_fit(x, y, words):
    with pytest.raises(ValueError, match=words):
        two_samples(x, y)


@pytest.mark.parametrize(
    "dtype",
    [np.float32, np.float16, np.int8, np.uint16, np.int64, np.longdouble, ">f8", ">i4", "<f4"],
)
def test_every_real_dtype_is_computed_in_float64(dtype):
    wide = np.array([0, 3, 120, 7, 9, 11], dtype=dtype)
    rows = as_rows(wide)
    assert rows.values.dtype == np.float64 and rows.values.dtype.isnative
    assert rows.values[:, 0].tolist() == [0.0, 3.0, 120.0, 7.0, 9.0, 11.0]


def test_bool_bfloat16_and_wide_float16():
    assert as_rows(np.array([True, False])).values.tolist() == [[1.0], [0.0]]
    assert as_rows(torch.tensor([1.5, 2.0], dtype=torch.bfloat16)).values.tolist() == [[1.5], [2]]
    assert np.isfinite(as_rows(np.full(9, 6e4, np.float16)).values.var())
    ties = two_samples(np.arange(100) % 4, np.arange(90) % 7, laws="mixed").notes
    assert ties[0].startswith("96 of 100 rows of x repeat") and len(ties) == 2  # as levels must


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.array([1.0, None]), "dtype object"),
        (["a", "b"], "no None, string or date, but a number"),
        (np.array([1 + 2j, 0]), r"must be real; got dtype complex128\..*pass its real part"),
        (torch.tensor([1j]), "pass its real part"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "dtype datetime64"),
        (scipy.sparse.eye(3), r"Pass its \.toarray\(\)"),
        (torch.eye(3).to_sparse(), r"Pass its \.to_dense\(\)"),
        (pd.DataFrame({"a": [1.0, 2.0], "b": ["u", "v"]}), r"'b': 'str'|'b': 'object'"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_real_numbers(x, words):
    with pytest.raises(TypeError, match=words):
        as_rows(x)


def test_masked_rows_are_dropped_and_row_numbers_stay_the_users():
    values = draws()
    mask = np.zeros(values.shape, bool)
    mask[[0, 3], [1, 0]] = True
    values[3, 0] = np.nan  # under the mask
    rows = as_rows(np.ma.MaskedArray(values, mask))
    assert rows.notes == ("2 rows of x with masked cells were dropped",)
    assert (rows.values == np.delete(values, [0, 3], axis=0)).all()
    values[8, 1] = np.inf
    with pytest.raises(ValueError, match="row 8 is"):
        as_rows(np.ma.MaskedArray(values, mask))
    with pytest.raises(ValueError, match="empty"):
        as_rows(np.ma.MaskedArray(values, True))


def test_columns_are_aligned_by_name():
    x, y = draws(), draws(seed=1)
    pair = two_samples(
        pd.DataFrame(x, columns=["a", "b"]), pd.DataFrame(y[:, ::-1], columns=["b", "a"])
    )
    assert (pair.y == y).all() and pair.columns == ("a", "b")
    assert pair.notes == ("the columns of y were put in the order of x's, by name",)
    with pytest.raises(ValueError, match=r"same column names; got \['a', 'b'\] and \['a', 'c'\]"):
        two_samples(pd.DataFrame(x, columns=["a", "b"]), pd.DataFrame(y, columns=["a", "c"]))
    with pytest.raises(ValueError, match="Rename them"):
        two_samples(pd.DataFrame(x, columns=["a", "a"]), pd.DataFrame(y, columns=["a", "b"]))
    assert two_samples(pd.DataFrame(x, columns=["a", "b"]), y).columns == ("a", "b")


def test_torch_that_requires_grad_against_numpy():
    x = torch.from_numpy(draws()).requires_grad_(True)
    pair = two_samples(x, draws(seed=1))
    assert (pair.x == x.detach().numpy()).all()


def test_strides_and_read_only_arrays_are_never_written_to():
    base = draws(40, 4)
    view = base[::-2, ::-1]
    view.flags.writeable = False
    before = base.copy()
    pair = two_samples(view, draws(20, 4, seed=1), jitter=0.1)
    assert pair.x.flags.c_contiguous and (base == before).all()
    assert not np.shares_memory(pair.x, base)
    assert not np.shares_memory(as_rows(base).values, base)
    tensor = torch.from_numpy(base)
    assert not np.shares_memory(as_rows(tensor).values, base)


@pytest.mark.parametrize("size", [1e300, -1e200])
def test_a_row_whose_square_no_float_holds_beside_the_others_is_named(size):
    x = pd.DataFrame(draws(), columns=["height", "mass"])
    x.loc[7, "mass"] = size
    words = r"row 7 of x has -?1e\+[23]00 in column 'mass', .* Drop the row .*arcsinh"
    with pytest.raises(ValueError, match=words):
        two_samples(x, draws(seed=1))
    with pytest.raises(ValueError, match=r"row 7 of x has"):
        one_sample(x)


@pytest.mark.parametrize("unit", [1e-300, 1e150, 1e300])
def test_units_of_any_size_and_heavy_tails_are_taken(unit):
    assert as_rows(unit * draws()).values.shape == (20, 2)
    assert len(as_rows(np.exp(draws(200, 1) * 100)).values) == 200
    assert len(as_rows([[0.0], [0.0], [1e300]]).values) == 3
