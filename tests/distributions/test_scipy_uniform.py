"""SciPy's uniform laws far from 0, where loc + scale is rounded by much of the width."""

import math

import pytest
from scipy import stats

import divkit


@pytest.mark.parametrize(("loc", "p", "q"), [(1e8, 0.0011, 0.0017), (1e3, 1e-9, 3.3e-9)])
def test_the_width_is_the_one_given(loc: float, p: float, q: float) -> None:
    found = divkit.kl_divergence(stats.uniform(loc, p), stats.uniform(loc, q))
    assert abs(found.value - math.log(q / p)) <= found.error + 4e-16


def test_an_exact_end_stays_an_end() -> None:
    assert divkit.as_law(stats.uniform(1.0, 2.0)) == divkit.distributions.Uniform(1.0, 3.0)
