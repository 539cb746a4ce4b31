"""Which models have a say: near the best, no stiffer or steady, and told in one sentence."""

import math
from dataclasses import replace

import numpy as np
import pytest

import divkit
from divkit.divergences import JS, KL
from divkit.estimators.common.pooled import pooled
from divkit.estimators.common.ridge_path import Fit, newton, ridge_path
from divkit.estimators.kernel_logistic.choice import (
    LOOSER,
    PLAUSIBLE,
    STEADY,
    choose,
    keep,
    left_out_loss,
)
from divkit.estimators.kernel_logistic.designs import designs
from divkit.samples import two_samples

RIDGES = (0.05, 0.005, 5e-4, 5e-5)


@pytest.fixture(scope="module")
def pool():
    rng = np.random.default_rng(3)
    return pooled(two_samples(rng.normal(size=(200, 2)), 0.7 + rng.normal(size=(200, 2))))


@pytest.fixture(scope="module")
def made(pool):
    return list(designs(pool, 40, (0.5, 1.0), np.random.default_rng(0)))


@pytest.fixture(scope="module")
def fits(pool, made):
    return [fit for design in made for fit in ridge_path(design, pool, RIDGES)]


def moved(fit: Fit, pool, row: int, by: float) -> Fit:
    """The fit with one left-out logit moved."""
    left_out = fit.left_out.copy()
    left_out[row] += by
    return replace(fit, left_out=left_out)


def test_a_path_is_the_fits_from_a_cold_start(pool, made):
    """The matrix kept from step to step and ridge to ridge leads to the same minimum."""
    for design in made[:2]:
        for ridge, fit in zip(RIDGES, ridge_path(design, pool, RIDGES), strict=True):
            theta, _ = newton(design, pool, ridge, np.zeros(design.features.shape[1]))
            assert np.abs(fit.logit - design.features @ theta).max() < 0.02


def test_a_bounded_divergence_takes_softer_models_loosely(pool, fits):
    choice = choose(JS, pool, fits, 0.4)
    assert choice.best is min(fits, key=lambda fit: left_out_loss(fit, pool))
    assert choice.kept == choice.plausible == keep(fits, pool, LOOSER * 0.4)
    assert choice.best in choice.kept and len(choice.kept) < choice.tried == len(fits)
    assert min(fit.parameters for fit in choice.kept) == choice.best.parameters


def test_an_unbounded_one_takes_stiffer_models_too_if_steady(pool, fits):
    """A soft model is made the best by left-out logits that are a little better than its own."""
    soft = max(fits, key=lambda fit: fit.parameters)
    best = replace(soft, left_out=soft.logit + 0.3 * pool.sign)
    choice, bounded = (choose(row, pool, [*fits, best], 50.0) for row in (KL, JS))
    assert choice.best is bounded.best is best
    near = keep([*fits, best], pool, 50.0, regularised=True)
    assert set(map(id, choice.kept)) < set(map(id, choice.plausible)) <= set(map(id, near))
    assert any(fit.parameters < best.parameters for fit in choice.plausible)
    assert all(fit.parameters >= best.parameters for fit in bounded.kept)


def test_a_model_that_one_row_of_y_refutes_has_no_say_in_kl(pool, fits):
    """The row's payoff −e^l grows until it makes the error: its model leaves in two stages."""
    row = int(np.flatnonzero(pool.sign < 0)[-1])
    best = choose(KL, pool, fits, 1.0).best

    def places(by: float) -> tuple[bool, bool]:
        twin = moved(best, pool, row, by)
        choice = choose(KL, pool, [*fits, twin], 50.0)
        return twin in choice.kept, twin in choice.plausible

    found = [places(by) for by in np.linspace(0, 12, 49)]
    assert found[0] == (True, True) and found[-1] == (False, False)
    assert (False, True) in found and (True, False) not in found
    assert STEADY < PLAUSIBLE


def test_the_choice_is_told_with_its_reason():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(300, 1)), 1 + rng.normal(size=(300, 1))
    for kind, limit in (("js", "1.5"), ("kl", "1")):
        words = divkit.estimate(x, y, kind).diagnostics["choice"]
        assert f" models: left-out likelihood within {limit} standard errors" in words
        assert "kernels of width" in words


def test_no_model_is_refused_for_want_of_finite_values(pool, fits):
    """Overflow of e^l in one model leaves it out and raises nothing."""
    row = int(np.flatnonzero(pool.sign < 0)[0])
    wild = moved(fits[0], pool, row, 2000.0)
    choice = choose(KL, pool, [*fits, wild], math.inf)
    assert wild not in choice.plausible and choice.kept
