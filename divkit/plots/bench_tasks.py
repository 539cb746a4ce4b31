"""A figure of the benchmark for a paper: every task a line, every estimator a mark on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import TypeAlias

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from divkit.bench.board import Standing
from divkit.bench.pairing import BEST
from divkit.bench.regimes import regime_of
from divkit.plots.bench_looks import LOOKS, kind_of
from divkit.plots.bench_paper import MOST, PAGE
from divkit.plots.style import plain, style

_LINE, _REST = 0.125, 0.95
"""Inches of a task, and of all that stands around them."""
Task: TypeAlias = tuple[str, str, str, int]
"""Regime, problem, divergence, n."""


def draw_tasks(standings: Sequence[Standing]) -> Figure:
    """Ratios to the efficiency bound: a line a task, by regime, as high as there are tasks.

    Marks are `auto`, divkit's others and all others; from 100 on they stand at the edge. Tasks
    whose bound says nothing, as where p = q, have no line.

    Raises
    ------
    ValueError
        If no standing has a ratio.
    """
    known = sorted((s for s in standings if 0 < s.ratio < math.inf), key=_task)
    tasks = [(task, list(members)) for task, members in groupby(known, key=_task)]
    if not tasks:
        raise ValueError("no standing has a ratio to the bound to draw.")
    sizes = {s.n for s in known}
    with style():
        figure = Figure(figsize=(PAGE, _LINE * len(tasks) + _REST), layout="constrained")
        axes = figure.subplots()
        present = {kind_of(s.estimator) for s in known}
        drawn = [_marks(axes, tasks, kind) for kind in reversed(LOOKS) if kind in present]
        _lines(axes, [task for task, _ in tasks], len(sizes) > 1)
        figure.legend(handles=drawn[::-1], loc="outside lower center", ncols=3, fontsize=7)
    return figure


def _marks(axes: Axes, tasks: Sequence[tuple[Task, Sequence[Standing]]], kind: str) -> Line2D:
    """The marks of a kind of estimators, `auto`'s filled."""
    colour, mark = LOOKS[kind]
    places = [
        (min(s.ratio, MOST), place)
        for place, (_, members) in enumerate(tasks)
        for s in members
        if kind_of(s.estimator) == kind
    ]
    (line,) = axes.plot(
        [ratio for ratio, _ in places], [place for _, place in places], mark, color=colour,
        markersize=3.2, markerfacecolor=colour if kind == BEST else "none", markeredgewidth=0.8,
        label=kind,
    )  # fmt: skip
    return line


def _task(standing: Standing) -> Task:
    regime = regime_of(standing.problem, standing.n)
    return regime, standing.problem, standing.divergence, standing.n


def _lines(axes: Axes, tasks: Sequence[Task], sizes: bool) -> None:
    """Names of tasks on the left, of regimes on the right, with a line between two regimes."""
    axes.set_xscale("log")
    axes.axvline(1.0, color="0.35", linewidth=0.8, linestyle=":")
    names = [
        f"{problem}, {divergence.upper()}" + (f", n = {n:,}" if sizes else "")
        for _, problem, divergence, n in tasks
    ]
    axes.set_yticks(range(len(tasks)), names, fontsize=6)
    for words in axes.get_yticklabels():
        words.set_parse_math(False)
    axes.set_ylim(len(tasks) - 0.4, -0.6)
    places = [regime for regime, *_ in tasks]
    for regime in dict.fromkeys(places):
        first, count = places.index(regime), places.count(regime)
        axes.annotate(
            regime, (1, first + (count - 1) / 2), (4, 0), ("axes fraction", "data"),
            textcoords="offset points", va="center", fontsize=6.5,
        )  # fmt: skip
        if first:
            axes.axhline(first - 0.5, color="0.6", linewidth=0.6)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=9))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(labelsize=6)
    axes.set_xlabel("RMSE / bound", fontsize=7)
    plain(axes)
