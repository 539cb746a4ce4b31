"""Layers beside a curve's values: estimates, trained critics, bounds, slopes, its ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from divkit.curves import Curve
from divkit.curves.layers import Form, Layer
from divkit.divergences.base import Divergence
from divkit.plots.curve_words import LENGTH, short
from divkit.plots.style import DASHES, SERIES, SOFT
from divkit.types import FloatArray

Colours = Mapping[tuple[str, float | None], str]
"""The colour of each line, by divergence and level."""
_APART = 0.07
"""The least distance between two words at the lines' ends, as a share of the height."""
_OPEN = {"lower": "^", "upper": "v", "both": "D"}
"""Open markers around points at which estimates are limits, by the side that they claim."""
_SAID = {"lower": "△ lower limits", "upper": "▽ upper limits", "both": "◇ limits of both sides"}
_MARKERS = ("o", "s", "D", "^", "v", "P")


@dataclass(frozen=True)
class Look:
    """The style of a layer: its colour, its turn among those of its form, what it is called."""

    colour: str
    turn: int
    label: str


def draw_layers(
    main: Axes, below: Axes, right: Axes | None, curve: Curve, colours: Colours
) -> None:
    """Draw the layers of a curve: slopes into `below`, lengths into `right`, the rest into main.

    Parameters
    ----------
    colours : of the lines that are drawn already.
    """
    turns: dict[Form, int] = {}
    taken = len(dict.fromkeys(colours.values()))
    for layer in curve.layers:
        if layer.form in _ENDS:
            continue
        turn = turns[layer.form] = turns.get(layer.form, -1) + 1
        own = colours.get((layer.kind, layer.level), SOFT)
        colour = SERIES[(taken + turn) % 6] if layer.form in _OWN_COLOUR else own
        axes = right if layer.unit == LENGTH and right is not None else main
        target = below if layer.form in _BELOW else axes
        _DRAWN[layer.form](target, layer, Look(colour, turn, _words(curve, layer)))


def _words(curve: Curve, layer: Layer) -> str:
    level = "" if curve.by is None else f", {curve.by.name} = {layer.level:g}"
    said = [words for side, words in _SAID.items() if side in layer.sides]
    sides = f" ({', '.join(said)} among them)" if said else ""
    return f"{short(layer.kind)} {layer.name}{level}{sides}"


def _numbers(layer: Layer) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    rows = (layer.value, layer.low, layer.high)
    value, low, high = (np.array(row, dtype=float) for row in rows)
    return np.array(layer.at), value, low, high


def _band(axes: Axes, layer: Layer, look: Look) -> None:
    x, value, low, high = _numbers(layer)
    axes.plot(
        x, value, color=look.colour, linestyle="--", linewidth=1.2,
        marker=_MARKERS[look.turn % 6], markersize=3.5, label=look.label,
    )  # fmt: skip
    axes.fill_between(x, low, high, color=look.colour, alpha=0.2, linewidth=0)
    for side, marker in _OPEN.items():
        there = np.array([each == side for each in layer.sides])
        axes.plot(
            x[there], value[there], color=look.colour, linestyle="none", marker=marker,
            markersize=8, fillstyle="none", markeredgewidth=1.2,
        )  # fmt: skip


def _marks(axes: Axes, layer: Layer, look: Look) -> None:
    x, value, low, high = _numbers(layer)
    axes.plot(
        x, value, color=look.colour, linestyle="none", marker=_MARKERS[look.turn % 6],
        markersize=5, fillstyle="none", label=look.label,
    )  # fmt: skip
    axes.vlines(x, low, high, color=look.colour, linewidth=1.0)


def _bound(axes: Axes, layer: Layer, look: Look) -> None:
    x, value, *_ = _numbers(layer)
    axes.plot(
        x, value, color=look.colour, linestyle=DASHES[1 + look.turn % 5], linewidth=1.0,
        alpha=0.8, label=look.label,
    )  # fmt: skip


def _slope(axes: Axes, layer: Layer, look: Look) -> None:
    x, value, low, high = _numbers(layer)
    axes.plot(
        x, value, color=look.colour, linestyle=(0, (4, 1, 1, 1)), linewidth=1.3, label=look.label
    )
    axes.fill_between(x, low, high, color=look.colour, alpha=0.22, linewidth=0)
    axes.set_ylabel(axes.get_ylabel() or "slope")


def ends_of(curve: Curve, kind: Divergence, level: float | None) -> list[str]:
    """Words for the tendency of a line: one, or none."""
    of = (kind.name, level)
    ends = (layer for layer in curve.layers if layer.form in _ENDS and layer.value)
    return [layer.name for layer in ends if (layer.kind, layer.level) == of]


def draw_ends(axes: Axes, curve: Curve, colours: Colours) -> None:
    """Write what each line tends to beside its end, at the right of the axes, words apart."""
    ends = [layer for layer in curve.layers if layer.form in _ENDS and layer.value]
    ends.sort(key=lambda layer: -layer.value[-1])
    write_at_ends(
        axes,
        [
            (layer.value[-1], layer.name, colours.get((layer.kind, layer.level), SOFT))
            for layer in ends
        ],
    )


def write_at_ends(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Write words at the right of the axes at heights, from the top down, apart from each other.

    Parameters
    ----------
    ends : the height in data, the words and their colour of each, the highest first.
    """
    heights = _apart([_height(axes, value) for value, _, _ in ends])
    for (_, words, colour), height in zip(ends, heights, strict=True):
        axes.annotate(
            words, (1.0, height), xycoords="axes fraction", xytext=(4, 0),
            textcoords="offset points", ha="left", va="center", fontsize="small",
            color=colour, annotation_clip=False,
        )  # fmt: skip


def _apart(heights: list[float]) -> list[float]:
    """Heights from the top down, moved so that no two are nearer than words are high."""
    for k in range(1, len(heights)):
        heights[k] = min(heights[k], heights[k - 1] - _APART)
    for k in reversed(range(len(heights))):
        heights[k] = max(heights[k], (len(heights) - 1 - k) * _APART)
    return heights


def _height(axes: Axes, value: float) -> float:
    """Where a value lies in the axes, 0 at the bottom and 1 at the top."""
    place = axes.transAxes.inverted().transform(axes.transData.transform([(1.0, value)]))[0, 1]
    return float(np.clip(place, 0.0, 1.0))


_DRAWN: Mapping[Form, Callable[[Axes, Layer, Look], None]] = {
    "band": _band,
    "marks": _marks,
    "floor": _bound,
    "roof": _bound,
    "slope": _slope,
}
_OWN_COLOUR = frozenset({"band", "marks"})
_ENDS = frozenset({"end"})
_BELOW = frozenset({"slope"})
