"""W1 of batches of normal mixtures against the one-pair engine, closed forms and SciPy."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr

from divkit import divergence, divergence_batch
from divkit.exact.batch.laws import NormalBatch, NormalMixtureBatch


def drawn(n, k, seed, spread=3.0, widest=3.0):
    rng = np.random.default_rng(seed)
    scales = np.exp(rng.uniform(-math.log(widest), math.log(widest), (n, k)))
    return NormalMixtureBatch(
        rng.dirichlet(np.ones(k), n), rng.uniform(-spread, spread, (n, k)), scales
    )


@pytest.mark.parametrize("k", [2, 3, 5])
def test_as_the_one_pair_engine(k):
    p, q = drawn(6, k, 1), drawn(6, k, 2)
    batch = divergence_batch(p, q, "w1")
    assert list(batch.diagnostics["pairs"]) == ["crossings of distribution functions"]
    assert batch.error.max() < 1e-13
    for i in range(6):
        one = divergence(p.law(i), q.law(i), "w1")
        assert abs(one.value - batch.value[i]) <= one.error + batch.error[i]


def test_as_quad_finds_it():
    p, q = drawn(2, 3, 3), drawn(2, 3, 4)
    batch = divergence_batch(p, q, "w1")
    for i in range(2):

        def gap(x, i=i):
            sides = [(s.weights[i] * ndtr((x - s.locs[i]) / s.scales[i])).sum() for s in (p, q)]
            return abs(sides[0] - sides[1])

        ends = itertools.pairwise(np.linspace(-30, 30, 301))
        parts = np.array([quad(gap, a, b, epsabs=1e-13)[:2] for a, b in ends]).sum(axis=0)
        assert abs(parts[0] - batch.value[i]) <= batch.error[i] + parts[1]


def test_one_way_shifts_move_by_their_length():
    p = drawn(50, 3, 5)
    t = np.linspace(-40, 40, 50)
    q = NormalMixtureBatch(p.weights, p.locs + t[:, None], p.scales)
    batch = divergence_batch(p, q, "w1")
    assert (np.abs(batch.value - np.abs(t)) <= batch.error).all()


def test_equal_and_nearly_equal_laws():
    p = drawn(3, 2, 6)
    near = NormalMixtureBatch(p.weights, p.locs + np.array([[0.0], [1e-9], [1e-3]]), p.scales)
    batch = divergence_batch(p, near, "w1")
    assert (np.abs(batch.value - [0, 1e-9, 1e-3]) <= batch.error + 1e-15).all()
    assert (batch.error < 1e-12).all()


def test_against_a_normal_and_many_scales_apart():
    p = NormalMixtureBatch([[0.5, 0.5]], [[-1e3, 1e3], [0.0, 1.0]], [[1e-3, 1e2], [1e-6, 1.0]])
    q = NormalBatch([0.0, 0.5], [1.0, 1e3])
    batch = divergence_batch(p, q, "w1")
    for i in range(2):
        one = divergence(p.law(i), q.law(i), "w1")
        assert abs(one.value - batch.value[i]) <= one.error + batch.error[i]


def test_workers_change_nothing():
    p, q = drawn(2100, 2, 7), drawn(2100, 2, 8)
    one, two = (divergence_batch(p, q, "w1", workers=w) for w in (1, 2))
    assert (one.value == two.value).all() and (one.error == two.error).all()
