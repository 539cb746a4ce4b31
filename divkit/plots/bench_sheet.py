"""A sheet of the benchmark: one measure of every estimator, a panel a problem, one legend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from matplotlib.figure import Figure

from divkit.bench.board import Standing
from divkit.plots.bench import Measure, draw_standings
from divkit.plots.style import style

_ACROSS = 4


def draw_sheet(standings: Sequence[Standing], measure: Measure = "common") -> Figure:
    """Panels of `draw_standings`, four to a row; every estimator looks the same in all of them."""
    order = list(dict.fromkeys(["auto", *sorted(s.estimator for s in standings)]))
    about = sorted(standings, key=_problem)
    groups = [list(members) for _, members in groupby(about, key=_problem)]
    down = -(-len(groups) // _ACROSS)
    with style():
        figure = Figure(figsize=(15, 3.3 * down + 1.0), layout="constrained")
        panels = figure.subplots(down, _ACROSS, squeeze=False).ravel()
        for place, (axes, members) in enumerate(zip(panels, groups, strict=False)):
            draw_standings(axes, members, measure=measure, order=order)
            axes.legend().remove()
            if place % _ACROSS:
                axes.set_ylabel("")
        for axes in panels[len(groups) :]:
            axes.set_axis_off()
        handles = {
            words: handle
            for axes in panels
            for handle, words in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        shown = [name for name in order if name in handles]
        figure.legend(
            [handles[name] for name in shown], shown, loc="outside lower center", ncols=6
        )
    return figure


def _problem(standing: Standing) -> tuple[str, str]:
    return standing.divergence, standing.problem
