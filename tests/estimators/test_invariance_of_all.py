"""Every registered estimator of the JSD, end to end: units, offsets and powers of ten."""

from __future__ import annotations

import numpy as np
import pytest

import divkit
from divkit.estimators import api  # noqa: F401  (fills the table)
from divkit.estimators.registry import ESTIMATORS, NotEstimableError

STOPPED = {"perceptron": 1e-3}
"""Relative accuracy of what L-BFGS stops at, by its own rule; others keep float64's digits."""
DRAWS_BY_PLACE = {"resampled", "lower_bound"}
"""Parts of the rows, and the order of bets, are drawn by place: another order is another draw."""
ONE_SIDED = {"density_ratio", "telescoping"}
"""A ratio p/q with kernels at rows of x is no such ratio of q/p; waymarks mix rows drawn of x with
rows drawn of y, other rows after a swap."""
NO_JSD = {"w1", "sliced", "sinkhorn", "kernel_metric"}
JSD = [name for name in ESTIMATORS if name not in NO_JSD]
OPTIONS = {"one_step": {"of": "knn"}}
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(150, 2)), RNG.normal(0.7, 1.2, size=(120, 2))


def jsd(name, x, y):
    return divkit.estimate(x, y, "js", name, **OPTIONS.get(name, {})).value


@pytest.mark.parametrize("name", sorted(NO_JSD))
def test_what_has_no_jsd_says_so(name):
    with pytest.raises(NotEstimableError):
        jsd(name, X, Y)


@pytest.mark.sweep(7)
@pytest.mark.parametrize("name", JSD)
@pytest.mark.parametrize(
    ("scale", "shift", "digits"), [(1e-300, 0.0, 1e-6), (1e200, 0.0, 1e-6), (1.0, 1e8, 1e-6)]
)
def test_affine_maps(name, scale, shift, digits):
    """An offset of 1e8 rounds rows to 1.5e-8: 3e-8 of the value at most was seen."""
    moved = jsd(name, shift + scale * X, shift + scale * Y)
    assert moved == pytest.approx(jsd(name, X, Y), rel=max(digits, STOPPED.get(name, 0.0)))


@pytest.mark.sweep(2)
@pytest.mark.parametrize("name", [m for m in JSD if m not in DRAWS_BY_PLACE])
def test_order_of_rows(name, rng):
    mixed = jsd(name, rng.permutation(X), rng.permutation(Y))
    assert mixed == pytest.approx(jsd(name, X, Y), rel=STOPPED.get(name, 1e-5))


@pytest.mark.sweep(2)
@pytest.mark.parametrize("name", [m for m in JSD if m not in ONE_SIDED | DRAWS_BY_PLACE])
def test_order_of_samples(name):
    assert jsd(name, Y, X) == pytest.approx(jsd(name, X, Y), rel=STOPPED.get(name, 1e-5))
