"""The verdict table as a figure: each statement with its two sides, and whether they agree.

A row needs about 0.45 inches of height; the axes fill it evenly.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes

from divkit.plots.style import GREEN, GRID, INK, SOFT, VERMILION
from divkit.theory import CheckResult
from divkit.theory.framework.verdict import Decision

_HEADS = ("statement", "left", "right", "difference", "allowed", "verdict")
_STATEMENT = 110  # characters that fit
_COLOURS = {Decision.HOLDS: GREEN, Decision.UNDECIDED: INK, Decision.FAILS: VERMILION}
_RIGHT_EDGES = (None, 0.58, 0.72, 0.83, 0.915, 0.93)


def draw_verdicts(axes: Axes, verdicts: Sequence[CheckResult]) -> Axes:
    """Write one row a statement: id, left, right, difference, allowed, verdict.

    Returns
    -------
    Axes
        The same axes.

    Raises
    ------
    ValueError
        If there are no rows.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from divkit import verify
    >>> axes = draw_verdicts(Figure().subplots(), verify("js-tv-bounds", figures=False))
    >>> len(axes.texts) > 0
    True
    """
    if not verdicts:
        raise ValueError("a verdict table needs at least one row; got none.")
    axes.set_axis_off()
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(len(verdicts) + 0.6, -0.6)
    _row(axes, 0.1, _HEADS, SOFT, SOFT, bold=True)
    for k, verdict in enumerate(verdicts, start=1):
        axes.axhline(k - 0.5, color=GRID, linewidth=0.8)
        mark = f"{verdict.verdict.mark} {verdict.verdict.words}"
        numbers = (_number(verdict.left), _number(verdict.right))
        sizes = (_size(verdict.difference), _size(verdict.allowed))
        colour = _COLOURS[verdict.verdict]
        _row(axes, k - 0.14, (verdict.id, *numbers, *sizes, mark), INK, colour)
        says = textwrap.shorten(verdict.statement, _STATEMENT, placeholder=" …")
        axes.text(0.0, k + 0.22, says, va="center", fontsize=7.5, color=SOFT, parse_math=False)
    return axes


def _row(
    axes: Axes, y: float, cells: Sequence[str], colour: str, last: str, bold: bool = False
) -> None:
    weight = "bold" if bold else "normal"
    for k, (cell, edge) in enumerate(zip(cells, _RIGHT_EDGES, strict=True)):
        final = k == len(cells) - 1
        axes.text(
            edge if edge is not None else 0.0,
            y,
            cell,
            va="center",
            ha="left" if edge is None or final else "right",
            color=last if final else colour,
            fontsize=9,
            fontweight=weight,
            parse_math=False,
        )


def _number(value: float) -> str:
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "not known")
    return f"{value:.9g}".replace("-", "−")


def _size(value: float) -> str:
    if value == 0 or not math.isfinite(value):
        return _number(value)
    return f"{value:.1e}".replace("-", "−")
