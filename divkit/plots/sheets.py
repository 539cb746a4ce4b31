"""Several panels on one figure of a given width: beside each other where each can be read."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from divkit.plots.style import MILLIMETRE, width_of

LEAST = 80.0
"""Millimetres that a panel takes across, at least, unless the figure is narrower."""
_LETTER, _HANDLE, _ROW, _FREE = 0.55, 4.5, 1.8, 0.9
"""In sizes of letters: a letter, a legend's handle, its row; the share of axes without labels."""
_SHAPE = 0.72
"""The height of a panel over its width."""


def sheet(figure: Figure, count: int, width: str | float, *, wide: bool = False) -> list[Axes]:
    """Give a figure its size and so many panels, in rows that the width has room for.

    Parameters
    ----------
    figure : of this width in the house style, `divkit.plots.style`.
    count : of the panels.
    width : as `style` takes it.
    wide : whether the first panel has a row of its own.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> [len(sheet(Figure(), 3, width)) for width in ("single", "double")]
    [3, 3]
    """
    millimetres = width_of(width)
    across = max(1, min(count, int(millimetres / LEAST)))
    first = [across] if wide else []
    spans = first + [1] * (count - len(first))
    places, row, column = [], 0, 0
    for span in spans:
        if column + span > across:
            row, column = row + 1, 0
        places.append((row, column, span))
        column += span
    inches = millimetres * MILLIMETRE
    figure.set_size_inches(inches, (row + 1) * _SHAPE * inches / across)
    grid = figure.add_gridspec(row + 1, across)
    return [figure.add_subplot(grid[r, c : c + span]) for r, c, span in places]


def legend_columns(axes: Axes, words: Sequence[str], most: int) -> int:
    """Return how many columns, at most `most`, a legend of these words may have over the axes."""
    size = _size(matplotlib.rcParams["legend.fontsize"])
    wide = size * (_LETTER * max(map(len, words)) + _HANDLE)
    return max(1, min(most, int(_points(axes, 0) / wide)))


def legend_height(words: Sequence[str], columns: int) -> float:
    """Return the height in points of a legend above the axes."""
    return _ROW * _size(matplotlib.rcParams["legend.fontsize"]) * math.ceil(len(words) / columns)


def wrapped(axes: Axes, label: str) -> str:
    """Return a label of the vertical axis in lines that are no longer than the axis."""
    size = _size(matplotlib.rcParams["font.size"])
    return textwrap.fill(label, max(12, int(_points(axes, 1) / (_LETTER * size))))


def _size(letters: float | str) -> float:
    """A size of letters in points, of a number or a word such as "medium"."""
    return float(FontProperties(size=letters).get_size_in_points())


def _points(axes: Axes, side: int) -> float:
    """The width or the height of the axes in points, less what labels take."""
    inches = axes.get_window_extent().size[side] / axes.figure.dpi
    return _FREE * 72.0 * float(inches)
