"""Each figure draws the right numbers into the given Axes and leaves nothing global behind."""

import dataclasses
import itertools
import subprocess
import sys
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from scipy import stats

from divkit.curves import curve
from divkit.distributions import Gamma, Laplace, LogNormal, MultivariateNormal, Normal, Uniform
from divkit.divergences.stable import LOG2
from divkit.exact.api import divergence
from divkit.plots import (
    draw_curve,
    draw_densities,
    draw_integrand,
    draw_log_ratio,
    draw_verdicts,
    style,
)
from divkit.plots.style import DASHES, SERIES
from divkit.plots.window import span
from divkit.results import Result
from divkit.theory.framework.verdict import Decision


@pytest.fixture
def axes():
    with style():
        yield Figure().subplots()


def line(axes, label):
    (found,) = [each for each in axes.get_lines() if str(each.get_label()).startswith(label)]
    return found.get_xdata(), found.get_ydata()


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_densities_are_those_of_the_laws(axes):
    x = np.linspace(-3, 4, 29)
    assert draw_densities(axes, Normal(0, 1), stats.norm(1, 2), x=x) is axes
    for label, law in (("p", stats.norm(0, 1)), ("q", stats.norm(1, 2))):
        at, density = line(axes, label)
        assert (at == x).all()
        assert density == pytest.approx(law.pdf(x), rel=1e-13)
    assert axes.get_ylabel() == "density (per unit of x)"


def test_discriminator_is_p_over_p_plus_q_on_its_own_axis(axes):
    x = np.linspace(-3, 4, 29)
    draw_densities(axes, Normal(0, 1), Normal(1, 1), x=x)
    left, right = axes.figure.axes
    assert left is axes
    _, d = line(right, "D*")
    p, q = stats.norm(0, 1).pdf(x), stats.norm(1, 1).pdf(x)
    assert d == pytest.approx(p / (p + q), rel=1e-13)
    assert right.get_ylim() == (0.0, 1.3) and right.get_yticks()[-1] == 1.0
    assert left.get_ylim()[1] > 1.25 * max(line(left, "p")[1])  # the legend's room
    assert legend(axes) == ["p (data)", "q (generator)", "D* (right axis)"]


def test_discriminator_has_a_gap_where_both_densities_are_zero(axes):
    x = np.array([-1.0, 0.5, 1.5, 2.5, 9.0])
    draw_densities(axes, Uniform(0, 1), Uniform(2, 3), x=x)
    _, d = line(axes.figure.axes[1], "D*")
    np.testing.assert_array_equal(d, [np.nan, 1.0, np.nan, 0.0, np.nan])


def test_without_discriminator_there_is_one_axis(axes):
    draw_densities(axes, Normal(0, 1), Normal(1, 1), discriminator=False)
    assert axes.figure.axes == [axes]
    at, _ = line(axes, "p")
    assert (at[0], at[-1]) == span(Normal(0, 1), Normal(1, 1)) == (-4.5, 5.5)


def test_integrand_integrates_to_the_divergence(axes):
    x = np.linspace(-12, 14, 5201)
    p, q = Normal(0, 1), Normal(1, 1.5)
    value = divergence(p, q, "js").value
    draw_integrand(axes, p, q, "js", x=x, value=value)
    (drawn,) = axes.get_lines()
    f = drawn.get_ydata()
    assert (f >= 0).all()
    assert np.trapezoid(f, x) == pytest.approx(value, rel=1e-10)
    assert legend(axes) == [f"area = {value:.6g} nats"]


def test_integrand_of_gan_is_labelled_by_its_area_above_minus_log_four(axes):
    p, q = Normal(0, 1), Normal(1, 1)
    value = divergence(p, q, "gan").value
    draw_integrand(axes, p, q, "gan", value=value)
    assert legend(axes) == ["area = 0.222843 nats"]  # 2 JSD


def test_curve_draws_saturation_beside_the_straight_line(axes):
    walked = curve("shift", [0.0, 1.0, 2.0, 5.0], ["js", "w1"])
    draw_curve(axes, walked)
    left, right = axes.figure.axes
    x, js = line(left, "JSD")
    _, w1 = line(right, "W1")
    assert list(x) == [0.0, 1.0, 2.0, 5.0]
    assert (js == walked.series("js")[0]).all() and (w1 == walked.series("w1")[0]).all()
    assert legend(axes) == ["JSD", "W1 (right axis)"]
    ceiling = [each for each in left.get_lines() if each.get_linestyle() == ":"]
    assert [each.get_ydata()[0] for each in ceiling] == [LOG2]
    assert (left.get_xlabel(), left.get_ylabel()) == ("shift t", "JSD (nats)")
    assert left.get_ylim()[0] == right.get_ylim()[0] == 0.0


def test_curve_draws_given_bands(axes):
    walked = curve("shift", [1.0, 2.0, 3.0], ["js"])
    low, high = np.array([0.0, 0.1, 0.2]), np.array([0.3, 0.5, 0.7])
    draw_curve(axes, walked, bands={"js": (low, high)}, ceiling=False)
    corners = axes.collections[0].get_paths()[0].vertices
    for t, a, b in zip([1.0, 2.0, 3.0], low, high, strict=True):
        heights = corners[corners[:, 0] == t, 1]
        assert heights.min() == a and heights.max() == b


def test_results_that_were_written_and_read_back_are_drawn_the_same(axes):
    computed = curve("shift", [0.5, 1.0, 30.0, 60.0], ["js", "chi2"])
    read = tuple(
        tuple(Result.from_json(r.to_json()) for r in column) for column in computed.results
    )
    assert not np.isfinite(read[1][-1].value)
    draw_curve(axes, computed)
    other = draw_curve(Figure().subplots(), dataclasses.replace(computed, results=read))
    for one, two in zip(axes.get_lines(), other.get_lines(), strict=True):
        np.testing.assert_array_equal(one.get_ydata(), two.get_ydata())
    assert legend(axes) == legend(other)


