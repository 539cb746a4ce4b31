"""Divergences along a path: what saturates beside what does not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from divkit.divergences import named
from divkit.divergences.base import Divergence
from divkit.exact.curves import Curve
from divkit.plots.style import DASHES, SERIES, SOFT, plain, twin
from divkit.types import FloatArray

_LENGTH = "length"
Band = tuple[FloatArray, FloatArray]
"""Lower and upper ends of intervals, (n,) each."""


def draw_curve(
    axes: Axes, curve: Curve, *, bands: Mapping[str, Band] | None = None, ceiling: bool = True
) -> Axes:
    """Draw every divergence of a curve against the path's parameter.

    Divergences in nats (and those without unit) use the left axis, lengths such as W1 an axis at
    the right. Each has its band of ± error; an exact one is as thin as the line. Infinite values
    are left out and named in the legend.

    Parameters
    ----------
    axes : where to draw.
    curve : from `divkit.curve`.
    bands : intervals by kind to draw instead of ± error: those of an estimator, say.
    ceiling : mark the largest value of a bounded divergence.
    """
    right = None
    for k, kind in enumerate(curve.kinds):
        length = _is_length(curve, k)
        if length and right is None:
            right = twin(axes, SERIES[k])
        target = right if length and right is not None else axes
        low_high = (bands or {}).get(kind.name)
        _draw_series(target, curve, k, low_high)
    if ceiling:
        _draw_ceiling(axes, curve.kinds)
    for each in (axes, right):
        if each is not None and each.dataLim.y0 >= 0:
            each.set_ylim(bottom=0.0)
    _label(axes, right, curve)
    return axes


def _is_length(curve: Curve, k: int) -> bool:
    return curve.results[k][0].unit == _LENGTH


def _draw_series(axes: Axes, curve: Curve, k: int, band: Band | None) -> None:
    x = np.array(curve.values)
    value, error = curve.series(curve.kinds[k])
    finite = np.isfinite(value)
    warned = sum(bool(result.warnings) for result in curve.results[k])
    low, high = band or (
        value - np.where(finite, error, 0.0),
        value + np.where(finite, error, 0.0),
    )
    label = short(curve.kinds[k])
    if _is_length(curve, k):
        label += " (right axis)"
    if not finite.all():
        label += f" (infinite at {int((~finite).sum())} of {len(x)} points)"
    if warned:
        label += f" (warnings at {warned} of {len(x)} points)"
    axes.plot(
        x,
        np.where(finite, value, np.nan),
        color=SERIES[k % 6],
        linestyle=DASHES[k % 6],
        label=label,
    )
    axes.fill_between(
        x, low, high, where=finite.tolist(), color=SERIES[k % 6], alpha=0.22, linewidth=0
    )


def _draw_ceiling(axes: Axes, kinds: Sequence[Divergence]) -> None:
    bounded = {getattr(kind, "upper", math.inf) for kind in kinds}
    for upper in sorted(u for u in bounded if math.isfinite(u)):
        name = "log 2 ≈ 0.693" if math.isclose(upper, math.log(2)) else f"{upper:.4g}"
        axes.axhline(upper, color=SOFT, linewidth=1.0, linestyle=":")
        axes.annotate(
            f"ceiling {name}",
            (1.0, upper),
            xycoords=axes.get_yaxis_transform(),
            xytext=(-4, 3),
            textcoords="offset points",
            ha="right",
            fontsize=8.5,
            color=SOFT,
        )


def _label(axes: Axes, right: Axes | None, curve: Curve) -> None:
    lengths = [k for k, kind in enumerate(curve.kinds) if _is_length(curve, k)]
    others = [k for k in range(len(curve.kinds)) if k not in lengths]
    axes.set_xlabel(curve.path.label)
    axes.set_title(curve.path.statement)
    units = {curve.results[k][0].unit for k in others}
    axes.set_ylabel(
        ", ".join(short(curve.kinds[k]) for k in others) + (" (nats)" if "nats" in units else "")
    )
    handles: list[Line2D] = list(axes.get_lines())
    if right is not None:
        right.set_ylabel(", ".join(short(curve.kinds[k]) for k in lengths) + " (unit of x)")
        handles += right.get_lines()
    named_handles = [h for h in handles if not str(h.get_label()).startswith("_")]
    axes.legend(handles=named_handles, loc="best")
    plain(*filter(None, (axes, right)))


def short(kind: str | Divergence) -> str:
    """The label of a divergence without its remarks: "JSD", not "JSD (≤ log 2)"."""
    words = {"w1": "W1", "w2": "W2"}
    divergence = named(kind)
    return words.get(divergence.name, divergence.label.split(" (")[0].split(" = ")[0])
