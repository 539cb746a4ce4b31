"""The benchmark drawn: distance from the limit, bias, coverage and seconds against n."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.ticker import MaxNLocator, NullLocator

from divkit.bench.board import Standing
from divkit.plots.bench_looks import LOOKS, kind_of
from divkit.plots.style import DASHES, SERIES, plain

_MARKS = "os^DvxP"
"""One more than colours, so that a colour meets each mark before the two repeat."""
_FIRST = frozenset("0125")
"""First digits of the numbers that ticks show."""
NARROW = 3.0
"""Range of a logarithmic axis below which ticks are those of a linear one."""
_APART = 1.05
"""Factor between the places of two estimators at one n, so that their bars can be told apart."""

Measure = Literal["common", "plain", "bias", "coverage", "seconds"]


@dataclass(frozen=True)
class _Scale:
    """A scale of an axis by Matplotlib's name."""

    name: Literal["log", "linear", "symlog"]
    curved: bool = True
    decades: bool = False
    """Whether minor ticks are numbered where the axis spans few decades."""


_LOG, _SYMLOG, _LINEAR = _Scale("log", decades=True), _Scale("symlog"), _Scale("linear", False)


@dataclass(frozen=True)
class _Axis:
    """A measure: read with the ends of its bar, drawn on an axis, with the best value."""

    of: Callable[[Standing], tuple[float, float, float]]
    label: str
    scale: _Scale
    best: float | None
    most: float = math.inf
    """Size from which on a mark of a panel of names stands at the edge: one failure would press
    all others together."""


def _common(s: Standing) -> tuple[float, float, float]:
    factor = 1.0 if math.isnan(s.limit.common_error) else math.exp(s.limit.common_error / s.ratio)
    return s.ratio, s.ratio / factor, s.ratio * factor


def _bias(s: Standing) -> tuple[float, float, float]:
    return _alone(math.nan if math.isnan(s.ratio) else s.limit.bias)


def _coverage(s: Standing) -> tuple[float, float, float]:
    return s.covered.share, *s.covered.interval()


def _alone(value: float) -> tuple[float, float, float]:
    return value, value, value


_AXES: dict[str, _Axis] = {
    "common": _Axis(_common, "RMSE / efficiency bound", _LOG, 1.0, 100.0),
    "plain": _Axis(lambda s: _alone(s.limit.plain), "RMSE / efficiency bound", _LOG, 1.0, 100.0),
    "bias": _Axis(_bias, "bias / efficiency bound", _SYMLOG, 0.0, 100.0),
    "coverage": _Axis(_coverage, "intervals that hold the truth", _LINEAR, 0.95),
    "seconds": _Axis(lambda s: _alone(s.seconds), "CPU seconds", _LOG, None),
}


def draw_standings(
    axes: Axes,
    standings: Sequence[Standing],
    *,
    measure: Measure = "common",
    order: Sequence[str] = (),
) -> Axes:
    """A measure against n, one line an estimator; ratios and seconds on log–log axes.

    Bars are a standard error of the ratio's logarithm, and the 95 % interval of the coverage. The
    ratio and the bias have no point where the efficiency bound is not below the truth.

    Parameters
    ----------
    standings : of one problem and divergence.
    measure : "common" or "plain" (ratios to the efficiency bound, `divkit.bench.limit`), "bias",
        "coverage" or "seconds".
    order : estimators in the order in which they take colours, so that panels agree; those that
        are not named follow. The first is drawn heavier than the others.

    Raises
    ------
    ValueError
        If they are of several problems or divergences, or `measure` is none of these.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from divkit.bench.board import standings
    >>> from divkit.bench.cells import Cell, Row
    >>> from divkit.bench.truth import ProblemTruth
    >>> row = Row(Cell("shift1", "kl", "mine", 200, 0), 0.52, 0.1, 0.33, 0.71, 0.5, 0.01)
    >>> members = standings([row], {("shift1", "kl"): ProblemTruth(0.5, 0.0, 1.0, 1.7)})
    >>> draw_standings(Figure().subplots(), members, measure="seconds").get_title()
    'KL: shift1'
    """
    if len({(s.problem, s.divergence) for s in standings}) != 1:
        raise ValueError("standings must be of one problem and one divergence.")
    if measure not in _AXES:
        raise ValueError(f"measure must be one of {list(_AXES)}; got {measure!r}.")
    axis = _AXES[measure]
    names = list(dict.fromkeys([*order, *(s.estimator for s in standings)]))
    for k, name in enumerate(names):
        members = sorted((s for s in standings if s.estimator == name), key=lambda s: s.n)
        if members:
            _line(axes, [(s.n, *axis.of(s)) for s in members], k, name)
    _frame(axes, axis, sorted({s.n for s in standings}))
    axes.set_title(f"{standings[0].divergence.upper()}: {standings[0].problem}")
    axes.legend()
    plain(axes)
    return axes


