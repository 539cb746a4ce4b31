"""Maximum likelihood: log densities that autograd follows, the optimum by moments, descent."""

import itertools
import math

import numpy as np
import pytest
import torch
from generator_instances import GENERATORS, label

from divkit.distributions import FiniteLaw, Normal, mixture, ring
from divkit.generators import (
    AffineGenerator,
    CategoricalGenerator,
    MixtureGenerator,
    MLPGenerator,
    standard_normal,
)
from divkit.training.systems.likelihood import Explicit, LikelihoodDescent, population

TWO = mixture((0.33, 0.67), (Normal(-1.0, 0.25), Normal(2.0, 2**0.5)))
EXPLICIT = [g for g in GENERATORS if isinstance(g, Explicit)]


def at(*numbers):
    return torch.tensor(numbers, dtype=torch.float64)


@pytest.mark.parametrize("generator", EXPLICIT, ids=label)
def test_the_log_density_is_that_of_the_law_and_autograd_follows_it(generator):
    theta = generator.start(np.random.default_rng(2))
    if generator.latent.dim != generator.dim and not isinstance(generator, CategoricalGenerator):
        with pytest.raises(ValueError, match="not invertible"):
            generator.log_density(theta, torch.zeros(1, generator.dim))
        return
    law = generator.law(theta)
    x = law.sample(6, 3)
    assert generator.log_density(theta, x).detach().numpy() == pytest.approx(
        law.log_prob(x).detach().numpy(), abs=1e-11
    )
    moved = theta.clone().requires_grad_()
    (slope,) = torch.autograd.grad(generator.log_density(moved, x).sum(), moved)
    h = 1e-5 * torch.eye(generator.size, dtype=torch.float64)
    with torch.no_grad():
        sums = [
            (generator.log_density(theta + e, x) - generator.log_density(theta - e, x)).sum()
            for e in h
        ]
    assert slope.numpy() == pytest.approx(np.array(sums) / 2e-5, rel=1e-5, abs=1e-6)


def test_the_best_normal_fit_matches_two_moments():
    *_, last = LikelihoodDescent()(TWO, AffineGenerator(), at(0.0, 1.0))
    mean, variance = float(TWO.mean[0]), float(TWO.covariance[0, 0])
    assert last.theta.tolist() == pytest.approx([mean, math.sqrt(variance)], abs=1e-7)
    assert last.divergences["kl"].value == pytest.approx(0.2880926915, abs=1e-9)


def test_the_objective_is_entropy_and_kl_and_falls():
    path = list(LikelihoodDescent()(TWO, AffineGenerator(), at(0.0, 1.0)))
    entropy = [s.objective.value - s.divergences["kl"].value for s in path]
    assert entropy == pytest.approx([entropy[0]] * len(path), abs=1e-12)
    values = [s.objective.value for s in path]
    assert all(after <= before for before, after in itertools.pairwise(values))


def test_the_family_that_holds_the_data_finds_them():
    *_, last = LikelihoodDescent()(TWO, MixtureGenerator(2), at(0.0, 0.0, -1.5, 3.0, -1.0, 0.2))
    assert last.js.value < 1e-14
    die = FiniteLaw((0.0, 1.0, 2.0), (0.5, 0.2, 0.3))
    *_, last = LikelihoodDescent()(die, CategoricalGenerator((0.0, 1.0, 2.0)), at(0.0, 1.0, -1.0))
    assert last.js.value < 1e-14


def test_a_sample_is_fitted_by_its_own_moments():
    x = TWO.sample(500, 4)
    *_, last = LikelihoodDescent()(TWO, AffineGenerator(), at(0.0, 1.0), on=x)
    wanted = [float(x.mean()), float(x.std(correction=0))]
    assert last.theta.tolist() == pytest.approx(wanted, abs=1e-7)
    assert last.objective.kind == "standard error"
    plane = AffineGenerator(standard_normal(2), dim=2, full=True)
    y = ring().sample(300, 1)
    *_, last = LikelihoodDescent()(ring(), plane, at(0.0, 0.0, 1.0, 0.2, -0.1, 1.0), on=y)
    covariance = plane.law(last.theta).covariance
    assert covariance == pytest.approx(np.cov(y.numpy().T, bias=True), abs=1e-6)


def test_the_population_carries_its_moments():
    x, weight = population(TWO)
    assert float(weight.sum()) == pytest.approx(1.0, abs=1e-13)
    assert float((weight * x[:, 0]).sum()) == pytest.approx(1.01, abs=1e-12)


@pytest.mark.parametrize(
    ("make", "kind", "word"),
    [
        (lambda: LikelihoodDescent(steps=0), ValueError, "steps"),
        (lambda: LikelihoodDescent(tolerance=-1.0), ValueError, "tolerance"),
        (lambda: next(LikelihoodDescent()(TWO, MLPGenerator(), at(0.0))), TypeError, "log_dens"),
        (lambda: population(ring()), ValueError, "on= a sample"),
        (
            lambda: next(
                LikelihoodDescent()(TWO, AffineGenerator(), at(0.0, 1.0), on=torch.zeros(3))
            ),
            ValueError,
            "sample",
        ),
    ],
)
def test_what_cannot_be_fitted_is_refused(make, kind, word):
    with pytest.raises(kind, match=word):
        make()
