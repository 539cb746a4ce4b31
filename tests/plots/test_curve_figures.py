"""Figures of curves: gaps with marks and words, arrows, layers, ends, maps, and poles."""

import dataclasses
import math

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from divkit.curves import Asymptotes, Bounds, Layer, Slopes, curve
from divkit.curves.layers import overlaid
from divkit.distributions import Normal
from divkit.plots import curve_figure, draw_curve, draw_map, style
from divkit.plots.style import width_of
from divkit.results import Result


@pytest.fixture
def axes():
    with style():
        yield Figure().subplots()


def words(axes):
    return [text.get_text() for text in axes.texts]


def labels(axes):
    legend = axes.get_legend() or axes.figure.legends[0]
    return [text.get_text() for text in legend.get_texts()]


def test_refused_and_infinite_points_are_marked_and_named(axes):
    walked = curve("normal()", "normal(0, t)", "kl", over={"t": [-1.0, 0.0, 1.0, 2.0]})
    draw_curve(axes, walked)
    assert words(axes) == ["KL(p‖q) refused"]
    assert labels(axes) == ["KL(p‖q) (refused at 2 of 4 points)"]
    (mark,) = [line for line in axes.get_lines() if line.get_label() == "_gap"]
    assert list(mark.get_xdata()) == [-1.0, 0.0] and mark.get_marker() == "x"
    other = Figure().subplots()
    draw_curve(other, curve("uniform(0, 1)", "uniform(t, 1)", "kl", over={"t": [0.0, 0.5]}))
    assert words(other) == ["KL(p‖q) = ∞"]


def test_a_mark_stands_at_the_top_whatever_other_lines_there_are(axes):
    laws = ("normal()", "student(t)", ["js", "kl", "tv", "w1"])
    draw_curve(axes, curve(*laws, over={"t": [0.5, 1.0, 2.0, 3.0]}))
    (mark,) = [line for line in axes.get_lines() if line.get_label() == "_gap"]
    assert mark.get_ydata()[0] > 0.97
    (right,) = [each for each in axes.figure.axes if each is not axes]
    assert words(right) == ["W1 = ∞"] and right.texts[0].get_path_effects()


def test_a_value_of_one_side_has_an_arrow(axes):
    walked = curve("shift", [1.0, 2.0], "js")
    bound = Result.bound(0.2, (0.1, math.log(2)), "by hand", name="js")
    draw_curve(axes, dataclasses.replace(walked, results=((bound, walked.results[0][1]),)))
    arrows = [line for line in axes.get_lines() if line.get_label() == "_side"]
    assert [(a.get_marker(), a.get_xdata()[0], a.get_ydata()[0]) for a in arrows] == [
        ("^", 1.0, 0.2)
    ]


def test_a_pole_leaves_at_the_top(axes):
    walked = curve("normal()", "normal(0, t)", "kl", over={"t": "0:4"})
    draw_curve(axes, walked)
    value, _ = walked.series("kl")
    assert axes.get_ylim()[1] < np.nanmax(value) and axes.get_ylim()[1] > value[-1]


def test_a_family_has_one_line_a_level_and_both_have_names(axes):
    walked = curve("normal()", "normal(t, s)", ["js", "kl"], over={"t": [0, 1]}, by={"s": [1, 2]})
    draw_curve(axes, walked)
    assert labels(axes) == ["JSD, s = 1", "JSD, s = 2", "KL(p‖q), s = 1", "KL(p‖q), s = 2"]
    looks = {(line.get_color(), line.get_linestyle()) for line in axes.get_lines()[:4]}
    assert len(looks) == 4


def test_layers_are_drawn_by_their_form():
    walked = curve("normal()", "normal(t, 1)", ["js", "w1"], over={"t": [1.0, 2.0]},
                   overlays=[Bounds(("tv",)), Slopes(), Asymptotes()])  # fmt: skip
    band = Layer("by hand", "js", "band", (1.0, 2.0), (0.1, 0.3), (0.0, 0.2), (0.2, 0.4))
    marks = dataclasses.replace(band, name="by a critic", form="marks")
    figure = curve_figure(walked.with_layers(band, marks))
    main, below, right = figure.axes
    assert {"JSD by hand", "JSD by a critic", "JSD ≤ log 2 · TV"} <= set(labels(main))
    assert labels(below) == ["JSD slope in t", "W1 slope in t"]
    assert {"JSD → log 2", "W1 ≈ t (right axis)"} <= set(
        labels(main)
    ) and right.get_ylabel() == "W1 (unit of x)"
    assert (
        main.get_title(loc="left") == "normal() against normal(t, 1)" and below.get_xlabel() == "t"
    )


def test_slopes_share_the_axes_where_there_is_one(axes):
    walked = curve("normal()", "normal(t, 1)", "js", over={"t": [1.0, 2.0]}, overlays=[Slopes()])
    assert walked.plot(axes) is axes
    assert labels(axes) == ["JSD", "JSD slope in t"]


