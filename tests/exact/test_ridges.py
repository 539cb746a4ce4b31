"""Ridges: kinks of a mixture's log density, named among the breakpoints or seen by the error."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from divkit.distributions import Affine, Cauchy, Exp, Laplace, Normal, law, mixture, transformed
from divkit.divergences import KL
from divkit.exact.api import divergence
from divkit.exact.quadrature.method import Quadrature
from divkit.exact.quadrature.resolution import Resolution
from divkit.exact.quadrature.rule import SMOOTH

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import ridges_random

WIDE = Normal(-2.3589633031359485, 1.545779577702771)
NARROW = mixture(
    [1 / 12, 1 / 12, 10 / 12],
    [
        Normal(-3.873323712111315, 0.004961352972069239),
        Normal(-0.3735631086902844, 0.0001316274715983824),
        Normal(0.052755026344999845, 1.7336059112110248e-05),
    ],
    normalize=True,
)
TRUTH = 91194.87573931026
MAPS = {"affine": Affine(3.0, -2.0), "exp": Exp()}


def test_the_crossings_of_narrow_components_far_from_both_count():
    found = divergence(WIDE, NARROW, "kl")
    assert abs(found.value - TRUTH) <= found.error <= 1e-9


@pytest.mark.parametrize("name", MAPS)
def test_images_keep_the_ridges(name):
    found = divergence(transformed(WIDE, MAPS[name]), transformed(NARROW, MAPS[name]), "kl")
    assert abs(found.value - TRUTH) <= found.error + 2e-11
    assert found.error <= 1e-6


def test_a_nested_mixture_has_the_ridges_of_a_flat_one():
    a, b, c = NARROW.components
    nested = mixture([1 / 12, 11 / 12], [a, mixture([1 / 11, 10 / 11], [b, c])])
    found = divergence(WIDE, nested, "kl")
    assert abs(found.value - TRUTH) <= found.error <= 1e-9


def test_kinks_that_no_breakpoint_names_are_in_the_error():
    peaks = [(c.loc, c.scale) for c in NARROW.components]
    silent = law(lambda x: NARROW.log_prob(x), features=peaks)
    assert silent.ridges == ()
    found = Quadrature()(WIDE, silent, KL)
    assert abs(found.value - TRUTH) <= found.error <= 1e-4


def test_a_ridge_of_two_normals_is_the_root_of_their_quadratic():
    low, high = mixture([0.5, 0.5], [Normal(-1, 1e-3), Normal(3, 2e-3)]).ridges
    for ridge in (low, high):
        x = ridge.center[0]
        left = -0.5 * ((x + 1) / 1e-3) ** 2 - math.log(1e-3)
        right = -0.5 * ((x - 3) / 2e-3) ** 2 - math.log(2e-3)
        assert left == pytest.approx(right, rel=1e-12)
        slope = abs((x + 1) / 1e-6 - (x - 3) / 4e-6)
        assert ridge.scale[0] == pytest.approx(1 / slope, rel=1e-9)


@pytest.mark.parametrize("family", [Laplace, Cauchy])
def test_ridges_of_other_families_are_where_the_components_are_equal(family):
    parts = [family(-1, 1e-6), family(3, 1e-3)]
    ridges = mixture([0.2, 0.8], parts).ridges
    assert family is Cauchy or len(ridges) == 2
    for ridge in ridges:
        logs = [float(part.log_prob(ridge.center[0])[0]) for part in parts]
        assert logs[0] + math.log(0.2) == pytest.approx(logs[1] + math.log(0.8), rel=1e-9)


def test_gentle_mixtures_have_no_ridges():
    assert mixture([0.3, 0.7], [Normal(-2, 0.5), Normal(0, 1)]).ridges == ()
    assert mixture([0.5, 0.5], [Laplace(0, 1), Laplace(2, 0.3)]).ridges == ()


SHAPES = {
    "kink": (lambda t: np.maximum(t, 0.0), lambda t: np.maximum(t, 0.0) ** 2 / 2),
    "jump": (lambda t: (t > 0) * 1.0, lambda t: np.maximum(t, 0.0)),
    "bend": (lambda t: np.maximum(t, 0.0) ** 2, lambda t: np.maximum(t, 0.0) ** 3 / 3),
    "cusp": (
        lambda t: np.sqrt(np.abs(t)),
        lambda t: np.sign(t) * np.abs(t) ** 1.5 / 1.5,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_place_of_a_kink_hides_it(shape):
    value, primitive = SHAPES[shape]
    edge = 1 - 1e-9
    nodes, ends = SMOOTH[0], np.array([-edge, edge])
    rule = Resolution(*SMOOTH, edge)
    near = np.geomspace(1e-6, 0.1, 500)
    c = np.concatenate([np.linspace(-0.999, 0.999, 4001), 1 - near, near - 1])[:, None]
    values = value(nodes - c)
    integral, apart = rule.integral(values)
    hidden = rule.unseen(values, 0 * values, value(ends - c), np.zeros((len(c), 2)))
    error = np.abs(integral - (primitive(1 - c) - primitive(-1 - c))[:, 0])
    assert (error <= np.maximum(apart, hidden) + 1e-15).all()
    if shape != "cusp":
        assert (error > 100 * apart + 1e-12).any()  # the difference of two rules is blind to some


def test_a_smooth_integrand_is_judged_as_before():
    nodes = SMOOTH[0]
    rule = Resolution(*SMOOTH, 1.0)
    for pole in (1.5, 1.8, 2.2, 3.0):
        z = 0.5 * (pole + 1 / pole)
        values = 1 / (z - nodes)[None]
        apart = rule.integral(values)[1]
        hidden = rule.unseen(
            values, 0 * values, 1 / (z - np.array([[-1.0, 1.0]])), 0 * values[:, :2]
        )
        assert hidden <= 10 * apart


@pytest.mark.sweep(3)
@pytest.mark.parametrize("seed", range(302, 307))
def test_random_pairs_have_no_silent_error(seed):
    torch.set_num_threads(1)
    outcome, _, text = ridges_random.run(seed)
    assert outcome != "silent", text