def test_default_bands_are_the_errors(axes):
    walked = curve("shift", [1.0, 2.0], ["js"])
    value, error = walked.series("js")
    draw_curve(axes, walked, ceiling=False)
    corners = axes.collections[0].get_paths()[0].vertices
    assert corners[:, 1].max() == value[1] + error[1]


def test_curve_leaves_infinities_out_and_says_so(axes):
    walked = curve("df", [0.5, 3.0, 4.0], ["js", "w1"])
    draw_curve(axes, walked)
    _, w1 = line(axes.figure.axes[1], "W1")
    assert np.isnan(w1[0]) and np.isfinite(w1[1:]).all()
    assert legend(axes)[1] == "W1 (right axis) (infinite at 1 of 3 points)"


def rows():
    return [
        SimpleNamespace(
            id="gan-identity", statement="the maximum is $2 JSD", left=-1.1634513967,
            right=-1.1634513967, difference=3e-16, allowed=1e-14, verdict=Decision.HOLDS,
        ),
        SimpleNamespace(
            id="prior", statement="", left=np.inf, right=0.25, difference=np.inf, allowed=0.0,
            verdict=Decision.FAILS,
        ),
        SimpleNamespace(
            id="tv", statement="", left=np.nan, right=0.25, difference=np.nan, allowed=np.nan,
            verdict=Decision.UNDECIDED,
        ),
    ]  # fmt: skip


def test_verdicts_write_every_cell(axes):
    draw_verdicts(axes, rows())
    words = [text.get_text() for text in axes.texts]
    for word in ("gan-identity", "−1.1634514", "3.0e−16", "1.0e−14", "✓ holds"):
        assert word in words
    assert "the maximum is $2 JSD" in words
    for word in ("prior", "∞", "0.25", "0", "✗ fails", "not known", "? not decided"):
        assert word in words
    colours = {t.get_text(): to_hex(t.get_color()) for t in axes.texts}
    assert colours["✓ holds"] != colours["✗ fails"]
    axes.figure.canvas.draw()  # the dollar sign is no mathematics


def test_verdict_rows_do_not_overlap(axes):
    axes.figure.set_size_inches(9, 0.45 * 3)
    axes.set_position((0.0, 0.0, 1.0, 1.0))
    draw_verdicts(axes, rows())
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    texts = [text for text in axes.texts if text.get_text()]
    boxes = [text.get_window_extent(renderer).shrunk(0.9, 0.9) for text in texts]
    overlaps = [(a, b) for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)]
    assert overlaps == []


def test_log_ratio_map_has_the_logit_and_the_contour(axes):
    p, q = (
        MultivariateNormal((1, 0), ((1, 0), (0, 1))),
        MultivariateNormal((-1, 0), ((1, 0), (0, 1))),
    )
    draw_log_ratio(axes, p, q, window=((-2, 2), (-1, 1)), count=41)
    logit = np.asarray(axes.collections[0].get_array()).reshape(41, 41)
    x = np.linspace(-2, 2, 41)
    assert logit == pytest.approx(np.broadcast_to(2 * x, (41, 41)), abs=1e-12)  # log p − log q
    contour = axes.collections[1].get_paths()[0].vertices
    assert np.abs(contour[:, 0]).max() < 1e-12
    bar = axes.figure.axes[1]
    assert bar.get_ylabel() == "log p − log q (nats) = logit of D*"


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda a: draw_log_ratio(a, Normal(), Normal()), "in the plane"),
        (lambda a: draw_integrand(a, Normal(), Normal(), "w1"), "f-divergence"),
        (lambda a: draw_verdicts(a, []), "at least one row"),
        (
            lambda a: draw_densities(a, *[MultivariateNormal((0, 0), ((1, 0), (0, 1)))] * 2),
            "on the line",
        ),
    ],
)
def test_errors_say_what_a_figure_is_for(axes, draw, message):
    with pytest.raises(ValueError, match=message):
        draw(axes)


def test_window_is_cut_to_the_support():
    assert span(Normal(0, 1), Normal(2, 1)) == (-4.5, 6.5)
    low, high = span(Uniform(0, 1), Uniform(0, 1))
    assert -0.5 < low < 0 and 1 < high < 1.5
    assert span(Laplace(0, 1), Normal(0, 1))[1] >= 4.5
    low, high = span(Gamma(2.5, 1), LogNormal(0.5, 0.8))  # whose standard deviation is no guide
    assert -1 < low < 0 and LogNormal(0.5, 0.8).ppf(0.995) < high < 20


@pytest.mark.slow
def test_nothing_global_changes_and_pyplot_is_never_loaded():
    code = """
import sys, matplotlib
before = matplotlib.rcParams.copy()
from matplotlib.figure import Figure
from divkit.plots import draw_curve, draw_densities, style
from divkit.distributions import Normal
from divkit.curves import curve
with style():
    draw_densities(Figure().subplots(), Normal(0, 1), Normal(1, 1))
    draw_curve(Figure().subplots(), curve("shift", [0.0, 1.0], ["js", "w1"]))
assert matplotlib.rcParams.copy() == before
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_style_is_local_and_colours_and_dashes_differ():
    before = matplotlib.rcParams["axes.grid"]
    with style():
        assert matplotlib.rcParams["axes.grid"] is True
    assert matplotlib.rcParams["axes.grid"] == before
    assert len(set(SERIES)) == len(SERIES) == len(set(DASHES))
