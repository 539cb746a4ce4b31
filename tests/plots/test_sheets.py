"""Figures of several panels can be read at the width of a column, by every verb that draws one."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from typer.testing import CliRunner

import divkit
from divkit.cli.main import app
from divkit.critics import Budget
from divkit.plots import draw_budget, draw_densities, style
from divkit.plots.evidence import draw_evidence
from divkit.plots.sheets import LEAST, sheet
from divkit.plots.style import MILLIMETRE, width_of


@pytest.mark.parametrize(("width", "across"), [("single", 1), ("double", 2), ("screen", 2)])
@pytest.mark.parametrize("wide", [False, True])
def test_panels_stand_beside_each_other_where_there_is_room(width, across, wide):
    with style(width):
        figure = Figure()
        panels = sheet(figure, 3, width, wide=wide)
    assert figure.get_figwidth() == pytest.approx(width_of(width) * MILLIMETRE)
    columns = {each.get_subplotspec().colspan.start for each in panels}
    assert len(panels) == 3 and len(columns) == across
    least = min(LEAST, width_of(width)) * MILLIMETRE
    assert figure.get_figwidth() / across >= least * 0.99
    assert (len(panels[0].get_subplotspec().colspan) > 1) == (wide and across > 1)


def drawn_at(width: str, tmp_path, *words: str) -> float:
    """The width in pixels of what a verb draws."""
    from PIL import Image

    file = tmp_path / f"{words[0]}.png"
    done = CliRunner().invoke(app, [*words, "--figure", str(file), "--figure-width", width])
    assert done.exit_code == 0, done.output
    with Image.open(file) as image:
        return image.width / image.info["dpi"][0]


def test_every_verb_with_a_figure_has_a_width(tmp_path):
    wide = 86 * MILLIMETRE
    laws = ("normal(0, 1)", "normal(1, 1)")
    value = ("value", *laws, "--critic", "quadratic")
    assert drawn_at("single", tmp_path, *value) == pytest.approx(wide, rel=0.02)
    run = ("train", "--steps", "2", "--every", "2", "--output", str(tmp_path / "runs"))
    assert drawn_at("single", tmp_path, *run) == pytest.approx(wide, rel=0.02)
    rows = tmp_path / "rows.csv"
    text = "\n".join(f"{x:.6f}" for x in divkit.Normal(0, 1).sample(60, rng=0)[:, 0].tolist())
    rows.write_text(f"a\n{text}\n")
    assert drawn_at("single", tmp_path, "density", str(rows)) == pytest.approx(wide, rel=0.02)


@pytest.mark.parametrize("verb", [("value", "normal(0, 1)", "normal(1, 1)"), ("density", "x.csv")])
def test_a_width_is_checked_before_any_work(verb, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_text("1\n2\n")
    refused = CliRunner().invoke(app, [*verb, "--width", "20", "--figure", "a.png"])
    assert refused.exit_code == 2 and "30 to 1,000 mm" in refused.output
    idle = CliRunner().invoke(app, [*verb, "--width", "single"])
    assert idle.exit_code == 2 and "--width changes nothing without --figure" in idle.output


def test_sizes_of_a_budget_are_read_off_a_logarithmic_scale():
    budget = Budget(approximation=4.9e-14, estimation=-2.2e-15, optimisation=0.0,
                    gap=4.68e-14, error=1e-16, gap_error=1e-16)  # fmt: skip
    with style("single"):
        axes = draw_budget(Figure().subplots(), budget)
    assert axes.get_xscale() == "log" and len(axes.get_xticks()) >= 3
    dots = [line for line in axes.get_lines() if line.get_marker() == "o"]
    (large,), (below,), (none,) = (line.get_xdata() for line in dots)
    assert large / below == pytest.approx(4.9 / 0.22) and none == axes.get_xlim()[0]
    assert [line.get_markerfacecolor() == "white" for line in dots] == [False, True, True]
    assert [t.get_text() for t in axes.texts] == ["4.9e−14 nats", "−2.2e−15 nats", "0 nats"]


def test_titles_legends_and_labels_of_checks_keep_apart_at_half_a_column():
    results = divkit.verify(["saturation", "clip-scale"])
    with style("single"):
        figure = Figure(figsize=(3.4, 5.3), layout="constrained")
        panels = figure.subplots(2, 1)
        for axes, result in zip(panels, results, strict=True):
            draw_evidence(result, axes, result.id)
        figure.draw_without_rendering()
        renderer = FigureCanvasAgg(figure).get_renderer()
        for axes in panels:
            title = axes._left_title.get_window_extent(renderer)
            boxes = [title, axes.get_legend().get_window_extent(renderer)]
            assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
            label = axes.yaxis.label.get_window_extent(renderer)
            assert label.height <= 1.05 * axes.get_window_extent(renderer).height


def test_room_for_a_legend_is_made_in_its_own_panel_alone():
    p, q = divkit.Normal(0, 1), divkit.Normal(1, 1)
    with style("single"):
        figure = Figure(layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True)
        below.plot([0.0, 1.0], [0.0, 0.01])
        before = below.get_ylim()
        draw_densities(above, p, q)
    assert below.get_ylim() == before and below.get_autoscaley_on()
    tops = {each.get_ylim()[1] for each in figure.axes if each not in (above, below)}
    assert all(top > 1.3 for top in tops) and len(tops) == 1
