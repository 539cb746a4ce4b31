"""Points come as any array, leave as the caller's kind, and are never written to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

from divkit.arrays import like, points


@pytest.mark.parametrize(
    "x",
    [
        [1, 2, 3],
        [[1], [2], [3]],
        (1.0, 2.0, 3.0),
        np.array([1, 2, 3], dtype=np.int8),
        np.array([1, 2, 3], dtype=np.float16),
        np.array([1, 2, 3], dtype=">f8"),
        np.array([1, 2, 3], dtype=np.longdouble),
        np.array([3.0, 2.0, 1.0])[::-1],
        pd.DataFrame({"a": [1.0, 2.0, 3.0]}),
        pd.Series([1, 2, 3]),
        torch.tensor([1, 2, 3]),
        torch.tensor([1.0, 2.0, 3.0], dtype=torch.bfloat16),
    ],
    ids=lambda x: type(x).__name__,
)
def test_every_kind_of_array_becomes_float64_rows(x):
    got = points(x, 1)
    assert got.dtype == torch.float64
    assert got.tolist() == [[1.0], [2.0], [3.0]]


def test_shapes():
    assert points(5, 1).shape == (1, 1)
    assert points([1, 2], 2).shape == (1, 2)
    assert points([[1, 2], [3, 4]], 2).shape == (2, 2)
    assert points(np.zeros((0, 3)), 3).shape == (0, 3)
    assert points([True, False], 1).tolist() == [[1.0], [0.0]]


@pytest.mark.parametrize(
    ("x", "dim"),
    [([1, 2, 3], 2), (np.zeros((4, 3)), 2), (np.zeros((2, 2, 2)), 2), (1.0, 2), ([[1, 2]], 1)],
)
def test_a_wrong_shape_names_both_shapes(x, dim):
    shape = tuple(np.shape(x))
    with pytest.raises(ValueError, match=rf"q must have shape \(n, {dim}\)") as caught:
        points(x, dim, name="q")
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.array([1, None]), "dtype object"),
        (["a", "b"], "real numbers"),
        (np.array([1 + 2j]), "dtype complex"),
        (torch.tensor([1j]), "real part"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "dtype datetime64"),
        (scipy.sparse.eye(2), r"\.toarray\(\)"),
        (np.ma.masked_array([1.0, 2.0], mask=[True, False]), "must not be masked"),
    ],
    ids=str,
)
def test_what_is_not_real_numbers_is_a_type_error(x, words):
    with pytest.raises(TypeError, match=words):
        points(x, 1)


def test_a_read_only_array_is_copied_and_never_written_to():
    x = np.arange(3.0)
    x.flags.writeable = False
    got = points(x, 1)
    got += 1
    assert x.tolist() == [0.0, 1.0, 2.0]


def test_autograd_is_kept():
    x = torch.ones(3, requires_grad=True)
    points(x, 1).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_like_hands_back_the_callers_kind():
    t = torch.ones(2, requires_grad=True)
    assert like(t)(t) is t
    back = like([1, 2])(t)
    assert isinstance(back, np.ndarray)
    assert back.tolist() == [1.0, 1.0]