def test_a_map_has_the_values_and_says_what_is_missing():
    over = {"a": [0, 1, 2], "b": [-1, 1, 2]}
    walked = curve("normal()", "normal(a, b)", ["kl", "js"], over=over)
    figure = curve_figure(walked)
    panel = figure.axes[0]
    mesh = panel.collections[0]
    shown = np.ma.filled(mesh.get_array(), np.nan).reshape(3, 3)
    np.testing.assert_array_equal(shown, walked.grid("kl")[2])
    assert panel.get_title(loc="left") == "KL(p‖q) (refused xx at 3 of 9 points)"
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("a", "b")
    FigureCanvasAgg(figure).draw()


def test_colours_go_by_the_logarithm_where_values_have_no_bound_and_span_decades():
    over = {"m": [0.1, 1.0, 2.0, 4.0], "s": [1.0, 1.5, 2.0]}
    walked = curve("normal()", "normal(m, s)", ["kl", "renyi(0.5)", "js", "w1"], over=over)
    figure = curve_figure(walked)
    assert [type(each.collections[0].norm) for each in figure.axes[:4]] == [
        LogNorm, LogNorm, Normalize, Normalize,
    ]  # fmt: skip
    assert figure.axes[1].get_title(loc="left") == "Rényi divergence, α = 0.5"


def test_maps_and_lines_do_not_take_each_others_place(axes):
    walked = curve("normal()", "normal(a, b)", over={"a": [0, 1], "b": [1, 2]})
    with pytest.raises(ValueError, match="draw_map"):
        draw_curve(axes, walked)
    with pytest.raises(ValueError, match="got 2 axes for 1"):
        draw_map(list(Figure().subplots(1, 2)), walked)
    with pytest.raises(ValueError, match="is a line"):
        draw_map(axes, curve("shift", [1.0]))


@pytest.mark.parametrize("width", ["single", "one-and-a-half", "double", "screen", 100])
def test_a_figure_is_as_wide_as_the_paper(width):
    figure = curve_figure(curve("shift", [1.0, 2.0]), width=width)
    assert figure.get_size_inches()[0] == pytest.approx(width_of(width) / 25.4)


def test_a_function_is_named_in_the_title(axes):
    def moved(t):
        return Normal(0, 1), Normal(t, 1)

    draw_curve(axes, curve(moved, over=[1.0, 2.0]))
    assert axes.get_title(loc="left") == "moved(t)"
    FigureCanvasAgg(axes.figure).draw()


def test_words_at_the_ends_of_lines_stand_apart(axes):
    walked = curve("normal()", "normal(1/t, 1)", ["js", "kl", "tv"], over={"t": "1:300:9:log"},
                   overlays=[Asymptotes()])  # fmt: skip
    draw_curve(axes, walked)
    ends = [text for text in axes.texts if text.get_text().startswith("≈")]
    heights = sorted(text.xy[1] for text in ends)
    assert len(ends) == 3 and heights[0] >= 0 and np.diff(heights).min() > 0.06


def test_a_long_legend_stands_below_the_axes_and_a_short_one_within():
    laws = ("normal()", "normal(t, 1)")
    short = curve_figure(curve(*laws, ["js", "kl"], over={"t": [0.0, 1.0, 2.0]}))
    assert not short.legends and labels(short.axes[0]) == ["JSD", "KL(p‖q)"]
    overlays = [Bounds(("tv", "hellinger2"))]
    long = curve_figure(curve(*laws, ["js", "kl"], over={"t": [0.0, 1.0, 2.0]}, overlays=overlays))
    (legend,) = long.legends
    assert long.axes[0].get_legend() is None and len(legend.get_texts()) > 6
    FigureCanvasAgg(long).draw()
    assert legend.get_window_extent().y1 <= long.axes[0].get_window_extent().y0
    assert long.get_size_inches()[1] > short.get_size_inches()[1]


def test_many_lines_of_a_family_are_named_at_their_ends(axes):
    walked = curve(
        "normal(0, 1)", "normal(t, s)", "js", over={"t": [0.0, 1.0, 2.0]}, by="s=1,2,3,4,5,6"
    )
    draw_curve(axes, walked)
    assert axes.get_legend() is None
    assert sorted(words(axes)) == [f"s = {s}" for s in range(1, 7)]
    heights = sorted(text.xy[1] for text in axes.texts)
    assert min(np.diff(heights)) > 0.03  # words do not cover each other
    few = curve("normal(0, 1)", "normal(t, s)", "js", over={"t": [0.0, 1.0]}, by="s=1,2,3")
    other = Figure().subplots()
    draw_curve(other, few)
    assert len(labels(other)) == 3


def test_a_line_that_leaves_at_a_pole_is_marked_with_how_far_it_goes(axes):
    values = [0.0, 0.3, 0.6, 0.9, 0.99, 0.999, 1.0]
    walked = curve("normal(0, 1)", "normal(0, 1-t)", "kl", over={"t": values})
    draw_curve(axes, walked)
    top = axes.get_ylim()[1]
    highest = max(entry.value for entry in walked.column("kl") if math.isfinite(entry.value))
    assert highest > top
    assert f"up to {highest:.3g}" in words(axes)