def draw_names(
    axes: Axes, standings: Sequence[Standing], measure: Measure, order: Sequence[str]
) -> Axes:
    """A measure of one problem at one n, a row an estimator, those of `order` from the top.

    Bars are those of `draw_standings`; values beyond the edge are arrows with their number.
    """
    axis = _AXES[measure]
    for s in standings:
        (x, low, high), place = axis.of(s), order.index(s.estimator)
        colour, mark = LOOKS[kind_of(s.estimator)]
        if not math.isfinite(x):
            continue
        if abs(x) > axis.most:
            edge = math.copysign(axis.most, x)
            axes.plot(edge, place, ">" if x > 0 else "<", color=colour, markersize=4)
            axes.annotate(
                f"{x:.2g}", (edge, place), (-5 if x > 0 else 5, 0), textcoords="offset points",
                ha="right" if x > 0 else "left", va="center", fontsize=7,
            )  # fmt: skip
            continue
        axes.plot([low, min(high, axis.most)], [place, place], color=colour, linewidth=1.2)
        axes.plot(x, place, mark, color=colour, markersize=4)
    _scaled(axes.xaxis, axis)
    if axis.best is not None:
        axes.axvline(axis.best, color="0.35", linewidth=1.0, linestyle=":")
    axes.set_yticks(range(len(order)), order)
    for words in axes.get_yticklabels():
        words.set_parse_math(False)
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.set_xlabel(axis.label)
    axes.set_title(f"{standings[0].divergence.upper()}: {standings[0].problem}")
    plain(axes)
    return axes


def drawable(standing: Standing, measure: Measure) -> bool:
    """True if a standing has a point of the measure."""
    return math.isfinite(_AXES[measure].of(standing)[0])


def _line(
    axes: Axes, points: Sequence[tuple[int, float, float, float]], k: int, name: str
) -> None:
    shown = [point for point in points if math.isfinite(point[1])]
    axes.errorbar(
        [n * _APART ** (k % 5 - 2) if k else n for n, *_ in shown],
        [height for _, height, _, _ in shown],
        [[y - low for _, y, low, _ in shown], [high - y for _, y, _, high in shown]],
        color=SERIES[k % len(SERIES)],
        linestyle=DASHES[k // len(SERIES) % len(DASHES)],
        marker=_MARKS[k % len(_MARKS)],
        markersize=4 if k else 7,
        linewidth=1.1 if k else 2.6,
        elinewidth=0.8 if k else 1.6,
        zorder=2 if k else 3,
        label=name,
    )


def _frame(axes: Axes, axis: _Axis, sizes: Sequence[int]) -> None:
    """Scales with plain numbers, a tick at each n, labels, and the line of the best."""
    if axis.best is not None:
        axes.axhline(axis.best, color="0.35", linewidth=1.0, linestyle=":")
    _scaled(axes.yaxis, axis)
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(sizes, [f"{n / 1000:g}k" if n >= 1000 else str(n) for n in sizes])
    axes.set_xlim(min(sizes) / 1.5, max(sizes) * 1.5)  # a panel may have no point of the measure
    axes.set_xlabel("n = m, rows of each sample")
    axes.set_ylabel(axis.label)


def _scaled(ruler: XAxis | YAxis, axis: _Axis) -> None:
    """The measure's scale on one side of a panel, with plain numbers."""
    ruler.axes.set(**{f"{ruler.axis_name}scale": axis.scale.name})
    if axis.scale.curved:
        low, high = ruler.get_view_interval()
        ruler.set_major_formatter(_plain)
        if axis.scale.decades and high < NARROW * low:
            ruler.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            ruler.set_major_formatter("{x:g}")
            ruler.set_minor_locator(NullLocator())
        elif axis.scale.decades:
            ruler.set_minor_formatter(_plain if high < 1000 * low else "")
    elif axis.best is not None:
        ruler.axes.set(**{f"{ruler.axis_name}lim": (-0.04, 1.04)})


def _plain(value: float, place: float) -> str:
    """A tick's number if it is 0 or starts with 1, 2 or 5, else nothing."""
    return f"{value:g}" if f"{abs(value):e}"[0] in _FIRST else ""
