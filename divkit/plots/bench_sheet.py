"""A sheet of the benchmark: one measure of every estimator, a panel a problem, one legend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from matplotlib.figure import Figure

from divkit.bench.board import Standing
from divkit.bench.methods import is_ours
from divkit.plots.bench import Measure, draw_standings, drawable
from divkit.plots.style import style

_ACROSS = 4


def draw_sheet(standings: Sequence[Standing], measure: Measure = "common") -> Figure:
    """Panels of `draw_standings`, four to a row, those without a point of the measure left out.

    Every estimator looks the same in all of them, and all have the same range of n.

    Raises
    ------
    ValueError
        If no standing has the measure.
    """
    names = sorted({s.estimator for s in standings}, key=lambda name: (not is_ours(name), name))
    order = list(dict.fromkeys(["auto", *names]))
    about = sorted((s for s in standings if drawable(s, measure)), key=_problem)
    groups = [list(members) for _, members in groupby(about, key=_problem)]
    if not groups:
        raise ValueError(f"no standing has a point of {measure!r} to draw.")
    widest = min(s.n for s in about) / 1.5, max(s.n for s in about) * 1.5
    down = -(-len(groups) // _ACROSS)
    with style():
        figure = Figure(figsize=(15, 3.3 * down + 1.0), layout="constrained")
        panels = figure.subplots(down, _ACROSS, squeeze=False).ravel()
        for place, (axes, members) in enumerate(zip(panels, groups, strict=False)):
            draw_standings(axes, members, measure=measure, order=order)
            axes.legend().remove()
            axes.set_xlim(widest)
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
        legend = figure.legend(
            [handles[name] for name in shown], shown, loc="outside lower center", ncols=6
        )
        for words in legend.get_texts():
            words.set_parse_math(False)
    return figure


def _problem(standing: Standing) -> tuple[str, str]:
    return standing.divergence, standing.problem