def test_an_axis_gives_units_to_what_has_them():
    found = curve("normal(0, 1)", "normal(t, 1)", over={"t": [0.5, 1.0]}, kinds=["js", "tv"])
    assert found.plot().get_ylabel() == "JSD (nats), TV"
    alone = curve("normal(0, 1)", "normal(t, 1)", over={"t": [0.5, 1.0]}, kinds=["js", "kl"])
    assert alone.plot().get_ylabel().endswith(" (nats)")


def of_no_error(value):
    return Result.exact(value, math.inf, "quadrature", "by hand", name="js", warnings=("cut",))


def test_a_value_without_error_or_side_is_not_drawn(axes):
    walked = curve("shift", [1.0, 2.0, 3.0], "js")
    first, _, last = walked.results[0]
    draw_curve(axes, dataclasses.replace(walked, results=((first, of_no_error(0.2), last),)))
    drawn = next(line for line in axes.get_lines() if str(line.get_label()).startswith("JSD"))
    assert np.isnan(drawn.get_ydata()).tolist() == [False, True, False]
    assert words(axes)[0] == "JSD not known"
    assert "error not known at 1 of 3 points" in labels(axes)[0]


def test_a_map_marks_limits_and_what_has_no_error():
    walked = curve("normal()", "normal(m, s)", "js", over={"m": [0.0, 1.0], "s": [1.0, 2.0]})
    first, *_, last = walked.results[0]
    bound = Result.bound(0.2, (0.1, math.log(2)), "by hand", name="js")
    panel = Figure().subplots()
    draw_map(panel, dataclasses.replace(walked, results=((first, bound, of_no_error(0.1), last),)))
    title = panel.get_title()
    assert "limits from below, arrows, at 1 of 4 points" in title
    assert "error not known at 1 of 4 points" in title
    assert {"^", "x"} <= {line.get_marker() for line in panel.get_lines()}


FIVE = ["js", "kl", "reverse_kl", "tv", "hellinger2"]
LONG = "mixture(0.5: normal(m, 0.5), 0.25: laplace(0, 1.5), 0.25: student(3, 0, 2))"


def many_lines():
    return curve("normal(0, 1)", "normal(0, t)", FIVE, over="t=0.2:5:11:log")


CROWDED = {
    "five": (many_lines, {}),
    "five, log": (many_lines, {"log": True}),
    "two axes": (
        lambda: curve("normal()", "normal(m, 2)", [*FIVE, "w1", "w2", "energy"], over="m=0:3:7"),
        {},
    ),
    "long title": (lambda: curve("normal()", LONG, FIVE, over="m=0:3:4"), {}),
    "family": (lambda: curve("normal()", "normal(m, s)", FIVE, over="m=0:3:4", by="s=1,2,3"), {}),
    "layers": (
        lambda: overlaid(many_lines(), [Bounds(("tv",)), Slopes(), Asymptotes()]),
        {},
    ),
    "gaps": (lambda: curve("uniform(0, 1)", "uniform(t, 2)", FIVE, over="t=-0.5:0.5:7"), {}),
    "map": (lambda: curve("normal()", LONG.replace("0.5)", "s)"), FIVE,
                          over=["m=0:2:4", "s=0.5:2:4"]), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CROWDED)
def test_words_of_a_column_wide_figure_stay_in_it_and_apart(name):
    make, options = CROWDED[name]
    figure = curve_figure(make(), width="single", **options)
    FigureCanvasAgg(figure).draw()
    inside = figure.bbox.padded(1.0)
    legends = [legend.get_window_extent() for legend in figure.legends]
    for axes in figure.axes:
        held = axes.get_window_extent()
        for text in (axes.xaxis.label, axes.yaxis.label, axes.title, axes._left_title):
            box = text.get_window_extent()
            if text.get_text():
                assert inside.containsx(box.x0) and inside.containsx(box.x1), text
                assert inside.containsy(box.y0) and inside.containsy(box.y1), text
                assert not any(box.overlaps(legend) for legend in legends), text
        assert axes.yaxis.label.get_window_extent().height <= 1.12 * held.height
    for legend in legends:
        assert legend.x0 >= -1 and legend.x1 <= figure.bbox.width + 1


def test_a_zero_does_not_stretch_a_logarithmic_axis():
    figure = curve_figure(many_lines(), width="single", log=True)
    low, high = figure.axes[0].get_ylim()
    least = min(v.value for column in many_lines().results for v in column if v.value > v.error)
    assert 0.4 * least < low < least and high < 100
    (mark,) = [line for line in figure.axes[0].get_lines() if line.get_marker() == "v"]
    assert mark.get_xdata() == pytest.approx([1.0]) and "0" in words(figure.axes[0])


def test_no_two_of_eight_lines_look_alike(axes):
    draw_curve(
        axes, curve("normal()", "normal(m, 2)", [*FIVE, "w1", "w2", "energy"], over="m=0,1")
    )
    drawn = [line for each in axes.figure.axes for line in each.get_lines()
             if not str(line.get_label()).startswith("_")]  # fmt: skip
    looks = {(line.get_color(), str(line._dash_pattern)) for line in drawn}
    assert len(drawn) == len(looks) == 8
    assert "energy distance (right axis)" in labels(axes)
