"""Numbers as users hold them: exact ones, tensors of one number, and those that no float holds."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from law_instances import ALL

import divkit

HUGE = 10**400
KINDS = {type(law).__name__: law for law in ALL if dataclasses.is_dataclass(law)}
FIELDS = [
    pytest.param(law, field.name, id=f"{kind}.{field.name}")
    for kind, law in KINDS.items()
    for field in dataclasses.fields(law)
    if kind in divkit.distributions.__all__ and field.init
    and type(getattr(law, field.name)) in (float, int)
]  # fmt: skip


@pytest.mark.parametrize(("law", "name"), FIELDS)
def test_a_parameter_that_no_float_holds_is_named_in_every_law(law, name):
    with pytest.raises(ValueError, match=name):
        dataclasses.replace(law, **{name: HUGE})


@pytest.mark.parametrize("value", [HUGE, Fraction(HUGE), Decimal("1e400")])
def test_what_is_too_large_is_told_by_its_size(value):
    with pytest.raises(ValueError, match=r"^loc must be .*; got .{5,60}$"):
        divkit.Normal(value, 1)
    with pytest.raises(ValueError, match="loc must hold numbers"):
        divkit.MultivariateNormal([HUGE, 0], [[1, 0], [0, 1]])
    with pytest.raises(ValueError, match="n must be a whole number"):
        divkit.binomial(HUGE, 0.5)


def test_a_tensor_with_a_gradient_is_a_parameter_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        law = divkit.Normal(torch.tensor(1.5, requires_grad=True), torch.tensor(2))
    assert law == divkit.Normal(1.5, 2)
    with pytest.raises(TypeError, match="loc must be one real number"):
        divkit.Normal(torch.tensor(1.0, device="meta"), 1)


def test_tensors_of_one_number_are_numbers_beside_a_result():
    js, two = divkit.js_divergence("normal(0, 1)", "normal(1, 1)"), torch.tensor(2.0)
    for left, right in [
        (two * js, 2.0 * js), (js * two, js * 2.0), (two + js, 2.0 + js), (js - two, js - 2.0),
        (two / js, 2.0 / js), (js**two, js**2.0), (two**js, 2.0**js),
        (two.requires_grad_() * js, 2.0 * js),
    ]:  # fmt: skip
        assert (left.value, left.interval, left.kind) == (right.value, right.interval, right.kind)
    assert js < two and two > js and not torch.tensor(0.0) >= js
    with pytest.raises(TypeError, match="unsupported operand"):
        torch.tensor([1.0, 2.0]) * js
    with pytest.raises(ValueError, match="a number beside a result must be"):
        js * HUGE


HALVES = [
    [Fraction(1, 2), Fraction(1, 2)], [Decimal("0.5"), 0.5], np.array([0.5, 0.5], dtype=object),
    np.array([Fraction(1, 2), Decimal("0.5")]), [torch.tensor(0.5), torch.tensor(0.5)],
    pd.Series([Fraction(1, 2), Fraction(1, 2)]), pd.Series([0.5, 0.5], dtype="Float64"),
    torch.tensor([0.5, 0.5], requires_grad=True), torch.tensor([0.5, 0.5]).to(torch.float8_e5m2),
]  # fmt: skip


@pytest.mark.parametrize("halves", HALVES, ids=lambda held: f"{type(held).__name__}")
def test_probabilities_are_numbers_of_any_kind(halves):
    found = divkit.js_divergence(halves, [0.25, 0.75])
    assert math.isclose(found.value, divkit.js_divergence([0.5, 0.5], [0.25, 0.75]).value)


def test_keys_histograms_and_tables_hold_such_numbers_too():
    thirds = {"a": Fraction(1, 3), "b": Fraction(2, 3)}
    assert divkit.kl_divergence(thirds, {"a": 1 / 3, "b": 2 / 3}).value < 1e-15
    exact = [Fraction(1), 2], [Decimal(0), Fraction(1), 2]
    assert divkit.kl_divergence(exact, ([1, 2], [0, 1, 2])).value == 0
    rows = pd.DataFrame({"a": [0.5, 0.25], "b": [0.5, 0.75]})
    same = divkit.kl_divergence(rows.convert_dtypes(), rows)
    assert same.value.tolist() == [0.0, 0.0]


def test_counts_are_no_probabilities_however_large():
    for counts in ([2**64, 1], np.array([2**64, 1], dtype=object)):
        with pytest.raises(
            ValueError, match=r"2 numbers that sum to 1.8.*e\+19: no probabilities"
        ):
            divkit.js_divergence(counts, [0.5, 0.5])
    with pytest.raises(ValueError, match=r"p: .*an integer of 401 digits"):
        divkit.js_divergence([HUGE, 1], [0.5, 0.5])


@pytest.mark.parametrize(
    "empty", [[], (), {}, Counter(), [[]], np.empty(0), torch.empty(0)], ids=repr
)
def test_what_is_empty_is_called_so(empty):
    for pair, name in (((empty, [0.5, 0.5]), "p"), (([0.5, 0.5], empty), "q")):
        with pytest.raises(ValueError, match=rf"^{name}: it is empty"):
            divkit.js_divergence(*pair)


@pytest.mark.parametrize(
    ("tensor", "way"),
    [
        (torch.empty(2, device="meta"), "holds no numbers"),
        (torch.tensor([0.5, 0.5]).to_sparse(), "to_dense"),
    ],
)  # fmt: skip
def test_tensors_that_hold_no_dense_numbers_are_told_a_way(tensor, way):
    for call in (divkit.js_divergence, divkit.estimate):
        with pytest.raises(TypeError, match=rf"p|x.*{way}"):
            call(tensor, [0.5, 0.5])
