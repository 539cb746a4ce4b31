"""Figures of the leaderboard for a paper: ratios by regime, and time against ratio.

Widths are those of a column and of a page of most journals, heights follow the number of regimes
and estimators, so that text keeps its size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from divkit.bench.regimes import RegimeScore
from divkit.plots.bench import NARROW
from divkit.plots.bench_looks import LOOKS, handles_of, kind_of
from divkit.plots.style import SERIES, plain, style

COLUMN, PAGE = 3.4, 7.0
"""Inches of a column and of a page."""
MOST = 100.0
"""Ratio from which on a mark stands at the edge: one failure would press all others together."""
_WIDE = 60.0
_MARKS = "os^DvxP*<>"
_ACROSS = 3


def draw_regimes(scores: Sequence[RegimeScore]) -> Figure:
    """Ratios to the efficiency bound, a panel a regime, a line an estimator, best rank on top.

    Bars are two standard errors. Ratios above 100 are arrows at the edge. Regimes without a ratio
    have no panel. Colours and marks are those of `auto`, divkit's others and all others. One
    without a rank, as it was not run on every task, stands last and says on how many it was.

    Raises
    ------
    ValueError
        If no score has a ratio.
    """
    regimes = [
        (name, [s for s in scores if s.regime == name and math.isfinite(s.ratio)])
        for name in dict.fromkeys(s.regime for s in scores)
    ]
    shown = [(name, members) for name, members in regimes if members]
    if not shown:
        raise ValueError("no score has a ratio to the bound to draw.")
    across = min(_ACROSS, len(shown)) if len(shown) != _ACROSS + 1 else 2
    down = -(-len(shown) // across)
    most = max(len(members) for _, members in shown)
    with style():
        figure = Figure(figsize=(PAGE, down * (0.17 * most + 0.85)), layout="constrained")
        panels = figure.subplots(down, across, squeeze=False).ravel()
        for axes, (name, members) in zip(panels, shown, strict=False):
            _panel(axes, name, members)
        for axes in panels[len(shown) :]:
            axes.set_axis_off()
        kinds = dict.fromkeys(kind_of(s.estimator) for _, members in shown for s in members)
        figure.legend(handles=handles_of(kinds), loc="outside lower center", ncols=3, fontsize=7)
    return figure


def _panel(axes: Axes, name: str, members: Sequence[RegimeScore]) -> None:
    for place, score in enumerate(members):
        colour, mark = LOOKS[kind_of(score.estimator)]
        spread = 0.0 if math.isnan(score.log_error) else 2 * score.log_error
        if score.ratio > MOST:
            axes.plot(MOST, place, ">", color=colour, markersize=3.5)
            axes.annotate(
                f"{score.ratio:.2g}", (MOST, place), (-4, 0), textcoords="offset points",
                ha="right", va="center", fontsize=6,
            )  # fmt: skip
            continue
        low, high = score.ratio * math.exp(-spread), score.ratio * math.exp(spread)
        high = min(high, MOST)
        axes.plot([low, high], [place, place], color=colour, linewidth=1.2)
        axes.plot(score.ratio, place, mark, color=colour, markersize=3.5)
    axes.axvline(1.0, color="0.35", linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_yticks(range(len(members)), [_label(score) for score in members], fontsize=6.5)
    for words in axes.get_yticklabels():
        words.set_parse_math(False)
    axes.set_ylim(len(members) - 0.5, -0.5)
    low, high = axes.get_xlim()
    between = (1.0, 2.0, 5.0) if high < _WIDE * low else (1.0,)
    wide = high > NARROW * low
    ticks = LogLocator(subs=between, numticks=6) if wide else MaxNLocator(5, steps=[1, 2, 5, 10])
    axes.xaxis.set_major_locator(ticks)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(labelsize=6.5)
    axes.set_title(name, fontsize=8)
    axes.set_xlabel("RMSE / bound", fontsize=7)
    plain(axes)


def _label(score: RegimeScore) -> str:
    known = f" ({score.problems} of {score.tasks} tasks)" if score.problems < score.tasks else ""
    return score.estimator + known


def draw_time(scores: Sequence[RegimeScore]) -> Figure:
    """Processor seconds against the ratio to the bound, a mark for each estimator and regime.

    Ratios above 100 stand at 100, beside the line that says so.
    """
    order = list(dict.fromkeys(s.estimator for s in scores))
    known = [s for s in scores if math.isfinite(s.ratio) and s.seconds > 0]
    with style():
        height = 2.6 + 0.13 * -(-len(order) // 2)
        figure = Figure(figsize=(COLUMN, height), layout="constrained")
        axes = figure.subplots()
        for place, name in enumerate(order):
            own = [s for s in known if s.estimator == name]
            axes.plot(
                [s.seconds for s in own],
                [min(s.ratio, MOST) for s in own],
                linestyle="none",
                marker=_MARKS[place % len(_MARKS)],
                color=SERIES[place % len(SERIES)],
                markersize=3.5,
                label=name,
            )
        axes.axhline(1.0, color="0.35", linewidth=0.8, linestyle=":")
        axes.set_xscale("log")
        axes.set_yscale("log")
        if any(s.ratio > MOST for s in known):
            axes.axhline(MOST, color="0.35", linewidth=0.8, linestyle=":")
            axes.annotate(
                f"{MOST:g} or more", (1, MOST), (-2, -3), ("axes fraction", "data"),
                textcoords="offset points", ha="right", va="top", fontsize=6,
            )  # fmt: skip
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
        axes.yaxis.set_major_formatter(lambda value, place: f"{value:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("CPU seconds", fontsize=7)
        axes.set_ylabel("RMSE / bound", fontsize=7)
        axes.tick_params(labelsize=6.5)
        plain(axes)
        legend = figure.legend(loc="outside lower center", ncols=2, fontsize=6)
        for words in legend.get_texts():
            words.set_parse_math(False)
    return figure
