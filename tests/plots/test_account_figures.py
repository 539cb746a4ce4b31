"""D beside D*, the budget's bars and the training's curve draw the right numbers."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from scipy import stats

from divkit.critics import Budget, Mark, Polynomial, Recorder, train, training_points
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.distributions import MultivariateNormal, Normal, Uniform
from divkit.plots import (
    draw_budget,
    draw_discriminator,
    draw_discriminator_map,
    draw_on_samples,
    draw_training,
    style,
)


@pytest.fixture
def axes():
    with style():
        yield Figure().subplots()


def tilted(x):
    """A critic: the logit ½ − 2x of the first coordinate."""
    return 0.5 - 2.0 * x[:, 0]


def line(axes, label):
    (found,) = [each for each in axes.get_lines() if str(each.get_label()).startswith(label)]
    return found.get_xdata(), found.get_ydata()


def logistic(t):
    return 1 / (1 + np.exp(-t))


def test_d_stands_beside_the_best_d_over_the_densities(axes):
    x = np.linspace(-3, 4, 29)
    assert draw_discriminator(axes, tilted, Normal(0, 1), Normal(1, 1), x=x) is axes
    left, right = axes.figure.axes
    assert line(left, "p")[1] == pytest.approx(stats.norm(0, 1).pdf(x), rel=1e-12)
    assert line(right, "D (")[1] == pytest.approx(logistic(0.5 - 2 * x), rel=1e-12)
    assert line(right, "D*")[1] == pytest.approx(logistic(0.5 - x), rel=1e-12)
    draw_discriminator(axes.figure.subplots(), tilted, Uniform(0, 1), Uniform(0, 2))
    x, d = line(axes.figure.axes[-1], "D (")
    np.testing.assert_array_equal(np.isnan(d), (x < 0) | (x > 2))
    assert len(axes.get_legend().get_texts()) == 4


def test_d_over_histograms_of_samples(axes):
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 1, 400), rng.normal(1, 1, (300, 1))
    draw_on_samples(axes, tilted, x, y, bins=20)
    right = axes.figure.axes[1]
    at, d = line(right, "D (")
    assert d == pytest.approx(logistic(0.5 - 2 * at), rel=1e-12)
    edges = axes.patches[0].get_data().edges
    for patch in axes.patches:
        assert (patch.get_data().values * np.diff(edges)).sum() == pytest.approx(1.0)
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["x", "y", "D (right axis)"]


@pytest.mark.parametrize("critic", [tilted, None])
def test_the_map_in_the_plane_holds_d_at_each_point(axes, critic):
    p = MultivariateNormal((0.0, 0.0), ((1.0, 0.0), (0.0, 1.0)))
    q = MultivariateNormal((1.0, 0.0), ((1.0, 0.0), (0.0, 1.0)))
    draw_discriminator_map(axes, critic, p, q, window=((-1.0, 2.0), (0.0, 1.0)), count=7)
    slope = 2.0 if critic else 1.0
    wanted = logistic(0.5 - slope * np.linspace(-1, 2, 7))
    mesh = axes.collections[0].get_array().reshape(7, 7)
    assert np.asarray(mesh) == pytest.approx(np.tile(wanted, (7, 1)), rel=1e-12)
    assert axes.collections[0].get_clim() == (0.0, 1.0)


def test_maps_are_for_the_plane_and_lines_for_the_line(axes):
    with pytest.raises(ValueError, match="plane"):
        draw_discriminator_map(axes, tilted, Normal(0, 1), Normal(1, 1))
    flat = MultivariateNormal((0.0, 0.0), ((1.0, 0.0), (0.0, 1.0)))
    with pytest.raises(ValueError, match="line"):
        draw_discriminator(axes, tilted, flat, flat)


@pytest.mark.parametrize("parts", [(1e-3, 2e-4, 5e-9), (0.0, 0.1, -0.02), (0.0, 0.0, 0.0)])
def test_the_budget_is_three_dots_and_a_line_at_the_gap(axes, parts):
    gap = sum(parts)
    draw_budget(axes, Budget(*parts, gap, 1e-15, 1e-15))
    dots = [line for line in axes.get_lines() if line.get_marker() == "o"]
    low, high = axes.get_xlim()
    assert [dot.get_xdata()[0] for dot in dots] == [max(abs(part), low) for part in parts]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["approximation", "estimation", "optimisation"]
    assert 0 < low < high and high > max(map(abs, (*parts, gap)))
    assert f"{gap:.3g}" in axes.get_xlabel()
    dashed = [line.get_xdata()[0] for line in axes.get_lines() if line.get_linestyle() == "--"]
    assert dashed == ([gap] if gap else [])


def test_training_is_drawn_by_what_it_lacks_where_the_best_is_known(axes):
    points = training_points(Normal(0, 1), Normal(1, 1.5))
    recorder = Recorder(LevenbergMarquardt(steps=6))
    train(points, critic=Polynomial(2), maximiser=recorder)
    (marks,) = recorder.runs
    draw_training(axes, {"quadratic": marks})
    steps, lacks = line(axes, "quadratic")
    assert list(steps) == [1, 2, 3, 4, 5, 6][: len(marks)]
    ratio = points.log_ratio
    top = (points.p_weight * torch.nn.functional.logsigmoid(ratio)).sum()
    top += (points.q_weight * torch.nn.functional.logsigmoid(-ratio)).sum()
    for mark, lack in zip(marks, lacks, strict=True):
        assert lack == pytest.approx(float(top) - mark.value, abs=1e-14)
    assert axes.get_yscale() == "log"


def test_training_on_samples_is_drawn_as_v_beside_its_bound(axes):
    runs = {
        "one": [Mark(1, 0.1, -1.3), Mark(2, 0.2, -1.1)],
        "other": [Mark(1, 0.1, -1.2)],
    }
    draw_training(axes, runs, star=-1.25)
    assert list(line(axes, "one")[1]) == [-1.3, -1.1]
    assert list(line(axes, "V*")[1]) == [-1.25, -1.25]
    assert axes.get_yscale() == "linear"
    assert "rows" in axes.get_ylabel()
