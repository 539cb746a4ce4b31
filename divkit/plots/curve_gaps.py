"""Where a curve has no number, or half of one: marks and words, so that no hole is silent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from divkit.curves.entries import Entry
from divkit.plots.curve_words import is_unknown
from divkit.plots.style import SOFT
from divkit.types import LOWER, FloatArray

Gap = tuple[FloatArray, Sequence[Entry], str, str]
"""Parameters, entries, the colour and the name of a line."""
_LETTER = 0.013
"""The width of a letter, as a share of the axes."""
_LONG = 0.7
"""The share of the width from which a mark's word stands over its middle."""
_HIGH, _LOW, _STEP = 0.98, 0.025, 0.06
"""Heights of the marks in the axes, and what each further line is moved by at least."""
_LINE = 10.0
"""Points from one line of words to the next."""


_KINDS: Sequence[tuple[Callable[[Entry], bool], float, float, str, str]] = (
    (lambda entry: math.isinf(entry.value), _HIGH, -_STEP, "^", "= ∞"),
    (lambda entry: math.isnan(entry.value), _LOW, _STEP, "x", "refused"),
    (is_unknown, _LOW, _STEP, "x", "not known"),
)
"""Points without a number: the test, the height and its step, the mark, the word."""


def mark_gaps(axes: Axes, lines: Sequence[Gap], above: Axes | None = None) -> None:
    """Mark each run of infinite points at the top, refused and unknown ones at the bottom.

    Words are written in the axes `above`, a second pair of the same place, where lines lie there.
    """
    words = axes if above is None else above
    for lacks, height, step, marker, said in _KINDS:
        step *= _roomy(axes)
        for x, entries, colour, name in lines:
            runs = list(_runs(np.array([lacks(entry) for entry in entries])))
            for run in runs:
                _mark(axes, x[run], height, marker, colour)
                _say(axes, words, x[run], height, f"{name} {said}", colour)
            height += step if runs else 0.0


def _roomy(axes: Axes) -> float:
    """The factor by which marks are moved apart, so that words of 8 points fit between them."""
    height = axes.get_window_extent().height * 72 / axes.figure.dpi
    return float(max(1.0, _LINE / (_STEP * height)))


def _mark(axes: Axes, x: FloatArray, height: float, marker: str, colour: str) -> None:
    axes.plot(
        [x[0], x[-1]],
        [height, height],
        color=colour,
        marker=marker,
        markersize=4,
        linewidth=0.8,
        transform=axes.get_xaxis_transform(),
        clip_on=False,
        label="_gap",
    )


def _say(axes: Axes, words: Axes, x: FloatArray, height: float, word: str, colour: str) -> None:
    first, last = (_across(axes, t) for t in (x[0], x[-1]))
    if last - first > _LONG:
        place, side = x[len(x) // 2], "center"
    elif first + last < 1:
        place, side = x[-1], "left"
    else:
        place, side = x[0], "right"
    _keep_room(axes, place, height, side, word)
    words.annotate(
        word,
        (place, height),
        xycoords=axes.get_xaxis_transform(),
        xytext=({"left": 6, "right": -6, "center": 0}[side], 0),
        textcoords="offset points",
        ha=side,
        va="center",
        fontsize="small",
        color=colour,
        bbox={"facecolor": axes.get_facecolor(), "edgecolor": "none", "pad": 0.5},
        path_effects=[withStroke(linewidth=3, foreground=axes.get_facecolor())],
    )


def _keep_room(axes: Axes, at: float, height: float, side: str, word: str) -> None:
    """Put points that are not seen under a word, so that a legend looks for another place."""
    width = _LETTER * len(word)
    start = _across(axes, at) - {"left": 0.0, "center": 0.5, "right": 1.0}[side] * width
    across = np.linspace(start, start + width, 12)
    room = np.full_like(across, height)
    axes.plot(across, room, alpha=0.0, transform=axes.transAxes, label="_room")


def _across(axes: Axes, t: float) -> float:
    """Where a parameter lies in the axes, 0 at the left and 1 at the right."""
    point = axes.transData.transform([(t, axes.get_ylim()[1])])
    return float(axes.transAxes.inverted().transform(point)[0, 0])


def _runs(where: np.ndarray) -> Iterator[slice]:
    """Stretches of neighbours for which `where` is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], where.astype(int), [0]])))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        yield slice(int(start), int(stop))


def mark_sides(axes: Axes, x: FloatArray, entries: Sequence[Entry], colour: str) -> None:
    """Put an arrow on each value of which one side alone is claimed, to where the truth may be."""
    for t, entry in zip(x, entries, strict=True):
        if entry.one_sided is not None and np.isfinite(entry.value):
            marker = "^" if entry.one_sided == LOWER else "v"
            axes.plot([t], [entry.value], marker=marker, color=colour, markersize=6, label="_side")


def mark_leaving(axes: Axes, x: FloatArray, value: FloatArray, top: float, colour: str) -> None:
    """Mark where a line leaves at the top, with the largest value that it has out there."""
    for run in _runs(np.nan_to_num(value, nan=-np.inf) > top):
        place = float(np.mean(x[run]))
        axes.plot(
            [place],
            [1.0],
            color=colour,
            marker="^",
            markersize=5,
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            label="_gap",
        )
        left = _across(axes, place) > 0.5
        axes.annotate(
            f"up to {float(value[run].max()):.3g}",
            (place, 1.0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(-7 if left else 7, -17),  # below the word of an infinity beside it
            textcoords="offset points",
            ha="right" if left else "left",
            va="top",
            fontsize="small",
            color=colour,
            path_effects=[withStroke(linewidth=3, foreground=axes.get_facecolor())],
        )


def mark_zeros(axes: Axes, places: Sequence[float]) -> None:
    """Mark where lines leave a logarithmic axis at the bottom: their values are 0, or may be."""
    axes.plot(
        places, [0.0] * len(places), "v", color=SOFT, markersize=4, clip_on=False, label="_gap",
        transform=axes.get_xaxis_transform(),
    )  # fmt: skip
    axes.annotate(
        "0", (places[0], 0.0), xycoords=axes.get_xaxis_transform(), xytext=(4, 3),
        textcoords="offset points", fontsize="small", color=SOFT,
    )  # fmt: skip
