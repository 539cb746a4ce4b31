"""Two samples side by side: a column, the plane of two directions, the estimated log ratio."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from divkit.comparison import Comparison, Contrast
from divkit.plots.bins import bins
from divkit.plots.dates import show_dates
from divkit.plots.style import BLUE, DASHES, VERMILION, plain, shown
from divkit.types import FloatArray

_MOST_BINS = 60
_MOST_DOTS = 1500
MOST_LABELS, _LONGEST, _ROOM = 12, 18, 40


def draw_column(axes: Axes, x: FloatArray, y: FloatArray, name: str = "x") -> Axes:
    """Histograms of one column of both samples, as densities on common bins.

    Bins are those of the pooled rows between the 0.5 % and 99.5 % quantiles
    (`divkit.plots.bins`); what lies beyond is counted in the densities but not shown.

    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> x, y = np.random.default_rng(0).normal(size=(2, 50))
    >>> draw_column(Figure().subplots(), x, y + 1, "height").get_xlabel()
    'height'
    """
    edges = bins(np.concatenate([x, y]), _MOST_BINS)
    for rows, label, colour, dash in ((x, "A", BLUE, "-"), (y, "B", VERMILION, DASHES[1])):
        density = np.histogram(rows, edges)[0] / (len(rows) * np.diff(edges))
        axes.stairs(density, edges, color=colour, linestyle=dash, linewidth=1.7, label=label)
        axes.stairs(density, edges, color=colour, fill=True, alpha=0.14)
    axes.set_xlabel(shown(name))
    axes.set_ylabel("density")
    axes.legend()
    plain(axes)
    return axes


def draw_dates(axes: Axes, x: FloatArray, y: FloatArray, name: str = "x") -> Axes:
    """Histograms as `draw_column`'s, of days from 1970-01-01 on, over an axis of dates.

    >>> from matplotlib.figure import Figure
    >>> x, y = np.random.default_rng(0).normal(19_800, 60, size=(2, 50))
    >>> axes = draw_dates(Figure().subplots(), x, y, "day")
    >>> axes.xaxis.get_major_formatter().format_data_short(19_800.0)
    '2024-03-18 00:00:00'
    """
    draw_column(axes, x, y, name)
    show_dates(axes.xaxis)
    return axes


def draw_labels(
    axes: Axes,
    x: FloatArray,
    y: FloatArray,
    words: Sequence[str],
    name: str = "x",
    ordered: bool = False,
) -> Axes:
    """Shares of the labels of one column in both samples, the most frequent first.

    Parameters
    ----------
    x, y : (n,) and (m,), the place of each row's label among `words`.
    words : the labels; beyond `MOST_LABELS` the rest is left out, and how many is said.
    ordered : whether the labels stand in their own order, as numbers do.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> x, y = np.array([0.0, 0.0, 1.0]), np.array([1.0, 1.0])
    >>> axes = draw_labels(Figure().subplots(), x, y, ["red", "blue"], "colour")
    >>> [tick.get_text() for tick in axes.get_xticklabels()]
    ['blue', 'red']
    """
    shares = [
        np.bincount(rows.astype(np.int64), minlength=len(words)) / len(rows) for rows in (x, y)
    ]
    order = np.argsort(-(shares[0] + shares[1]), kind="stable")[:MOST_LABELS]
    order = np.sort(order) if ordered else order
    at, left = np.arange(len(order)), len(words) - len(order)
    for side, (label, colour, hatch) in enumerate((("A", BLUE, None), ("B", VERMILION, "///"))):
        place = at + (-0.2 if side == 0 else 0.2)
        axes.bar(
            place, shares[side][order], 0.38, color=colour, alpha=0.75, hatch=hatch, label=label
        )
    axes.set_xticks(at, [shown(words[k][:_LONGEST]) for k in order])
    if sum(len(words[k]) for k in order) > _ROOM:
        axes.tick_params("x", labelrotation=35)
    axes.set_xlabel(shown(name) + (f" ({left} rarer labels are not shown)" if left else ""))
    axes.set_ylabel("share of rows")
    axes.margins(y=0.25)  # room for the legend
    axes.legend()
    plain(axes)
    return axes


def draw_ratios(axes: Axes, comparison: Comparison) -> Axes:
    """Histograms of log p − log q at the rows of each sample, each row left out of its own fit.

    Rows on atoms that one sample alone has are infinitely far out: how many is said.

    >>> import divkit
    >>> from matplotlib.figure import Figure
    >>> x, y = np.random.default_rng(0).normal(size=(2, 40))
    >>> found = divkit.compare(x, y + 1, ("js",), permutations=19)
    >>> draw_ratios(Figure().subplots(), found).get_xlabel()
    'log p − log q (nats)'
    """
    n, shown = len(comparison.pair.x), np.isfinite(comparison.log_ratios)
    beyond = f"; infinite at {int((~shown).sum())} rows" if not shown.all() else ""
    x, y = (r[np.isfinite(r)] for r in (comparison.log_ratios[:n], comparison.log_ratios[n:]))
    name = f"log p − log q (nats){beyond}"
    if len(x) and len(y):
        draw_column(axes, x, y, name)
    axes.set_xlabel(name)
    axes.axvline(0.0, color="0.4", linewidth=0.8, linestyle=":")
    axes.set_ylabel("share of rows per nat")
    return axes


def draw_directions(axes: Axes, comparison: Comparison) -> Axes:
    """The rows in the plane of two directions, or of the two most unlike columns.

    The directions are the first, and of the others the one that is nearest to a right angle to it.

    Raises
    ------
    ValueError
        If the samples have one column of numbers, or none.

    Examples
    --------
    >>> import divkit
    >>> from matplotlib.figure import Figure
    >>> x, y = np.random.default_rng(0).normal(size=(2, 20, 2))
    >>> found = divkit.compare(x, y + 1, ("energy",), permutations=19)
    >>> len(draw_directions(Figure().subplots(), found).collections)
    2
    """
    if sum(not comparison.pair.labels_of(k) for k in range(comparison.pair.dim)) < 2:
        raise ValueError("one column has no plane; draw_column shows it.")
    first, second = _plane(comparison)
    for rows, label, colour, mark in _thinned(comparison):
        axes.scatter(
            rows @ first[0],
            rows @ second[0],
            s=9,
            color=colour,
            marker=mark,
            alpha=0.5,
            linewidths=0,
            label=label,
        )
    axes.set_xlabel(first[1])
    axes.set_ylabel(second[1])
    axes.legend()
    plain(axes)
    return axes


def _plane(comparison: Comparison) -> tuple[tuple[FloatArray, str], tuple[FloatArray, str]]:
    if len(comparison.contrasts) > 1:
        first, *others = comparison.contrasts
        second = min(others, key=lambda c: abs(float(np.dot(c.weights, first.weights))))
        a, b = (
            (_over_all(c, comparison.columns), f"direction of {c.kind}: {_words(c.leading(2))}")
            for c in (first, second)
        )
        return a, b
    unit = np.eye(comparison.pair.dim)
    a, b = (
        (unit[comparison.columns.index(f.name)], f"{shown(f.name)} (standardised)")
        for f in [f for f in comparison.features if f.unit is not None][:2]
    )
    return a, b


def _over_all(contrast: Contrast, columns: tuple[str, ...]) -> FloatArray:
    """Its weights with 0 for the columns that it leaves out, the categories."""
    weights = dict(zip(contrast.columns, contrast.weights, strict=True))
    return np.array([weights.get(name, 0.0) for name in columns])


def _words(leading: tuple[tuple[str, float], ...]) -> str:
    return ", ".join(f"{weight:+.2f} {shown(name)}" for name, weight in leading) + " …"


def _thinned(comparison: Comparison) -> list[tuple[FloatArray, str, str, str]]:
    """At most so many rows of each, the first ones: rows are independent."""
    rows = comparison.pair.standardised
    return [(rows.x[:_MOST_DOTS], "A", BLUE, "o"), (rows.y[:_MOST_DOTS], "B", VERMILION, "^")]
