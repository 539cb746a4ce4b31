"""Mutual information by neighbours, on laws whose truth comes by another road."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import special

import divkit
from divkit.distributions import MultivariateNormal, MultivariateStudentT, Normal, StudentT
from divkit.distributions.compose.product import Product
from divkit.estimators.information.neighbours import Kraskov
from divkit.problems.information_tasks import TASKS, additive_noise, gaussian


def test_there_are_at_least_twelve_tasks():
    assert len(TASKS) >= 12
    assert all(task.truth > 0 for task in TASKS.values())


@pytest.mark.slow
def test_truths_of_the_base_laws_by_quadrature():
    """KL of the joint law against the product of its margins."""
    scale = ((1.0, 0.75), (0.75, 1.0))
    normal = divkit.kl_divergence(
        MultivariateNormal((0.0, 0.0), scale), Product((Normal(), Normal()))
    )
    assert TASKS["gaussian-1x1"].truth == pytest.approx(normal.value, abs=1e-9)
    heavy = divkit.kl_divergence(
        MultivariateStudentT(1.0, (0.0, 0.0), scale),
        Product((StudentT(1, 0, 1), StudentT(1, 0, 1))),
        method="tensor", tolerance=1e-4,
    )  # fmt: skip
    assert TASKS["student-dense-1x1-df1"].truth == pytest.approx(
        heavy.value, abs=heavy.error + 1e-3
    )


@pytest.mark.parametrize("width", [0.1, 0.5, 0.75])
def test_additive_noise_by_the_entropy_of_a_trapezoid(width):
    """h(y) − h(u), the density of y integrated on a grid."""
    y = np.linspace(-width, 1 + width, 400_001)
    density = (np.minimum(y + width, 1) - np.maximum(y - width, 0)).clip(0) / (2 * width)
    entropy = -special.xlogy(density, density).sum() * (y[1] - y[0])
    truth = additive_noise("noise", width).truth
    assert truth == pytest.approx(entropy - math.log(2 * width), abs=1e-4)


LIGHT = [name for name in TASKS if "1x1" in name and not name.startswith("student")]


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("name", LIGHT)
def test_one_dimension_each_is_near_the_truth(name, variant):
    """Within 6 errors (2e-9) and a bias of a tenth, at n = 1,500."""
    task = TASKS[name]
    result = Kraskov(variant=variant)(*task.sample(1500, 0))
    assert abs(result.value - task.truth) <= 6 * result.error + 0.1 * task.truth


@pytest.mark.parametrize("name", [name for name in TASKS if "1x1" in name])
def test_ranks_serve_heavy_tails(name):
    """Within 6 errors (2e-9) and a bias of a tenth, at n = 1,500, Cauchy margins too."""
    task = TASKS[name]
    result = Kraskov(k=3, ranks=True)(*task.sample(1500, 0))
    assert abs(result.value - task.truth) <= 6 * result.error + 0.1 * task.truth


def test_ranks_forget_the_margins():
    x, y = TASKS["gaussian-sparse-2x2"].sample(300, 0)
    plain = Kraskov(ranks=True)(x, y).value
    assert Kraskov(ranks=True)(np.exp(x), np.arctan(y)).value == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("variant", [1, 2])
def test_independence_is_near_zero(variant):
    task = gaussian("independent", np.eye(2), 1)
    result = Kraskov(variant=variant)(*task.sample(1500, 1))
    assert abs(result.value) <= 6 * result.error + 0.02


def test_swaps_shifts_and_scales_do_not_matter():
    x, y = TASKS["gaussian-1x1"].sample(400, 0)
    plain = Kraskov()(x, y).value
    assert Kraskov()(y, x).value == pytest.approx(plain, rel=1e-12)
    assert Kraskov()(1e8 + x, 1e200 * y).value == pytest.approx(plain, abs=5e-3)
    rows = np.random.default_rng(0).permutation(400)
    assert Kraskov()(x[rows], y[rows]).value == pytest.approx(plain, rel=1e-12)


def test_counts_against_all_pairs_by_hand():
    x, y = TASKS["gaussian-1x1"].sample(60, 2)
    dx, dy = np.abs(x - x.T), np.abs(y - y.T)
    sx, sy = (np.abs(s - np.median(s)).mean() for s in (x, y))
    joint = np.maximum(dx / sx, dy / sy) + np.diag(np.full(60, np.inf))
    edge = np.sort(joint, axis=1)[:, 2]
    held = [((d / s < edge[:, None]).sum(axis=1) - 1) for d, s in ((dx, sx), (dy, sy))]
    terms = special.digamma(3) + special.digamma(60)
    expected = terms - (special.digamma(held[0] + 1) + special.digamma(held[1] + 1)).mean()
    assert Kraskov(k=3)(x, y).value == pytest.approx(expected, rel=1e-12)


def test_errors():
    x, y = TASKS["gaussian-1x1"].sample(50, 0)
    with pytest.raises(ValueError, match="pairs, row by row; got 50 and 49"):
        Kraskov()(x, y[1:])
    with pytest.raises(ValueError, match="x needs more than 5 rows"):
        Kraskov()(x[:4], y[:4])
    with pytest.raises(ValueError, match=r"values repeat in column 0 of y.*jitter="):
        Kraskov()(x, np.round(y))
    with pytest.raises(ValueError, match="variant must be"):
        Kraskov(variant=3)
    with pytest.raises(ValueError, match="k must be"):
        Kraskov(k=0)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_function_has_infinite_information_and_no_interval_with_two_sides(noise):
    rng = np.random.default_rng(4)
    x = rng.normal(size=300)
    result = divkit.mutual_information(x, np.sin(3 * x) + noise * rng.normal(size=300))
    assert (result.one_sided == "lower") == (noise == 0)
    assert any("function of the other" in line for line in result.warnings) == (noise == 0)


def test_frames_in_another_order_are_no_pairs():
    x = pd.Series(np.random.default_rng(0).normal(size=50))
    with pytest.raises(ValueError, match="indexes differ"):
        divkit.mutual_information(x.sort_values(), x > 0)
