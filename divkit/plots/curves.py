"""Divergences along a path: lines with their errors, ceilings, and where there is no value.

What has no value leaves a gap that is marked and named: an infinity at the top, a refusal at the
bottom. A value of which one side alone is claimed is an arrow to that side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes

from divkit.curves import Curve
from divkit.curves.entries import Entry
from divkit.curves.placement import BESIDE
from divkit.curves.table import Strand
from divkit.divergences.base import Divergence
from divkit.plots.curve_gaps import mark_gaps, mark_leaving, mark_sides, mark_zeros
from divkit.plots.curve_layers import draw_ends, draw_layers, ends_of, write_at_ends
from divkit.plots.curve_words import is_length, is_unknown, level_words, plain_ticks, short
from divkit.plots.style import DASHES, SERIES, SOFT, plain, twin
from divkit.types import FloatArray

_SEEN = 0.8
"""The share of a ceiling that a curve must reach for the ceiling to be drawn."""
_MANY = 4
"""Lines of a family from which each is named at its end."""
_BELOW = 0.5
"""The bottom of a logarithmic axis, as a share of the least value that is not 0."""
_POLE = 2.0
"""The factor by which they must exceed all others."""
_SIDES: Mapping[float, Literal["left", "center", "right"]] = {
    1.0: "right",
    0.0: "left",
    0.5: "center",
}
"""Where the words of a ceiling may stand, as shares of the width; the first is preferred."""
_WORD_WIDTH, _WORD_HEIGHT = 0.3, 0.06
_SCALES: Mapping[str, Callable[[FloatArray], FloatArray]] = {"log": np.log, "linear": np.asarray}
Band = tuple[FloatArray, FloatArray]
"""Lower and upper ends of intervals, (n,) each."""


@dataclass(frozen=True)
class DrawnLine:
    """One divergence along one line, with its look."""

    kind: Divergence
    level: float | None
    x: FloatArray
    entries: tuple[Entry, ...]
    colour: str
    dash: object
    label: str

    @property
    def numbers(self) -> tuple[FloatArray, FloatArray]:
        """Values and errors; NaN where a value is not finite, or nothing is known of its error."""
        value = np.array([entry.value for entry in self.entries])
        error = np.array([entry.error for entry in self.entries])
        finite = np.isfinite(value) & ~np.array([is_unknown(entry) for entry in self.entries])
        return np.where(finite, value, np.nan), np.where(finite, error, np.nan)


def draw_curve(
    axes: Axes | Sequence[Axes],
    curve: Curve,
    *,
    bands: Mapping[str, Band] | None = None,
    ceiling: bool = True,
    log: bool = False,
) -> Axes:
    """Draw every divergence of a curve against the path's parameter.

    Divergences in nats (and those without unit) use the left axis, lengths such as W1 an axis at
    the right. Each has its band of ± error; an exact one is as thin as the line. Where a value is
    infinite or was refused there is a gap, with a mark and a word, and the legend counts it.

    Parameters
    ----------
    axes : where to draw; of a curve with slopes, a second one for them, or they share the first.
    curve : from `divkit.curve`.
    bands : intervals by kind to draw instead of ± error: those of an estimator, say.
    ceiling : mark the largest value of a bounded divergence where the curve comes near it.
    log : whether values are drawn in the logarithm.

    Raises
    ------
    ValueError
        If the curve is a map: `draw_map` draws those.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from divkit import curve
    >>> found = curve("normal(0, 1)", "normal(t, 1)", "js", over="t=0:3:4")
    >>> draw_curve(Figure().subplots(), found).get_xlabel()
    't'
    """
    main, below = (axes, axes) if isinstance(axes, Axes) else (axes[0], axes[-1])
    if curve.is_map:
        raise ValueError("a curve over two parameters is a map; draw it with draw_map.")
    for each in {main: None, below: None}:
        each.set_xscale("log" if curve.over[0].log else "linear")
        each.set_yscale("log" if log and each is main else "linear")
    lines = list(_lines(curve))
    right = _draw_lines(main, lines, bands or {}, log)
    if ceiling:
        _draw_ceilings(main, lines)
    colours = {(line.kind.name, line.level): line.colour for line in lines}
    draw_layers(main, below, right, curve, colours)
    sides = {main: [r for r in lines if not is_length(r.entries)]}
    sides |= {} if right is None else {right: [r for r in lines if is_length(r.entries)]}
    for each, held in sides.items():
        _limit(each, held, log=log)
        if log:
            plain_ticks(each.yaxis)
    if curve.over[0].log:
        plain_ticks(below.xaxis)
    _label(main, below, right, curve, lines)
    if right is None:
        draw_ends(main, curve, colours)
    return main


def _lines(curve: Curve) -> Iterator[DrawnLine]:
    strands, single = curve.lines, len(curve.kinds) == 1
    for k, kind in enumerate(curve.kinds):
        for m, strand in enumerate(strands):
            look = m if single else k
            yield DrawnLine(
                kind,
                strand.level,
                np.array([curve.values[i] for i in strand.at]),
                tuple(curve.results[k][i] for i in strand.at),
                SERIES[look % 6],
                _dash(m if len(strands) > 1 else look),
                _words(curve, k, strand),
            )


def _dash(turn: int) -> object:
    """A dash; from the seventh on the colours come again, with another one each."""
    return DASHES[(turn + turn // len(SERIES)) % len(DASHES)]


def _words(curve: Curve, k: int, strand: Strand) -> str:
    """The label of a line: its divergence, its level, and how many of its points warn."""
    label = short(curve.kinds[k])
    if curve.by is not None:
        level = f"{curve.by.name} = {strand.level:g}"
        label = level if len(curve.kinds) == 1 else f"{label}, {level}"
    if any(map(is_length, curve.results)):  # an axis stands where words at ends would
        label += "".join(f" {end}" for end in ends_of(curve, curve.kinds[k], strand.level))
    entries = [curve.results[k][i] for i in strand.at]
    limits = sum(entry.one_sided is not None for entry in entries)
    if is_length(entries):
        label += " (right axis)"
    value = np.array([entry.value for entry in entries])
    refused = int(np.isnan(value).sum())
    counts = (
        ("infinite", int(np.isinf(value).sum())),
        ("refused", refused),
        ("limits, arrows,", limits),
        ("error not known", sum(map(is_unknown, entries))),
        ("warnings", sum(bool(entry.warnings) for entry in entries) - refused),
    )
    for word, count in counts:
        if count:
            label += f" ({word} at {count} of {len(value)} points)"
    return label


def _limit(axes: Axes, lines: Sequence[DrawnLine], *, log: bool) -> None:
    """Let a line that grows to infinity leave at the top, so that the rest can be seen."""
    if log:
        _end_at_zero(axes, lines)
    elif axes.dataLim.y0 >= 0:
        axes.set_ylim(bottom=0.0)
    tops = [_top(line, axes.get_xscale()) for line in lines]
    highest = max(float(np.nanmax(line.numbers[0], initial=-math.inf)) for line in lines)
    if not log and tops and 0 < max(tops) < highest / _POLE:
        top = 1.4 * max(tops)
        axes.set_ylim(top=top)
        for line in lines:
            mark_leaving(axes, line.x, line.numbers[0], top, line.colour)


def _end_at_zero(axes: Axes, lines: Sequence[DrawnLine]) -> None:
    """Let values that may be 0, which have no logarithm, leave at the bottom, with a mark."""
    numbers = [(line.x, *line.numbers) for line in lines]
    some = np.concatenate([value[value > np.nan_to_num(error)] for _, value, error in numbers])
    gone = {float(t) for x, value, error in numbers for t in x[value <= np.nan_to_num(error)]}
    if gone and len(some):
        axes.set_ylim(_BELOW * float(some.min()), axes.dataLim.y1 / _BELOW)
        mark_zeros(axes, sorted(gone))


def _top(line: DrawnLine, scale: str) -> float:
    """The largest value that is not beside a gap."""
    value, _ = line.numbers
    gaps = ~np.isfinite(value)
    if not gaps.any() or gaps.all():
        return float(np.nanmax(value, initial=-math.inf))
    x = _SCALES[scale](line.x)
    away = np.abs(x[:, None] - x[None, gaps]).min(axis=1) > BESIDE * np.ptp(x)
    return float(np.nanmax(value[away], initial=-math.inf))


def _draw_lines(
    main: Axes, lines: Sequence[DrawnLine], bands: Mapping[str, Band], log: bool
) -> Axes | None:
    """Draw all lines; return the right axis, if lengths needed one."""
    right = None
    for line in lines:
        length = is_length(line.entries)
        if length and right is None:
            right = twin(main, line.colour)
            right.set_yscale("log" if log else "linear")
        target = right if length and right is not None else main
        _draw_line(target, line, bands.get(line.kind.name))
        if target is right:  # the legend of the left axis keeps clear of it
            value = line.numbers[0]
            main.plot(line.x, value, transform=right.transData, alpha=0.0, label="_room")
    gaps = [(line.x, line.entries, line.colour, short(line.kind)) for line in lines]
    mark_gaps(main, gaps, above=right)
    return right


def _draw_line(axes: Axes, line: DrawnLine, band: Band | None) -> None:
    value, error = line.numbers
    finite = np.isfinite(value)
    low, high = band or (value - error, value + error)
    axes.plot(line.x, value, color=line.colour, linestyle=line.dash, label=line.label)
    axes.fill_between(
        line.x, low, high, where=finite.tolist(), color=line.colour, alpha=0.22, linewidth=0
    )
    alone = finite & ~_beside(finite)
    if alone.any():
        axes.plot(line.x[alone], value[alone], "o", color=line.colour, markersize=4)
    mark_sides(axes, line.x, line.entries, line.colour)


def _beside(finite: np.ndarray) -> np.ndarray:
    """Whether a neighbour has a value too, so that a line shows the point."""
    near = np.zeros_like(finite)
    near[1:] |= finite[:-1]
    near[:-1] |= finite[1:]
    return near


def _draw_ceilings(axes: Axes, lines: Sequence[DrawnLine]) -> None:
    levels = set()
    for line in lines:
        upper, value = getattr(line.kind, "upper", math.inf), line.numbers[0]
        if math.isfinite(upper) and np.nanmax(value, initial=-math.inf) >= _SEEN * upper:
            levels.add(upper)
    for upper in sorted(levels):
        axes.axhline(upper, color=SOFT, linewidth=1.0, linestyle=":")
        words, side = f"ceiling {level_words(upper)}", _free_side(axes, lines, upper)
        axes.annotate(
            words, (side, upper), xycoords=axes.get_yaxis_transform(), ha=_SIDES[side],
            xytext=(4 - 8 * side, 3), textcoords="offset points", fontsize="small", color=SOFT,
        )  # fmt: skip


def _free_side(axes: Axes, lines: Sequence[DrawnLine], level: float) -> float:
    """Where words just above a level meet the fewest points of lines: left, middle or right."""
    inside = axes.transData + axes.transAxes.inverted()
    drawn = [np.column_stack([line.x, line.numbers[0]]) for line in lines]
    x, y = inside.transform(np.concatenate(drawn)).T
    base = inside.transform((lines[0].x[0], level))[1]
    beside = (y > base - 0.01) & (y < base + _WORD_HEIGHT)
    return min(_SIDES, key=lambda side: (beside & (np.abs(x - side) < _WORD_WIDTH)).sum())


def _with_units(lines: Mapping[str, DrawnLine]) -> str:
    """Names with "(nats)" after all, or after each of those in nats beside others without unit."""
    nats = ["nats" in {entry.unit for entry in line.entries} for line in lines.values()]
    if all(nats):
        return ", ".join(lines) + (" (nats)" if nats else "")
    parts = zip(lines, nats, strict=True)
    return ", ".join(f"{name} (nats)" if in_nats else name for name, in_nats in parts)


def _label(
    main: Axes, below: Axes, right: Axes | None, curve: Curve, lines: Sequence[DrawnLine]
) -> None:
    others = {short(r.kind): r for r in lines if not is_length(r.entries)}
    lengths = dict.fromkeys(short(r.kind) for r in lines if is_length(r.entries))
    below.set_xlabel(curve.path.label)
    main.set_title(curve.path.statement, fontsize=_title_size(curve.path.statement))
    main.set_ylabel(_with_units(others))
    if right is not None:
        right.set_ylabel(", ".join(lengths) + " (unit of x)")
    handles = [h for axes in (main, right) if axes is not None for h in axes.get_lines()]
    shown = [h for h in handles if not str(h.get_label()).startswith("_")]
    if right is None and len(shown) == len(lines) >= _MANY and len(curve.kinds) == 1:
        _name_at_ends(main, lines)
    else:
        main.legend(handles=shown, loc="best")
    if below is not main:
        below.legend(loc="best")
    plain(*dict.fromkeys(axes for axes in (main, below, right) if axes is not None))


def _name_at_ends(axes: Axes, lines: Sequence[DrawnLine]) -> None:
    """Write each line's level beside its end: many entries of a legend are hard to tell apart."""
    ends = [(line.numbers[0], line.label, line.colour) for line in lines]
    last = [(v[np.isfinite(v)][-1], words, c) for v, words, c in ends if np.isfinite(v).any()]
    write_at_ends(axes, sorted(last, key=lambda end: -end[0]))


def _title_size(statement: str) -> str:
    return "medium" if len(statement) <= 60 else "small"
