"""A curve as a figure of its own, at the width that it has on paper."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, Unpack

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from divkit.curves import Curve
from divkit.curves.table import CurveStyle
from divkit.plots.curve_map import draw_map
from divkit.plots.curve_words import short_label
from divkit.plots.curves import draw_curve
from divkit.plots.fitting import fit
from divkit.plots.style import MILLIMETRE, for_width, width_of
from divkit.signatures import listed

_SLOPES = frozenset({"slope"})
POINTS = 72.0
"""Points an inch."""
_LEGEND = 0.35
"""The share of the axes' height that a legend within them may have."""
_WIDE = 0.75
"""The share of their width."""
_LETTER, _HANDLE, _ROW = 0.55, 4.5, 1.6
"""In sizes of its letters: the width of one, of a handle with its room, the height of a row."""


@listed
def curve_figure(
    curve: Curve, *, width: str | float = "screen", **options: Unpack[CurveStyle]
) -> Figure:
    """Return a figure of a curve: values, and slopes below them; of a map a panel a divergence.

    Parameters
    ----------
    curve : from `divkit.curve`.
    width : "single" (86 mm), "one-and-a-half" (128), "double" (178), "screen" (183), or mm.
    **options : bands, ceiling, log as for `draw_curve`; of a map levels, log as for `draw_map`.

    Raises
    ------
    ValueError
        If the width is none.

    Examples
    --------
    >>> from divkit import curve
    >>> found = curve("normal(0, 1)", "normal(t, 1)", "js", over="t=0:3:4")
    >>> round(float(curve_figure(found, width="single").get_figwidth()), 2)  # inches
    3.39
    """
    millimetres = width_of(width)
    with matplotlib.rc_context(for_width(width)):
        if curve.is_map:
            return _map_figure(curve, millimetres * MILLIMETRE, options)
        return _line_figure(curve, millimetres * MILLIMETRE, options)


def _line_figure(curve: Curve, width: float, options: Mapping[str, Any]) -> Figure:
    slopes = any(layer.form in _SLOPES for layer in curve.layers)
    height = width * (0.9 if slopes else 0.6)
    figure = Figure(figsize=(width, height), layout="constrained")
    ratios = [3, 2] if slopes else [1]
    column = figure.subplots(len(ratios), 1, sharex=True, squeeze=False, height_ratios=ratios)
    panels = list(column.flat)
    draw_curve(panels if slopes else panels[0], curve, **options)
    long_legend_below(figure, panels[0])
    fit(figure, {axes.yaxis.label: short_label(axes.get_ylabel()) for axes in figure.axes})
    return figure


def long_legend_below(figure: Figure, axes: Axes) -> None:
    """Move a legend that would cover lines below the axes, and give it its own height."""
    legend = axes.get_legend()
    if legend is None or not legend.get_texts():
        return
    words = [text.get_text() for text in legend.get_texts()]
    handles = [handle for handle in legend.legend_handles if handle is not None]
    size = float(legend.get_texts()[0].get_fontsize()) / POINTS
    width, height = figure.get_size_inches()
    inside, wide = axes.get_position(), size * (_LETTER * max(map(len, words)) + _HANDLE)
    low = _ROW * size * len(words) <= _LEGEND * height * inside.height
    if low and wide <= _WIDE * width * inside.width:
        return
    columns = max(1, int(width / wide))
    words = [textwrap.fill(said, int((width / size - _HANDLE) / _LETTER)) for said in words]
    legend.remove()
    lines = max(said.count("\n") + 1 for said in words)
    rows = lines * -(-len(words) // columns)
    figure.set_size_inches(width, height + _ROW * size * rows)
    figure.legend(handles, words, loc="outside lower left", ncols=columns)


def _map_figure(curve: Curve, width: float, options: Mapping[str, Any]) -> Figure:
    count = len(curve.kinds)
    columns = min(count, 2)
    rows = -(-count // columns)
    height = rows * width * (0.8 if columns == 1 else 0.44) + 0.3
    figure = Figure(figsize=(width, height), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for empty in panels[count:]:
        empty.remove()
    draw_map(panels[:count], curve, **options)
    title = figure.suptitle(curve.path.statement, fontsize="medium", x=0.01, ha="left")
    title.set_parse_math(False)
    fit(figure, {})
    return figure
