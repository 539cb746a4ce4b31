"""Figures of the benchmark show each measure of each estimator, in colours that panels share."""

from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from divkit.bench.board import Standing
from divkit.bench.counts import Count
from divkit.bench.limit import Limit
from divkit.plots import draw_sheet, draw_standings


def standing_of(name, n, common, covered=(19, 20), problem="shift1"):
    return Standing(
        problem=problem,
        divergence="js",
        estimator=name,
        n=n,
        seeds=40,
        truth=0.1,
        sigma=0.01,
        limit=Limit(common=common, bias=-0.01),
        covered=Count(*covered),
        seconds=0.5,
    )


ROWS = [
    standing_of("auto", 1000, 1.05),
    standing_of("auto", 10000, 1.01, (9, 10)),
    standing_of("knn", 1000, 3.0, (0, 0)),
]


@pytest.mark.parametrize(
    ("measure", "heights"),
    [("common", [1.05, 1.01]), ("bias", [-0.01, -0.01]), ("coverage", [0.95, 0.9])],
)
def test_lines_are_the_standings(measure, heights):
    axes = draw_standings(Figure().subplots(), ROWS, measure=measure)
    line = next(bars for bars in axes.containers if bars.get_label() == "auto").lines[0]
    assert line.get_xdata().tolist() == [1000, 10000] and line.get_ydata().tolist() == heights
    assert axes.get_yscale() == {"common": "log", "bias": "symlog", "coverage": "linear"}[measure]


def test_an_estimator_without_intervals_has_no_point_of_coverage():
    axes = draw_standings(Figure().subplots(), ROWS, measure="coverage")
    assert [len(b.lines[0].get_xdata()) for b in axes.containers if b.get_label() == "knn"] == [0]
    draw_standings((alone := Figure()).subplots(), ROWS[2:], measure="coverage")
    alone.canvas.draw()  # a panel without any point can be drawn


def test_colours_follow_the_order_and_not_the_panel():
    colours = set()
    for rows in (ROWS, ROWS[2:]):
        axes = draw_standings(Figure().subplots(), rows, order=("auto", "knn"))
        colours |= {b.lines[0].get_color() for b in axes.containers if b.get_label() == "knn"}
    assert len(colours) == 1


def test_what_cannot_be_drawn_is_refused():
    axes = Figure().subplots()
    with pytest.raises(ValueError, match="one of"):
        draw_standings(axes, ROWS, measure="ratio")
    with pytest.raises(ValueError, match="one problem"):
        draw_standings(axes, [*ROWS, standing_of("auto", 1000, 1.0, problem="shift2d")])


def test_a_sheet_has_a_panel_a_problem_and_one_legend():
    figure = draw_sheet([*ROWS, standing_of("auto", 1000, 1.0, problem="shift2d")])
    shown = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title("left") for axes in shown] == ["JS: shift1", "JS: shift2d"]
    assert all(axes.get_legend() is None for axes in shown)
    (legend,) = figure.legends
    assert [words.get_text() for words in legend.get_texts()] == ["auto", "knn"]


def test_a_panel_without_a_point_is_left_out():
    wide = replace(ROWS[0], problem="shift6", truth=0.001)  # the bound is above the truth
    figure = draw_sheet([*ROWS, wide])
    assert [axes.get_title("left") for axes in figure.axes if axes.axison] == ["JS: shift1"]
    with pytest.raises(ValueError, match="no standing has a point of 'common'"):
        draw_sheet([wide])


def test_at_one_n_a_row_is_an_estimator_and_a_failure_stands_at_the_edge():
    rows = [ROWS[0], ROWS[2], standing_of("R FNN", 1000, 1e51)]
    figure = draw_sheet(rows)
    (axes,) = figure.axes  # one problem, one panel
    assert [words.get_text() for words in axes.get_yticklabels()] == ["auto", "knn", "R FNN"]
    assert axes.get_xlim()[1] < 200 and [words.get_text() for words in axes.texts] == ["1e+51"]
    marks = [line for line in axes.get_lines() if len(line.get_xdata()) == 1]
    assert [(m.get_xdata()[0], m.get_ydata()[0]) for m in marks] == [(1.05, 0), (3.0, 1), (100, 2)]
    assert len({line.get_color() for line in marks}) == 3
    (legend,) = figure.legends
    assert [words.get_text() for words in legend.get_texts()] == [
        "auto", "divkit's others", "others"
    ]  # fmt: skip
