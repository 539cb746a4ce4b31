"""Kept draws follow p; a bound that is too small is an error. False alarms 1e-6 each."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from divkit.distributions import MultivariateNormal, Normal, categorical
from divkit.generators.rejection import Rejection, best_rejection


def test_kept_draws_follow_p_on_the_line():
    kept = best_rejection(Normal(1, 1), Normal(1, 3), math.log(3)).sample(4000, rng=3)
    assert kept.shape == (4000, 1)
    assert stats.kstest(kept[:, 0].numpy(), stats.norm(1, 1).cdf).pvalue > 1e-6


def test_kept_draws_follow_p_in_the_plane():
    p = MultivariateNormal((0.0, 0.0), ((1.0, 0.0), (0.0, 1.0)))
    q = MultivariateNormal((0.0, 0.0), ((2.0, 0.0), (0.0, 2.0)))
    kept = best_rejection(p, q, math.log(2)).sample(4000, rng=0)
    assert stats.kstest((kept**2).sum(1).numpy(), stats.chi2(2).cdf).pvalue > 1e-6


def test_finite_laws():
    p, q = categorical([0.5, 0.2, 0.3]), categorical([0.2, 0.4, 0.4])
    kept = best_rejection(p, q, math.log(2.5)).sample(5000, rng=1)
    counts = np.bincount(kept[:, 0].long().numpy(), minlength=3)
    assert stats.chisquare(counts, 5000 * np.array([0.5, 0.2, 0.3])).pvalue > 1e-6


def test_a_small_bound_is_refused_with_the_place():
    with pytest.raises(ValueError, match="exceeds log_bound"):
        best_rejection(Normal(0, 1), Normal(0, 2), 0.1).sample(1000, rng=0)
    with pytest.raises(ValueError, match="log_bound"):
        Rejection(Normal(0, 1), lambda x: x[:, 0], math.inf)


def test_same_state_same_draws_and_none_asked():
    rule = best_rejection(Normal(0, 1), Normal(0, 2), math.log(2))
    assert torch.equal(rule.sample(50, rng=5), rule.sample(50, rng=5))
    assert rule.sample(0, rng=5).shape == (0, 1)
