"""Structure that smooth models do not resolve: no interval with two sides is stated there."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import divkit
from divkit.estimators.common.pooled import pooled
from divkit.estimators.common.ridge_path import Fit
from divkit.estimators.common.unseen import fewer_dimensions, neighbours_agree
from divkit.samples import two_samples
from divkit.samples.dimension import intrinsic_dimension


def circle(n, rng):
    t = rng.normal(size=n)
    return np.column_stack([np.cos(t), np.sin(t)])


def comb(n, rng):
    """Rows of the density 1 + sin(300 u) on [0, 1]."""
    u = rng.random(4 * n)
    return u[rng.random(4 * n) < 0.5 + 0.5 * np.sin(300 * u)][:n, None]


def body(n, rng, weight):
    height, mass = rng.normal(1.7, 0.1, n), rng.normal(weight, 10, n)
    return np.column_stack([height, mass, mass / height**2])


SINGULAR = {  # samples, words, the true JSD
    "circle and normal": (lambda r: (circle(300, r), r.normal(size=(300, 2))), math.log(2)),
    "two circles": (lambda r: (circle(300, r) + 1e-3, circle(300, r)), math.log(2)),
    "body mass index": (lambda r: (body(700, r, 70), body(700, r, 80)), 0.111421482184736),
    "comb": (lambda r: (comb(1500, r), r.random((1500, 1))), 0.08878827769956),
}  # fmt: skip


@pytest.mark.parametrize("name", SINGULAR)
def test_what_models_cannot_see_leaves_the_lower_limit_alone(name):
    draw, truth = SINGULAR[name]
    result = divkit.estimate(*draw(np.random.default_rng(7)), "js")
    assert result.one_sided == "lower" and math.isinf(result.error)
    assert result.interval[0] <= truth <= result.interval[1]
    words = {"comb": "near neighbours are of one kind"}.get(name, "lie near a set of")
    assert any(words in line for line in result.warnings)


@pytest.mark.slow
def test_a_known_law_without_the_rows_curve_is_one_sided():
    law = divkit.MultivariateNormal([0.0, 0.0], np.eye(2))
    result = divkit.estimate(law, circle(300, np.random.default_rng(3)), "js")
    assert result.one_sided == "lower" and result.interval[1] >= math.log(2) - 1e-12


def test_neighbours_agree_at_the_true_ratio_no_more_than_chance_says():
    # 40 draws × 3 ranges at 6 standard deviations: false alarms of 1.2e-7
    rng = np.random.default_rng(11)
    for _ in range(40):
        x, y = rng.normal(size=(200, 2)), rng.normal(0.7, 1.0, size=(300, 2))
        pair = two_samples(x, y)
        pool = pooled(pair)
        rows = np.concatenate([x, y])[pool.place]
        truth = (0.5 * ((rows - 0.7) ** 2 - rows**2)).sum(axis=1)
        fit = Fit("truth", 0.0, truth, truth, truth, 1.0, np.zeros(1))
        doubt = neighbours_agree(pool, [fit])
        assert doubt is None or float(doubt.reason.split("(")[1].split()[0]) < 6
    flat = replace(fit, left_out=np.zeros(500))
    assert neighbours_agree(pool, [flat]) and not neighbours_agree(pool, [flat, fit])


@pytest.mark.parametrize("d", [2, 3, 5, 10])
def test_densities_fill_their_columns(d):
    # at five errors and half a dimension: a false alarm is below 3e-7 for each sample
    rng = np.random.default_rng(d)
    for rows in (
        rng.normal(size=(1500, d)),
        rng.standard_t(3, size=(1500, d)),
        np.exp(1.5 * rng.normal(size=(1500, d))),
        rng.standard_cauchy((1500, d)),
        rng.random((1500, d)) @ rng.normal(size=(d, d)),
    ):
        found = intrinsic_dimension(rows)
        assert not found.thin and 0.7 * d < found.value < 1.2 * d


def test_sets_of_fewer_dimensions_are_found_whatever_their_shape():
    rng = np.random.default_rng(0)
    t, u = rng.normal(size=(2, 1500))
    for rows, dim in (
        (np.column_stack([t, t**2]), 1),
        (np.column_stack([t, np.abs(t)]), 1),
        (np.column_stack([t, u, np.hypot(t, u)]), 2),
        (np.column_stack([np.exp(t), u, t * u]), 2),
    ):
        found = intrinsic_dimension(rows)
        assert found.thin and abs(found.value - dim) < 0.25


def test_rows_on_a_lattice_or_twice_have_no_answer():
    rng = np.random.default_rng(1)
    assert intrinsic_dimension(np.round(rng.normal(size=(500, 2)), 1)) is None
    assert intrinsic_dimension(np.repeat(rng.normal(size=(200, 2)), 2, axis=0)) is None
    assert intrinsic_dimension(rng.normal(size=(50, 1))) is None
    counts = rng.poisson(300, 1500) + 0.0
    assert intrinsic_dimension(np.column_stack([counts, rng.normal(size=1500)])) is None


def test_narrow_bands_with_a_density_are_no_curves():
    rng = np.random.default_rng(2)
    t = rng.uniform(0, 2 * np.pi, 2000)
    ring = np.column_stack([np.cos(t), np.sin(t)]) + 0.1 * rng.normal(size=(2000, 2))
    pool = pooled(two_samples(ring, rng.normal(size=(2000, 2))))
    assert fewer_dimensions(pool) is None


def test_rows_on_a_plane_beside_rows_that_are_not():
    rng = np.random.default_rng(0)
    a, b, e = rng.normal(size=(3, 500))
    result = divkit.estimate(np.column_stack([a, a]), np.column_stack([b, b + 0.1 * e]), "js")
    assert result.one_sided == "lower" and result.interval[0] <= math.log(2)


@pytest.mark.parametrize(
    ("x", "y", "kind", "words"),
    [
        (
            lambda r: r.normal(size=(60, 3)),
            lambda r: r.normal(size=(60, 3)),
            "w1",
            "is a Sinkhorn",
        ),
        (
            lambda r: r.standard_cauchy(500),
            lambda r: r.normal(size=500),
            "energy",
            "tail of shape",
        ),
        (lambda r: r.standard_cauchy(500), lambda r: r.normal(size=500), "w1", "tail of shape"),
    ],
)
def test_metrics_whose_error_is_not_known_state_none(x, y, kind, words):
    rng = np.random.default_rng(0)
    result = divkit.estimate(x(rng), y(rng), kind)
    assert math.isinf(result.error) and any(words in line for line in result.warnings)
    assert math.isinf(result.interval[1])


def test_labels_of_two_types_are_no_disjoint_laws():
    with pytest.raises(TypeError, match="holds bytes and column 0 of y str"):
        divkit.estimate([b"a", b"b"] * 30, ["a", "b"] * 30, "js")


def test_labels_that_change_faster_than_models_leave_a_lower_limit():
    day = np.random.default_rng(0).random(600) * 84
    label = np.where(day // 1 % 7 < 5, "week", "end")  # a function: I = H(5/7) = .598 nats
    result = divkit.mutual_information(day, label)
    assert result.one_sided == "lower" and result.interval[0] <= 0.598 <= result.interval[1]
