"""Batches on several threads: the same bits, and the errors that they had."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from divkit.exact.batch.api import divergence_batch
from divkit.exact.batch.laws import NormalMixtureBatch

numba_only = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="needs numba")


def mixtures(n, components=3, seed=7):
    rng = np.random.default_rng(seed)
    shape = (n, components)
    return [
        NormalMixtureBatch(
            rng.dirichlet(np.ones(components), n),
            rng.uniform(-3, 3, shape),
            np.exp(rng.uniform(-1.2, 1.1, shape)),
        )
        for _ in range(2)
    ]


@pytest.mark.parametrize("engine", ["numpy", pytest.param("numba", marks=numba_only)])
def test_results_do_not_depend_on_the_number_of_workers(engine):
    p, q = mixtures(2300)
    alone = divergence_batch(p, q, "js", engine=engine)
    for workers in (2, 3, 8):
        shared = divergence_batch(p, q, "js", engine=engine, workers=workers)
        assert np.array_equal(shared.value, alone.value)
        assert np.array_equal(shared.error, alone.error)
        assert shared.diagnostics["nodes"] == alone.diagnostics["nodes"]


@numba_only
def test_a_pair_is_the_same_wherever_it_stands():
    p, q = mixtures(1500)
    whole = divergence_batch(p, q, "js", engine="numba")
    rows = np.array([3, 700, 1023, 1024, 1499])
    few = [
        NormalMixtureBatch(side.weights[rows], side.locs[rows], side.scales[rows])
        for side in (p, q)
    ]
    part = divergence_batch(*few, "js", engine="numba")
    assert np.array_equal(part.value, whole.value[rows])


def test_no_workers_are_refused():
    p, q = mixtures(3)
    with pytest.raises(ValueError, match="workers must be 1 or more"):
        divergence_batch(p, q, "js", workers=0)
