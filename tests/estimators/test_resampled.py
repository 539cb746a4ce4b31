"""Errors by half-samples."""

from __future__ import annotations

import numpy as np
import pytest

import divkit
from divkit.divergences import named
from divkit.estimators.resampled import Resampled
from divkit.estimators.transport import WassersteinLine
from divkit.registry import UnknownNameError


def pair(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=200), rng.normal(1, 1, 160)


def test_w1_of_a_shift_has_the_error_of_a_difference_of_means():
    """√(1/200 + 1/160) = .106; a spread of 400 half-samples is within 1 ± 5.5 × .035 of its
    mean (4e-8), and the samples' own spreads differ from 1 by a few percent."""
    x, y = pair()
    found = Resampled(WassersteinLine(), 400)(x, y + 5, named("w1"))
    exact = np.sqrt(x.var(ddof=1) / 200 + y.var(ddof=1) / 160)
    assert found.error == pytest.approx(exact, rel=0.2)
    assert found.value == pytest.approx(y.mean() + 5 - x.mean(), rel=1e-12)


def test_by_name_near_the_estimators_own_error():
    x, y = pair()
    own = divkit.estimate(x, y, "js", "knn")
    found = divkit.estimate(x, y, "js", "resampled", of="knn", rng=1)
    assert found.value == own.value and "NearestNeighbour" in found.diagnostics["of"]
    assert 0.4 < found.error / own.error < 2.5


def test_errors_are_advice():
    with pytest.raises(ValueError, match="resamples"):
        Resampled(resamples=1)
    with pytest.raises(UnknownNameError, match="knn"):
        Resampled("knnn")(*pair(), named("js"))
