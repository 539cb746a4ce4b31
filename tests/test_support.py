"""Supports as symbols: what is covered and what is disjoint, against points drawn in the boxes."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from divkit.distributions.null_sets import are_disjoint, difference_is_null
from divkit.distributions.support import (
    Atoms,
    Blocks,
    Boxes,
    Singular,
    Unknown,
    bounding_box,
    edges,
    full_space,
    interval,
    product,
    union,
)

INF = math.inf
LINE = full_space(1)
HALF_LINE = interval(0, INF)
COIN = Atoms(((0.0,), (1.0,)))
CURVE = Singular(1, "a curve")


def test_contains_the_closed_box_and_no_nan():
    x = torch.tensor([[0.0], [1.0], [1.5], [-1e-300], [math.nan], [INF]], dtype=torch.float64)
    assert interval(0, 1).contains(x).tolist() == [True, True, False, False, False, False]
    assert LINE.contains(x).tolist() == [True, True, True, True, False, True]


def test_contains_a_union_in_the_plane():
    two = Boxes((((0, 1), (0, 1)), ((2, 3), (2, 3))))
    x = torch.tensor([[0.5, 0.5], [2.5, 2.5], [0.5, 2.5]], dtype=torch.float64)
    assert two.contains(x).tolist() == [True, True, False]
    assert two.dim == 2


@pytest.mark.parametrize(
    ("a", "b", "covered", "disjoint"),
    [
        (interval(0, 1), LINE, True, False),
        (LINE, interval(0, 1), False, False),
        (interval(0, 1), interval(1, 2), False, True),
        (interval(0, 1), interval(0.5, 2), False, False),
        (interval(0, 2), Boxes((((0, 1),), ((1, 2),))), True, False),
        (interval(0, 2), Boxes((((0, 1),), ((1.5, 2),))), False, False),
        (HALF_LINE, interval(-INF, 0), False, True),
        (COIN, Atoms(((0.0,),)), False, False),
        (Atoms(((0.0,),)), COIN, True, False),
        (COIN, Atoms(((2.0,),)), False, True),
        (COIN, LINE, False, True),
        (LINE, COIN, False, True),
        (CURVE, LINE, False, True),
        (CURVE, CURVE, None, None),
        (CURVE, COIN, None, None),
        (COIN, CURVE, None, None),
        (Unknown(1), LINE, None, None),
        (LINE, Unknown(1), None, None),
    ],
)
def test_known_pairs(a, b, covered, disjoint):
    assert difference_is_null(a, b) is covered
    assert are_disjoint(a, b) is disjoint
    assert are_disjoint(b, a) is disjoint


spans = st.tuples(st.integers(-3, 2), st.integers(1, 3)).map(lambda s: (s[0], min(3, s[0] + s[1])))


def unions(dim: int) -> st.SearchStrategy[Boxes]:
    box = st.tuples(*[spans] * dim)
    return st.lists(box, min_size=1, max_size=3).map(
        lambda boxes: union([Boxes((b,)) for b in boxes])
    )


def centres(dim: int) -> torch.Tensor:
    """The midpoints of all unit cells between −3 and 3: one point in every cell of a union."""
    line = [k + 0.5 for k in range(-3, 3)]
    return torch.tensor(list(itertools.product(line, repeat=dim)), dtype=torch.float64)


@pytest.mark.sweep(2)
@pytest.mark.parametrize("dim", [1, 2])
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_set_relations_agree_with_points(dim, data):
    a, b = data.draw(unions(dim)), data.draw(unions(dim))
    x = centres(dim)
    in_a, in_b = a.contains(x), b.contains(x)
    assert difference_is_null(a, b) is bool((in_b | ~in_a).all())
    assert are_disjoint(a, b) is not bool((in_a & in_b).any())
    assert torch.equal(union([a, b]).contains(x), in_a | in_b)


def test_a_union_on_the_line_is_joined_and_sorted():
    assert union([interval(2, 3), interval(0, 1), interval(1, 2)]) == interval(0, 3)
    assert union([interval(2, 3), interval(0, 1)]).boxes == (((0, 1),), ((2, 3),))
    assert union([LINE, interval(0, 1)]) == LINE


def test_unions_of_other_kinds():
    assert union([COIN, Atoms(((2.0,),))]) == Atoms(((0.0,), (1.0,), (2.0,)))
    assert union([CURVE, CURVE]) == CURVE
    assert union([LINE, COIN]) == Unknown(1)


def test_products():
    assert product([LINE, HALF_LINE]).boxes == (((-INF, INF), (0, INF)),)
    assert product([COIN, COIN]).atoms == ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
    mixed = product([COIN, LINE])
    assert mixed == Blocks((COIN, LINE))
    assert mixed.dim == 2
    assert product([mixed, LINE]) == Blocks((COIN, LINE, LINE))
    assert product([Unknown(2), LINE]) == Blocks((Unknown(2), LINE))
    assert product([COIN] * 40).dim == 40  # in blocks, not in 2^40 atoms


def test_edges_and_bounding_box():
    two = Boxes((((0.0, 1.0), (-INF, 2.0)), ((3.0, INF), (5.0, 6.0))))
    assert edges(two) == (0.0, 1.0, 3.0)
    assert edges(two, axis=1) == (2.0, 5.0, 6.0)
    assert bounding_box(two).tolist() == [[0.0, INF], [-INF, 6.0]]
