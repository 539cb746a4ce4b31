"""A sheet of the benchmark: one measure of every estimator, a panel a problem."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from divkit.bench.board import Standing
from divkit.bench.methods import is_ours
from divkit.bench.pairing import BEST
from divkit.plots.bench import Measure, draw_names, draw_standings, drawable
from divkit.plots.bench_looks import handles_of, kind_of
from divkit.plots.style import style

_ACROSS = 4


def draw_sheet(standings: Sequence[Standing], measure: Measure = "common") -> Figure:
    """Panels of problems, four to a row, those without a point of the measure left out.

    Where there are several n they are those of `draw_standings`, every estimator looks the same in
    all of them, and all have the same range of n. Where there is one, a row is an estimator.

    Raises
    ------
    ValueError
        If no standing has the measure.

    Examples
    --------
    >>> from divkit.bench.board import standings
    >>> from divkit.bench.cells import Cell, Row
    >>> from divkit.bench.truth import ProblemTruth
    >>> row = Row(Cell("shift1", "kl", "mine", 200, 0), 0.52, 0.1, 0.33, 0.71, 0.5, 0.01)
    >>> members = standings([row], {("shift1", "kl"): ProblemTruth(0.5, 0.0, 1.0, 1.7)})
    >>> len(draw_sheet(members, "seconds").axes)
    1
    """
    about = sorted((s for s in standings if drawable(s, measure)), key=_problem)
    groups = [list(members) for _, members in groupby(about, key=_problem)]
    if not groups:
        raise ValueError(f"no standing has a point of {measure!r} to draw.")
    found = {s.estimator for s in about}
    order = sorted(found, key=lambda name: (name != BEST, not is_ours(name), name))
    sizes = sorted({s.n for s in about})
    across = min(_ACROSS, len(groups))
    down = -(-len(groups) // across)
    named = len(sizes) == 1
    height = 0.18 * len(order) + 1.0 if named else 3.3
    with style():
        figure = Figure(figsize=(3.5 * across + 1.5, height * down + 1.0), layout="constrained")
        panels = figure.subplots(down, across, squeeze=False).ravel()
        for place, (axes, members) in enumerate(zip(panels, groups, strict=False)):
            if named:
                draw_names(axes, members, measure, order)
                axes.tick_params(labelleft=not place % across)
                continue
            draw_standings(axes, members, measure=measure, order=order)
            axes.legend().remove()
            axes.set_xlim(sizes[0] / 1.5, sizes[-1] * 1.5)
            if place % across:
                axes.set_ylabel("")
        for axes in panels[len(groups) :]:
            axes.set_axis_off()
        handles = handles_of(map(kind_of, order)) if named else _lines(panels, order)
        title = f"n = m = {sizes[0]:,} rows of each sample" if named else None
        legend = figure.legend(
            handles=handles, loc="outside lower center", ncols=1 + across, title=title
        )
        for words in legend.get_texts():
            words.set_parse_math(False)
    return figure


def _lines(panels: Iterable[Axes], order: Sequence[str]) -> list[Any]:
    """A line of each estimator, from the panels that have one."""
    found = {
        words: handle
        for axes in panels
        for handle, words in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    return [found[name] for name in order]


def _problem(standing: Standing) -> tuple[str, str]:
    return standing.divergence, standing.problem
