"""No silent error on random pairs: quadrature against ball arithmetic, TV against F − G.

Sixty pairs here; `benchmarks/silent_errors.py` takes as many as one asks for.
"""

from __future__ import annotations

import pytest
from line_pairs import RandomPairs, tv_by_crossings

from divkit.divergences import HELLINGER2, JS, KL, TV
from divkit.exact.certified.method import Certified
from divkit.exact.method import NotApplicableError
from divkit.exact.quadrature.method import Quadrature
from divkit.exact.symbolic import Symbolic

ROWS = (JS, KL, TV, HELLINGER2)
COUNT = 60


def finite(p, q, row) -> bool:
    try:
        Symbolic()(p, q, row)
    except NotApplicableError:
        return True
    return False


def truth_of(p, q, row) -> tuple[float, float] | None:
    if row is TV:
        return tv_by_crossings(p, q)
    try:
        found = Certified(digits=15)(p, q, row)
    except NotApplicableError:
        return None
    return found.value, found.error


@pytest.mark.sweep(4)
@pytest.mark.parametrize("row", ROWS, ids=repr)
def test_no_silent_error(row):
    compared = 0
    for seed in range(ROWS.index(row), COUNT, len(ROWS)):
        p, q = RandomPairs(seed).pair()
        if not finite(p, q, row):
            continue
        got, truth = Quadrature()(p, q, row), truth_of(p, q, row)
        assert got.error <= 1e-11 * max(1.0, abs(got.value)), (p, q)
        if truth is not None:
            compared += 1
            value, bound = truth
            assert abs(got.value - value) <= got.error + bound, (p, q)
    assert compared >= COUNT // 6
