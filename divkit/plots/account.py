"""Account of max V: the parts of a gap as bars, and V on its way to V*."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from divkit.critics.budget import Budget
from divkit.critics.trace import Mark
from divkit.plots.style import BLUE, DASHES, GREEN, INK, SERIES, VERMILION

NAMES = ("approximation", "estimation", "optimisation")
_LEAST = 1e-17
"""Nats that no sum of doubles near V can tell from 0: where a scale of sizes begins at least."""
_ROOM = 10.0
"""The factor by which a scale goes on beyond its largest and its least size."""


def draw_budget(axes: Axes, budget: Budget) -> Axes:
    """Draw the sizes of the parts of V* − V̂ on a logarithmic scale, each with its value.

    A dot is a part above 0, a ring one below it (an early stop can beat the sample's best), and a
    part of 0 is at the left end, which is written there. The dashed line is the gap measured.

    >>> from matplotlib.figure import Figure
    >>> from divkit import maximise_value
    >>> found = maximise_value("normal(0, 1)", "laplace(0, 1)", critic="linear")
    >>> draw_budget(Figure().subplots(), found.diagnostics["budget"]).get_xscale()
    'log'
    """
    parts = [getattr(budget, name) for name in NAMES]
    sizes = [abs(size) for size in (*parts, budget.gap) if abs(size) > _LEAST] or [_LEAST]
    low, high = min(sizes) / _ROOM, max(sizes) * _ROOM
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    looks = zip(parts, (BLUE, VERMILION, GREEN), strict=True)
    for k, (part, colour) in enumerate(looks):
        at = max(abs(part), low)
        axes.hlines(k, low, at, color=colour, linewidth=1.2, linestyle=":")
        face = colour if part > 0 else "white"
        axes.plot([at], [k], "o", color=colour, markerfacecolor=face, clip_on=False)
        words = f"{part:.3g} nats".replace("-", "−")
        axes.annotate(words, (at, k), (0, 6), textcoords="offset points", fontsize="small",
                      color=INK, ha=_side(at, low, high), annotation_clip=False,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
    if abs(budget.gap) > _LEAST:
        axes.axvline(abs(budget.gap), color=INK, linestyle="--", linewidth=1.2)
    axes.set_yticks(range(len(NAMES)), NAMES)
    axes.set_ylim(len(NAMES) - 0.5, -0.7)
    axes.xaxis.set_major_locator(LogLocator(numticks=5))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(f"nats (dashed: the gap measured, {budget.gap:.3g})")
    axes.grid(visible=False, axis="y")
    return axes


def _side(at: float, low: float, high: float) -> Literal["left", "center", "right"]:
    """Where a dot's words stand from it, so that they stay on the axes."""
    share = math.log(at / low) / math.log(high / low)
    return "left" if share < 1 / 3 else "right" if share > 2 / 3 else "center"


def draw_training(
    axes: Axes, runs: Mapping[str, Sequence[Mark]], *, star: float | None = None
) -> Axes:
    """Draw how V rises in training, for one run or more.

    On nodes that know the best critic each run's lack of it is drawn, on a logarithmic scale;
    steps that lack nothing are left out. On samples it is V itself.

    Parameters
    ----------
    axes : where to draw.
    runs : the marks of each run, by name.
    star : V*, drawn beside V itself, which on samples may rise above it.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> marks = [Mark(step=k, seconds=0.1 * k, value=-1.3 + 0.1 * k) for k in range(3)]
    >>> draw_training(Figure().subplots(), {"seed 0": marks}, star=-1.0).get_ylabel()
    'V on the rows trained on (nats)'
    """
    lacking = all(mark.lack is not None for marks in runs.values() for mark in marks)
    for k, (name, marks) in enumerate(runs.items()):
        heights = [mark.lack or np.nan if lacking else mark.value for mark in marks]
        axes.plot(
            [mark.step for mark in marks],
            heights,
            color=SERIES[k % 6],
            linestyle=DASHES[k % 6],
            label=name,
        )
    if lacking:
        axes.set_yscale("log")
        axes.set_ylabel("V* − V on the nodes (nats)")
    else:
        axes.set_ylabel("V on the rows trained on (nats)")
    if star is not None and not lacking:
        axes.axhline(star, color=INK, linestyle="--", linewidth=1.1, label=f"V* = {star:.6g}")
    axes.set_xlabel("step of the maximiser")
    if len(axes.get_lines()) > 1:
        axes.legend(loc="best")
    return axes
