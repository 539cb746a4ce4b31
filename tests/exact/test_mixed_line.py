"""Atoms beside a density on the line: distribution functions, W1 and energy distance."""

from __future__ import annotations

import math

import numpy as np
import pytest

import divkit
from divkit.distributions import Cauchy, Exponential, FiniteLaw, Normal, Poisson, Uniform, mixture
from divkit.distributions.compose.mixed import MixedLaw, Stratum
from divkit.exact.method import NotApplicableError


def beside(mass, law, at=0.0):
    return mixture([mass, 1 - mass], [FiniteLaw([at], [1.0]), law])


P, Q = beside(0.3, Exponential(1.0)), beside(0.6, Exponential(1.0))


@pytest.mark.parametrize(
    ("p", "q", "w1", "energy"),
    [
        (P, Q, 0.3, 0.09),  # F − G = −.3 e^{−x}
        (P, Exponential(1.0), 0.3, 0.09),
        (P, FiniteLaw([0.0], [1.0]), 0.7, 0.49),
        (beside(0.5, Uniform(0, 1), 0.25), Uniform(0, 1), 0.15625, 0.5 * (1 / 64 + 27 / 64) / 3),
        (beside(0.5, Normal(0, 1), 40.0), Normal(0, 1), 20.0, None),
    ],
)
def test_metrics_by_hand(p, q, w1, energy):
    for x, y in ((p, q), (q, p)):
        found = divkit.divergence(x, y, "w1")
        assert abs(found.value - w1) <= found.error < 1e-9
        if energy is not None:
            found = divkit.divergence(x, y, "energy")
            assert abs(found.value - energy) <= found.error < 1e-9


def test_counts_beside_a_mixed_law():
    """All of one law lies below the other: W1 is the difference of the means, 3 + 8.5."""
    found = divkit.divergence(beside(0.3, Uniform(-9, -8), -8.5), Poisson(3.0), "w1")
    assert abs(found.value - 11.5) <= found.error < 1e-9


def test_tails_without_a_mean():
    heavy = beside(0.5, Cauchy(0, 1))
    found = divkit.divergence(heavy, P, "w1")
    assert found.value == math.inf and "no moment of order 1" in found.reason
    with pytest.raises(NotApplicableError, match="no law has a mean"):
        divkit.divergence(heavy, beside(0.4, Cauchy(0, 1)), "w1")


def test_quantiles_stay_at_atoms():
    law = mixture(
        [0.2, 0.3, 0.5], [FiniteLaw([0.25], [1.0]), FiniteLaw([2.0], [1.0]), Uniform(0, 1)]
    )
    assert law.cdf([-1.0, 0.0, 0.2, 0.25, 1.0, 2.0]) == pytest.approx([0, 0, 0.1, 0.325, 0.7, 1])
    assert law.sf([0.2, 0.25, 1.5, 2.0]) == pytest.approx([0.9, 0.675, 0.3, 0])
    levels = [0.0, 0.1, 0.125, 0.2, 0.325, 0.5, 0.7, 0.71, 1.0]
    wanted = [0.0, 0.2, 0.25, 0.25, 0.25, 0.6, 1.0, 2.0, 2.0]
    assert law.ppf(levels) == pytest.approx(wanted)
    assert np.isnan(law.ppf([-0.1, 1.1])).all()
    with pytest.raises(ValueError, match="numbers on the line"):
        MixedLaw((1.0,), (Stratum((0.0, None), Normal(0, 1)),)).cdf(0.0)
