"""Flows: scikit-learn's checks, a curved law found, the same state the same fit."""

from __future__ import annotations

import contextlib
import unittest

import numpy as np
import pytest
import torch
from sklearn.utils.estimator_checks import estimator_checks_generator

import divkit
from divkit.density.flow import NeuralSplineFlow


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks():
    for estimator, check in estimator_checks_generator(NeuralSplineFlow(1, (4,), steps=1)):
        with contextlib.suppress(unittest.SkipTest):
            check(estimator)


@pytest.mark.slow
def test_a_flow_finds_a_curved_law_better_than_a_normal_one():
    """Held-out log likelihood of 2,000 fresh rows: the gap to a Gaussian fit is over .1 nats."""
    law = divkit.distributions.toys.banana(dim=2, curvature=0.8)
    x = 10 + 3 * law.sample(800, 0).numpy()
    fresh = 10 + 3 * law.sample(2000, 1).numpy()
    state = torch.get_rng_state()
    flow = divkit.fit_density(x, "flow", steps=120)
    assert (torch.get_rng_state() == state).all()
    normal = divkit.fit_density(x, "maximum_likelihood")
    assert (flow.score(fresh) - normal.score(fresh)) / 2000 > 0.1
    again = NeuralSplineFlow(steps=120).fit(x)
    assert np.array_equal(again.score_samples(fresh), flow.score_samples(fresh))


def test_on_the_line_the_exact_engine_takes_it():
    x = np.random.default_rng(0).normal(2, 3, size=(800, 1))
    flow = NeuralSplineFlow(steps=150).fit(x)
    result = divkit.js_divergence(flow, divkit.distributions.Normal(2, 3))
    assert result.value < 0.05 and abs(result.diagnostics["mass_p"] - 1) < 1e-6
