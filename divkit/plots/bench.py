"""The benchmark drawn: distance from the limit, bias, coverage and seconds against n."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, ScalarFormatter

from divkit.bench.board import Standing
from divkit.plots.style import DASHES, SERIES

_MARKS = "os^DvxP"
"""One more than colours, so that a colour meets each mark before the two repeat."""

Measure = Literal["common", "plain", "bias", "coverage", "seconds"]


@dataclass(frozen=True)
class _Axis:
    """How a measure is read and drawn, and where the best estimator would be."""

    of: Callable[[Standing], float]
    label: str
    scale: Literal["log", "linear"]
    best: float | None


_AXES: dict[str, _Axis] = {
    "common": _Axis(lambda s: s.limit.common, "RMSE / efficiency bound", "log", 1.0),
    "plain": _Axis(lambda s: s.limit.plain, "RMSE / efficiency bound", "log", 1.0),
    "bias": _Axis(lambda s: s.bias, "bias", "linear", 0.0),
    "coverage": _Axis(lambda s: s.covered.share, "intervals that hold the truth", "linear", 0.95),
    "seconds": _Axis(lambda s: s.seconds, "CPU seconds", "log", None),
}


def draw_standings(
    axes: Axes,
    standings: Sequence[Standing],
    *,
    measure: Measure = "common",
    order: Sequence[str] = (),
) -> Axes:
    """A measure against n, one line an estimator; ratios and seconds on log–log axes.

    Parameters
    ----------
    standings : of one problem and divergence.
    measure : "common" or "plain" (ratios to the efficiency bound, `divkit.bench.board`), "bias",
        "coverage" or "seconds".
    order : estimators in the order in which they take colours, so that panels agree; those that
        are not named follow.

    Raises
    ------
    ValueError
        If they are of several problems or divergences, or `measure` is none of these.
    """
    if len({(s.problem, s.divergence) for s in standings}) != 1:
        raise ValueError("standings must be of one problem and one divergence.")
    if measure not in _AXES:
        raise ValueError(f"measure must be one of {list(_AXES)}; got {measure!r}.")
    axis = _AXES[measure]
    for k, name in enumerate(dict.fromkeys([*order, *(s.estimator for s in standings)])):
        members = sorted((s for s in standings if s.estimator == name), key=lambda s: s.n)
        if members:
            _line(axes, [(s.n, axis.of(s)) for s in members], k, name)
    _frame(axes, axis)
    sizes = [s.n for s in standings]
    axes.set_xlim(min(sizes) / 1.5, max(sizes) * 1.5)  # a panel may have no point of the measure
    axes.set_title(f"{standings[0].divergence}: {standings[0].problem}")
    axes.legend()
    return axes


def _line(axes: Axes, points: Sequence[tuple[int, float]], k: int, name: str) -> None:
    shown = [point for point in points if math.isfinite(point[1])]
    axes.plot(
        [n for n, _ in shown],
        [height for _, height in shown],
        color=SERIES[k % len(SERIES)],
        linestyle=DASHES[k // len(SERIES) % len(DASHES)],
        marker=_MARKS[k % len(_MARKS)],
        label=name,
    )


def _frame(axes: Axes, kind: _Axis) -> None:
    """Scales with plain numbers, labels, and the line of the best."""
    if kind.best is not None:
        axes.axhline(kind.best, color="0.35", linewidth=1.0, linestyle=":")
    axes.set_xscale("log")
    axes.set_yscale(kind.scale)
    if kind.scale == "log":
        low, high = axes.get_ylim()
        axes.yaxis.set_major_formatter(_plain)
        axes.yaxis.set_minor_formatter(_plain if high < 1000 * low else NullFormatter())
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.set_xlabel("n = m, rows of each sample")
    axes.set_ylabel(kind.label)


def _plain(value: float, place: float) -> str:
    """A tick's number if it starts with 1, 2 or 5, else nothing."""
    return f"{value:g}" if f"{value:e}"[0] in "125" else ""
