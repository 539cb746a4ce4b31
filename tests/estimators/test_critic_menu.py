"""Limits of samples: what the menu of critics shows, and what values the limits refute."""

import math

import numpy as np
import pytest

import divkit
from divkit.divergences import JS
from divkit.estimators.common.square_waves import SquareWaves
from divkit.estimators.held_out_limit import HeldOutLimit, LowerBound
from divkit.estimators.information.result import no_less


def halves(z, first):
    n = min(first.sum(), (~first).sum())
    return z[first][:n], z[~first][:n]


def board(rng):
    z = math.sqrt(2) * rng.normal(size=(1000, 2))
    return halves(z, np.floor(z).sum(axis=1) % 2 == 0)


def signs(rng):
    z = rng.normal(size=(1000, 3))
    return halves(z, z.prod(axis=1) > 0)


def parity(rng):
    z = rng.integers(0, 6, (1000, 3)).astype(float)
    return halves(z, z.sum(axis=1) % 2 == 0)


@pytest.mark.slow
@pytest.mark.parametrize(("draw", "least"), [(board, 0.1), (signs, 0.3), (parity, 0.3)])
def test_laws_that_differ_by_jumps_have_a_limit(draw, least, rng):
    """The divergence is log 2 of each; quadratic critics show nothing of it."""
    x, y = draw(rng)
    found, before = LowerBound()(x, y, JS), LowerBound(critic="quadratic")(x, y, JS)
    assert before.interval[0] < 0.02 < least < found.interval[0] < math.log(2)
    assert found.value >= found.interval[0]
    assert len(found.diagnostics["limit_critics"]) == 3


def test_square_waves_of_many_columns_do_not_suit(rng):
    assert not SquareWaves(widest=4).suits(*rng.normal(size=(2, 9, 5)))
    assert SquareWaves(widest=5).suits(*rng.normal(size=(2, 9, 5)))


def test_a_value_below_the_limit_gives_way_and_says_so(monkeypatch, rng):
    """Where something speaks against the error alone, the limit may refute the value beside."""
    made = HeldOutLimit(0.6, (0.55, math.log(2)), ("KernelMachine(width=0.4)",))
    monkeypatch.setattr("divkit.estimators.auto.held_out_limit", lambda *rest: made)
    x, y = rng.normal(size=(60, 2)), rng.normal(0.1, 1, (60, 2))
    found = divkit.estimate(x, y, "tv")
    assert (found.value, found.interval[0], found.one_sided) == (0.6, 0.55, "lower")
    assert any(
        "below the lower limit" in why for why in found.diagnostics["not_applicable"].values()
    )
    assert found.diagnostics["limit_critics"] == made.critics


@pytest.mark.parametrize(("value", "limit", "kept"), [(0.2, 0.1, 0.2), (0.1, 0.2, 0.2)])
def test_an_information_below_its_limit_gives_way_and_says_so(value, limit, kept):
    found, words = no_less(value, limit)
    assert found == kept
    assert [value < limit] == [bool(words)]
