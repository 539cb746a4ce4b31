"""Figure of a check: its own, or the distance of each instance from failing."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from divkit.plots.sheets import legend_columns, legend_height, wrapped
from divkit.plots.style import DASHES, INK, SERIES
from divkit.theory import CheckResult, Comparison, Figure, Line

_ABOVE: Mapping[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0)}
_COLUMNS = 3
"""Of a legend above the axes, at most."""
_FEW = 3
"""Lines that leave room for a legend among them."""
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "line": {},
    "dashes": {},
    "marks": {"marker": "o", "markersize": 4.5},
}
_DASHES: Mapping[str, Sequence[Any]] = {
    "line": ("-", *DASHES[2:]),
    "dashes": ("--", (0, (8, 2))),
    "marks": ("",),
}
"""Dashes that lines of a style take in turn, so that a print without colour can be read."""
_WIDE = {"_": 7}
"""Sizes of marks that are not 4."""
_PAD = 6.0
"""Points between a title and what is below it."""
_AXES = frozenset({"left", "bottom"})


def draw_evidence(result: CheckResult, axes: Axes, title: str = "") -> Axes:
    """Draw the figure that a check made, or its margins where it made none.

    A title stands above the legend, where this lies above the axes.
    """
    if result.figure is not None:
        drawn = draw_figure(result.figure, axes)
    else:
        drawn = draw_margins(result.rows, axes)
    words = axes.get_legend_handles_labels()[1]
    above = axes.get_legend() is not None and _is_above(result)
    room = legend_height(words, legend_columns(axes, words, _COLUMNS)) if above else 0.0
    if title:
        axes.set_title(title, pad=room + _PAD)
    return drawn


def _is_above(result: CheckResult) -> bool:
    """Whether a legend lies above the axes: of margins, and of many lines or intervals."""
    return result.figure is None or _crowded(result.figure)


def _crowded(figure: Figure) -> bool:
    return len(figure.lines) > _FEW or any(line.low for line in figure.lines)


def draw_figure(figure: Figure, axes: Axes) -> Axes:
    """Draw a figure that is given as data."""
    dashes = {style: itertools.cycle(each) for style, each in _DASHES.items()}
    for k, line in enumerate(figure.lines):
        dash = next(dashes[line.style])
        _draw_line(line, axes, {"color": SERIES[k % len(SERIES)], "linestyle": dash})
    axes.set_xscale("log" if figure.log_x else "linear")
    axes.set_yscale("log" if figure.log_y else "linear")
    return _finish(axes, figure.x_label, figure.y_label, _ABOVE if _crowded(figure) else None)


def _draw_line(line: Line, axes: Axes, look: Mapping[str, Any]) -> None:
    axes.plot(line.x, line.y, label=line.label, **{**_STYLES[line.style], **look})
    if line.low:
        axes.vlines(line.x, line.low, line.high, color=look["color"], linewidth=1.4)


def draw_margins(rows: Sequence[Comparison], axes: Axes) -> Axes:
    """Draw |left − right| of each equality under its allowance, and the room of inequalities."""
    equalities = [row for row in rows if row.is_equality]
    others = [row for row in rows if not row.is_equality]
    x = range(1, len(equalities) + 1)
    after = range(len(equalities) + 1, len(rows) + 1)
    _positive(axes, x, [row.allowed for row in equalities], "_", 1, "allowed difference")
    _positive(axes, x, [abs(row.difference) for row in equalities], "o", 0, "|left − right|")
    _positive(axes, after, [-row.difference for row in others], "^", 2, "room of inequalities")
    axes.set_yscale("log")
    return _finish(axes, "instance", "size", _ABOVE)


def _positive(
    axes: Axes, x: Sequence[int], y: Sequence[float], mark: str, colour: int, label: str
) -> None:
    kept = [(a, b) for a, b in zip(x, y, strict=True) if 0 < b < math.inf]
    if kept:
        at, values = zip(*kept, strict=True)
        size = _WIDE.get(mark, 4)
        axes.plot(at, values, mark, color=SERIES[colour], markersize=size, label=label)


def _finish(
    axes: Axes, x_label: str, y_label: str, legend: Mapping[str, Any] | None = None
) -> Axes:
    axes.set_xlabel(x_label, color=INK)
    axes.set_ylabel(wrapped(axes, y_label), color=INK)
    axes.tick_params(colors=INK, which="both")
    for name, spine in axes.spines.items():
        spine.set_visible(name in _AXES)
        spine.set_color(INK)
    words = axes.get_legend_handles_labels()[1]
    if words:
        above = {**legend, "ncols": legend_columns(axes, words, _COLUMNS)} if legend else {}
        axes.legend(frameon=False, labelcolor=INK, **above)
    return axes
