"""Account of max V: the parts of a gap as bars, and V on its way to V*."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from divkit.critics.budget import Budget
from divkit.critics.trace import Mark
from divkit.plots.style import BLUE, DASHES, GREEN, INK, SERIES, SOFT, VERMILION

NAMES = ("approximation", "estimation", "optimisation")
_LABEL = 0.14
"""Share of an axis that a label of a power of ten takes."""
_LEAST = 1e-17
"""Nats that no sum of doubles near V can tell from 0: where the linear part of a scale ends."""


def draw_budget(axes: Axes, budget: Budget) -> Axes:
    """Draw the parts of V* − V̂ as bars, each with its value, and the measured gap as a line.

    The scale is linear near 0, up to the budget's error or a thousandth of the gap, and
    logarithmic beyond (a part may be negative: an early stop can beat the sample's best).

    >>> from matplotlib.figure import Figure
    >>> from divkit import maximise_value
    >>> found = maximise_value("normal(0, 1)", "laplace(0, 1)", critic="linear")
    >>> len(draw_budget(Figure().subplots(), found.diagnostics["budget"]).patches) > 0
    True
    """
    parts = [getattr(budget, name) for name in NAMES]
    largest = max(map(abs, [*parts, budget.gap]))
    linear = 10.0 ** math.floor(math.log10(max(1e-3 * largest, budget.error, _LEAST)))
    axes.axvline(0.0, color=SOFT, linewidth=0.8)
    for k, (part, colour) in enumerate(zip(parts, (BLUE, VERMILION, GREEN), strict=True)):
        axes.barh(k, part, color=colour, alpha=0.75, height=0.6)
        axes.annotate(
            f" {part:.3g} nats",
            (max(part, 0.0), k),
            va="center",
            fontsize="small",
            color=INK,
            annotation_clip=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        )
    axes.axvline(budget.gap, color=INK, linestyle="--", linewidth=1.2)
    axes.set_yticks(range(len(NAMES)), NAMES)
    axes.invert_yaxis()
    axes.set_xscale("symlog", linthresh=linear)
    low, high = min(0.0, *parts), max(0.0, budget.gap, *parts)
    ends = 3 * low, max(30 * high, 10 * linear)
    axes.set_xlim(*ends)
    wide = sum(1 + math.log10(max(abs(end) / linear, 1.0)) for end in ends)
    apart = math.ceil(_LABEL * wide)
    negative = (-t for t in _decades(linear, -low, 1, apart))
    axes.set_xticks([*negative, 0.0, *_decades(linear, high, 3, apart)])
    axes.set_xticks([], minor=True)
    axes.set_xlabel(f"nats (dashed: the gap measured, {budget.gap:.3g})")
    axes.grid(visible=False, axis="y")
    return axes


def _decades(linear: float, end: float, most: int, apart: int) -> list[float]:
    """At most so many powers of ten from the linear part's end up to `end`, evenly apart.

    They are `apart` decades from each other at least.
    """
    if end < linear:
        return []
    last = math.floor(math.log10(end))
    step = max(apart, math.ceil((last - math.log10(linear)) / most))
    return [10.0 ** (last - step * k) for k in range(most) if 10.0 ** (last - step * k) > linear]


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
