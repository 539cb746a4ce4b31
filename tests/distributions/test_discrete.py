"""Finite laws: probabilities are looked up exactly, draws and moments agree with them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from divkit.distributions.compose.mixed import MixedLaw
from divkit.distributions.compose.mixture import Mixture, mixture
from divkit.distributions.compose.product import Product
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.discrete import FiniteLaw, bernoulli, categorical
from divkit.distributions.support import Atoms

FALSE_ALARM = 1e-6
LAW = FiniteLaw([[0, 0], [0, 1], [2, -1.5], [0.1, 0.2]], [0.1, 0.2, 0.0, 0.7])


def test_log_probabilities_and_minus_infinity_elsewhere():
    x = [[0.1, 0.2], [0, 0], [-0.0, 1], [2, -1.5], [0.1, 0.2000001], [math.nan, 0], [math.inf, 0]]
    logs = LAW.log_prob(x)
    np.testing.assert_allclose(logs[:3], np.log([0.7, 0.1, 0.2]), rtol=1e-15)
    assert (logs[3:] == -math.inf).all()


def test_an_atom_of_probability_zero_is_none():
    assert LAW.support == Atoms(((0.0, 0.0), (0.0, 1.0), (0.1, 0.2)))
    assert LAW.probs == (0.1, 0.2, 0.7)


def test_draws_are_atoms_in_their_shares():
    draws = LAW.sample(20_000, rng=0)
    counts = np.bincount(LAW.index(draws).numpy(), minlength=3)
    assert counts.sum() == 20_000
    assert stats.chisquare(counts, 20_000 * np.array(LAW.probs)).pvalue > FALSE_ALARM
    assert torch.equal(LAW.sample(9, rng=1), LAW.sample(9, rng=1))


def test_moments_are_those_of_weighted_points():
    points = np.array(LAW.atoms)
    np.testing.assert_allclose(LAW.mean, np.average(points, axis=0, weights=LAW.probs), rtol=1e-15)
    wanted = np.cov(points.T, aweights=LAW.probs, ddof=0)
    np.testing.assert_allclose(LAW.covariance, wanted, rtol=1e-12)


def test_categorical_and_bernoulli():
    assert categorical([0.25, 0.75]) == bernoulli(0.75)
    assert bernoulli(1.0).support == Atoms(((1.0,),))
    assert bernoulli(0.5).log_prob(np.array([0.0, 1.0, 0.5])).tolist()[2] == -math.inf


def test_lookup_among_many_atoms():
    rng = np.random.default_rng(0)
    atoms = rng.normal(size=(5000, 3))
    law = FiniteLaw(atoms, np.full(5000, 1 / 5000))
    order = rng.permutation(5000)
    np.testing.assert_array_equal(law.index(torch.as_tensor(atoms[order])).numpy(), order)


def test_mixtures_and_products_of_finite_laws():
    mixed = mixture([0.5, 0.5], [bernoulli(0.5), categorical([0.5, 0.0, 0.5])])
    assert isinstance(mixed, Mixture)
    np.testing.assert_allclose(np.exp(mixed.log_prob([0.0, 1.0, 2.0, 3.0])), [0.5, 0.25, 0.25, 0])
    both = Product((bernoulli(0.25), bernoulli(0.5)))
    assert len(both.support.atoms) == 4
    np.testing.assert_allclose(np.exp(both.log_prob([[1, 0], [0, 2]])), [0.125, 0])
    beside = mixture([0.5, 0.5], [bernoulli(0.5), Normal()])
    assert isinstance(beside, MixedLaw)
    np.testing.assert_allclose(beside.log_prob([0.0, 1.0]), np.log(0.25), rtol=1e-15)


@pytest.mark.parametrize(
    ("atoms", "probs", "words"),
    [
        ([[0, 1], [1, 0], [0, 1]], [0.2, 0.3, 0.5], r"row 2 repeats row 0, \[0.0, 1.0\]"),
        ([0, -0.0], [0.5, 0.5], "distinct"),
        ([0, math.nan], [0.5, 0.5], r"row 1 is \[nan\]"),
        ([0, 1], [0.5, 0.6], "probs must sum to 1"),
        ([0, 1], [1.5, -0.5], "got -0.5 at place 1"),
        ([0, 1, 2], [0.5, 0.5], "3 atoms for 2 probs"),
        ([], [], "atoms must have shape"),
    ],
)
def test_errors(atoms, probs, words):
    with pytest.raises(ValueError, match=words):
        FiniteLaw(atoms, probs)


def test_bernoulli_needs_a_probability():
    with pytest.raises(ValueError, match=r"p must be in \[0, 1\]; got 1.5"):
        bernoulli(1.5)
