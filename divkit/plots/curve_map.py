"""A divergence over two parameters: a heat map with contours, one divergence a panel."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import MaxNLocator

from divkit.curves import Curve
from divkit.divergences.base import Divergence, FDivergence, Transformed
from divkit.plots.curve_words import is_unknown, plain_ticks, short
from divkit.plots.style import INK, plain
from divkit.types import LOWER, UPPER, FloatArray

_COLOURS = "cividis"
"""Dark to light, so that a print without colour keeps the order."""
_WIDE = 8.0
"""The ratio of a map's greatest value to its median from which colours go by the logarithm."""
_DECADES = 100.0
"""The ratio of the greatest to the least from which they do where the divergence has no bound."""
_LEAST = 1e-3
"""The least value of such colours, as a share of the greatest."""


def draw_map(
    axes: Axes | Sequence[Axes], curve: Curve, *, levels: int = 7, log: bool | None = None
) -> Axes | Sequence[Axes]:
    """Draw each divergence of a curve over two parameters: colours, and contours with numbers.

    What is infinite or was refused is hatched, and the panel's title says which. Where the error
    is more than the distance of two contours there are dots.

    Parameters
    ----------
    axes : one a divergence; a single one of a single divergence.
    curve : over two parameters.
    levels : contours at most.
    log : whether colours go by the logarithm of the value; chosen by the values where None.

    Raises
    ------
    ValueError
        If the curve is a line, or the axes are not as many as its divergences.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from divkit import curve
    >>> found = curve("normal(0, 1)", "normal(a, b)", "js", over=["a=0:1:3", "b=1:2:3"])
    >>> draw_map(Figure().subplots(), found).get_ylabel()
    'b'
    """
    panels = [axes] if isinstance(axes, Axes) else list(axes)
    if len(panels) != len(curve.kinds):
        raise ValueError(
            f"a map has one panel a divergence; got {len(panels)} axes for {len(curve.kinds)}."
        )
    for panel, kind in zip(panels, curve.kinds, strict=True):
        _draw_panel(panel, curve, kind, levels, log)
    return axes


def _draw_panel(axes: Axes, curve: Curve, kind: Divergence, levels: int, log: bool | None) -> None:
    x, y, value = curve.grid(kind)
    finite = np.where(np.isfinite(value), value, np.nan)
    by_log = _spans(finite, kind) if log is None else log
    norm = _norm(finite, by_log)
    axes.grid(visible=False)
    axes.set_facecolor("white")
    shown = np.maximum(finite, norm.vmin or 0.0) if by_log else finite  # 0 has no logarithm
    picture = axes.pcolormesh(
        x, y, shown, cmap=_COLOURS, norm=norm, shading="nearest", rasterized=True
    )
    lines = _draw_contours(axes, (x, y, finite), levels, by_log, norm)
    missing = _draw_missing(axes, x, y, value) + _draw_limits(axes, curve, kind)
    _draw_errors(axes, curve, kind, lines)
    axes.set_xscale("log" if curve.over[0].log else "linear")
    axes.set_yscale("log" if curve.over[1].log else "linear")
    for own, walked in zip((axes.xaxis, axes.yaxis), curve.over, strict=True):
        if walked.log:
            plain_ticks(own)
    axes.set_xlabel(curve.over[0].name)
    axes.set_ylabel(curve.over[1].name)
    axes.set_title(f"{short(kind)}{missing}")
    unit = {entry.unit for entry in curve.column(kind)} - {""}
    under = bool((finite < picture.norm.vmin).any()) if by_log else False
    bar = axes.figure.colorbar(picture, ax=axes, pad=0.02, extend="min" if under else "neither")
    bar.set_label(short(kind) + (f" ({unit.pop()})" if unit else ""))
    plain(axes)


