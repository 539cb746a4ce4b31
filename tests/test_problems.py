"""Named pairs: the divergences that their notes state, and truths that maps do not change."""

from __future__ import annotations

import math

import numpy as np
import pytest

from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import Product
from divkit.distributions.families.normal import Normal
from divkit.distributions.maps.scalar import Affine, Asinh, Exp, Power, Sinh, Tanh
from divkit.distributions.maps.space import Bend, Linear, Twist, Widen
from divkit.distributions.toys import ring
from divkit.exact.api import divergence
from divkit.exact.tensor.method import TensorQuadrature
from divkit.problems import PROBLEMS, Problem
from divkit.registry import UnknownNameError


@pytest.mark.parametrize("name", PROBLEMS)
def test_pairs_are_sound(name):
    problem = PROBLEMS[name]
    assert problem.name == name and problem.note
    x, y = problem.p.sample(50, rng=0), problem.q.sample(50, rng=1)
    assert x.shape == y.shape == (50, problem.dim)
    for law, draws in ((problem.p, x), (problem.q, y)):
        assert np.isfinite(law.log_prob(draws.numpy())).all()
    assert not np.isnan(problem.q.log_prob(x.numpy())).any()


@pytest.mark.parametrize(
    ("name", "kind", "value", "digits"),
    [
        ("shift1", "js", 0.111421482185, 5e-13),
        ("scale3", "js", 0.186494019081, 5e-13),
        ("shift6", "kl", 18.0, 1e-13),
        ("shift20", "kl", 2.5, 1e-13),
        ("ar5_vs_equicorrelated", "kl", 1.00746, 5e-6),
        ("bimodal_vs_laplace", "kl", 0.257567, 5e-7),
        ("student3_vs_cauchy", "kl", 0.113408, 5e-7),
        ("uniform_overlap", "js", 0.5 * math.log(2), 1e-15),
        ("uniform_disjoint", "js", math.log(2), 1e-15),
        ("needle", "js", math.log(2), 1e-15),
    ],
)
def test_values_that_are_known(name, kind, value, digits):
    problem = PROBLEMS[name]
    result = divergence(problem.p, problem.q, kind)
    assert abs(result.value - value) <= digits + result.error


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    "name",
    [
        "ring8_vs_matched_normal",
        "spiral_vs_matched_normal",
        "tight_spiral_vs_matched_normal",
        "moons_vs_matched_normal",
        "banana3_vs_normal",
        "banana10_vs_normal",
    ],
)
def test_matched_pairs_have_equal_moments(name):
    """Over 200,000 draws, each second moment within 6 standard errors (2e-9 each)."""
    problem = PROBLEMS[name]
    draws = problem.p.sample(200_000, rng=0).numpy() - problem.q.mean
    assert (np.abs(draws.mean(axis=0)) <= 6 * draws.std(axis=0) / math.sqrt(200_000)).all()
    products = draws[:, :, None] * draws[:, None, :]
    gap = np.abs(products.mean(axis=0) - problem.q.covariance)
    assert (gap <= 6 * products.std(axis=0) / math.sqrt(200_000)).all()


def test_idle_coordinates_add_nothing():
    """Ten dimensions by quasi-Monte Carlo against the two that differ by quadrature: 5 errors."""
    problem = PROBLEMS["banana10_vs_normal"]
    plane = divergence(problem.p.factors[0], Product((Normal(0, 1), Normal(0, 1.5**0.5))), "js")
    assert plane.kind == "quadrature"
    whole = divergence(problem.p, problem.q, "js")
    assert abs(whole.value - plane.value) <= 5 * whole.error + plane.error <= 1e-3


@pytest.mark.sweep(4)
@pytest.mark.parametrize(
    "map", [Affine(3.0, -0.5), Exp(), Tanh(), Sinh(), Asinh(), Power(3)], ids=repr
)
@pytest.mark.parametrize("name", ["shift1", "mixture3_vs_mixture2", "bimodal_vs_laplace"])
@pytest.mark.parametrize("kind", ["js", "kl", "tv"])
def test_maps_of_the_line_leave_the_truth_alone(name, map, kind):
    """Quadrature in the new variable against the value in the old one."""
    problem = PROBLEMS[name]
    plain = divergence(problem.p, problem.q, kind)
    mapped = problem.mapped(map)
    moved = divergence(mapped.p, mapped.q, kind, method="quadrature")
    assert abs(plain.value - moved.value) <= plain.error + moved.error
    assert moved.error <= 1e-12
    assert repr(map) in mapped.name and mapped.note == problem.note


@pytest.mark.parametrize(
    "map", [Linear([[2, 1], [0, -0.5]], [1, 2]), Bend(0.5), Twist(0.7), Widen(), Asinh()], ids=repr
)
def test_maps_of_the_plane_leave_the_truth_alone(map):
    """Quadrature in the new variables: within a mixture of one, the common map is not seen."""
    problem = PROBLEMS["shift2d"]
    mapped = problem.mapped(map)
    method = TensorQuadrature(tolerance=1e-7)
    moved = divergence(mixture([1.0], [mapped.p]), mapped.q, "js", method=method)
    plain = divergence(problem.p, problem.q, "js")
    assert abs(plain.value - moved.value) <= plain.error + moved.error
    assert moved.error <= 1e-6


def test_swapping_swaps():
    problem = PROBLEMS["scale3"].swapped()
    assert (problem.p, problem.q) == (Normal(0, 3), Normal(0, 1))


def test_errors():
    with pytest.raises(ValueError, match="one dimension; got 1 and 2"):
        Problem("odd", Normal(), ring())
    with pytest.raises(UnknownNameError, match="shift1"):
        PROBLEMS["shift"]
