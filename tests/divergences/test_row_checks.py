"""A wrong row is refused when it is made, and the message names what does not hold."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

from divkit.divergences import table


def constant(value: float):
    return lambda t: torch.full_like(t, value)


KL_FAULTS = [
    ("f(1)", {"at_one": 0.5}),
    ("f(1)", {"f": lambda u: u * u.log() + 1}),
    ("f' must not decrease", {"prime": lambda u: -1 - u.log()}),
    ("f' must not decrease", {"prime": constant(math.nan)}),
    ("Fenchel", {"conjugate": torch.exp}),
    ("Fenchel", {"conjugate": constant(math.nan)}),
    ("Fenchel", {"conjugate": constant(math.inf)}),
    ("witness", {"witness": lambda v: v}),
    ("conjugate_at", {"conjugate_at": lambda v: torch.exp(v - 1)}),
    ("the integrand", {"integrand": lambda lp, lq: (lp.exp() - lq.exp()) ** 2}),
    ("the integrand", {"prime_at_one": 0.0}),
    ("at_zero", {"at_zero": 0.0}),
    ("slope_at_infinity", {"slope_at_infinity": 7.0}),
    ("curvature", {"curvature": 2.0}),
    ("symmetric", {"symmetric": True}),
]


@pytest.mark.parametrize(
    ("named", "fault"),
    KL_FAULTS,
    ids=lambda item: item if isinstance(item, str) else next(iter(item)),
)
def test_each_fault_in_kl_is_named(named, fault):
    with pytest.raises(ValueError, match="divergence 'kl'") as caught:
        dataclasses.replace(table.KL, **fault)
    assert named in str(caught.value)


def test_the_message_says_what_came_and_what_was_expected():
    with pytest.raises(ValueError, match=r"got 2\.0.*expected 1\.0"):
        dataclasses.replace(table.KL, curvature=2.0)


def test_f_is_not_convex():
    with pytest.raises(ValueError, match="f is not convex"):
        dataclasses.replace(table.PEARSON, prime=lambda u: 2 * torch.sin(u))


def test_a_right_row_is_accepted_and_prints_as_its_name():
    half = dataclasses.replace(table.KL, name="again")
    assert repr(half) == "again"
    assert half.upper == math.inf


@pytest.mark.parametrize("row", table.rows(), ids=repr)
def test_rows_say_where_they_come_from(row):
    assert row.source
    assert row.label


def test_rows_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.JS.name = "other"