def _spans(value: FloatArray, kind: Divergence) -> bool:
    seen = value[value > 0]
    if len(seen) == 0:
        return False
    far = _is_unbounded(kind) and seen.max() > _DECADES * seen.min()
    return bool(far or seen.max() > _WIDE * np.median(seen))


def _is_unbounded(kind: Divergence) -> bool:
    if isinstance(kind, Transformed):
        return math.isinf(kind.forward(kind.base.upper))
    return isinstance(kind, FDivergence) and math.isinf(kind.upper)


def _norm(value: FloatArray, log: bool) -> Normalize:
    if log:
        seen = value[value > 0]
        high = float(seen.max())
        return LogNorm(max(float(seen.min()), _LEAST * high), high)
    low, high = (0.0, 1.0) if np.isnan(value).all() else (np.nanmin(value), np.nanmax(value))
    return Normalize(float(low), float(high))


def _draw_contours(
    axes: Axes,
    grid: tuple[FloatArray, FloatArray, FloatArray],
    levels: int,
    log: bool,
    norm: Normalize,
) -> FloatArray:
    """Draw contours at round values, dark on light and light on dark; return the values."""
    x, y, value = grid
    low, high = float(norm.vmin or 0.0), float(norm.vmax or 1.0)
    if log:
        powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.log10(high))
        steps = (1, 2, 5) if 3 * len(powers) <= 2 * levels else (1,)
        ticks = [step * power for power in powers for step in steps]
        ticks = ticks[:: max(1, len(ticks) // (2 * levels))]
    else:
        ticks = list(MaxNLocator(levels).tick_values(low, high))
    at = np.array([tick for tick in ticks if low < tick < high], dtype=float)
    if len(at) == 0 or min(value.shape) < 2:
        return at
    shades = ["white" if norm(level) < 0.6 else INK for level in at]
    seen = np.ma.masked_invalid(value)
    drawn = axes.contour(x, y, seen, levels=at, colors=shades, linewidths=0.9)
    axes.clabel(drawn, fmt=lambda level: f"{level:g}", fontsize="x-small")
    return at


def _draw_missing(axes: Axes, x: FloatArray, y: FloatArray, value: FloatArray) -> str:
    """Hatch what has no value; return the words for it."""
    said = []
    for where, hatch, word in (
        (np.isinf(value), "///", "infinite"),
        (np.isnan(value), "xxx", "refused"),
    ):
        if where.any() and min(value.shape) > 1:
            cells, ends = where.astype(float), [0.5, 1.5]
            axes.contourf(x, y, cells, levels=ends, colors="none", hatches=[hatch])
        if where.any():
            said.append(f"{word} {hatch[:2]} at {int(where.sum())} of {where.size} points")
    return f" ({'; '.join(said)})" if said else ""


def _draw_limits(axes: Axes, curve: Curve, kind: Divergence) -> str:
    """Put a mark on each value without an error, an arrow where it is a limit; return words."""
    entries, said = curve.column(kind), []
    for chosen, marker, words in (
        ([entry.one_sided == LOWER for entry in entries], "^", "limits from below, arrows,"),
        ([entry.one_sided == UPPER for entry in entries], "v", "limits from above, arrows,"),
        (list(map(is_unknown, entries)), "x", "error not known"),
    ):
        if any(chosen):
            points = np.array(curve.points)[np.array(chosen)]
            axes.plot(points[:, 0], points[:, 1], marker, color="white", markersize=4)
            said.append(f" ({words} at {sum(chosen)} of {len(entries)} points)")
    return "".join(said)


def _draw_errors(axes: Axes, curve: Curve, kind: Divergence, lines: FloatArray) -> None:
    """Put dots where the error is more than the distance of two contours."""
    if len(lines) < 2:
        return
    error = curve.series(kind)[1]
    wide = np.isfinite(error) & (error > np.diff(lines).min())
    if wide.any():
        points = np.array(curve.points)[wide]
        axes.plot(points[:, 0], points[:, 1], ".", color="white", markersize=3)
