"""A fitted density beside the rows it is of: a column's shares and curve, and its quantiles."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from scipy import stats

from divkit.distributions.base import Law, Law1D
from divkit.plots.bins import bins
from divkit.plots.style import BLUE, VERMILION, plain, shown
from divkit.types import FloatArray

LEVEL = 0.95
_MOST_BINS = 40
_POINTS = 400
_MOST_DOTS = 1000


def draw_margin(
    axes: Axes,
    x: FloatArray,
    drawn: FloatArray,
    law: Law,
    name: str,
    error: Callable[[FloatArray], FloatArray] | None = None,
) -> Axes:
    """Histogram of a column with exact binomial intervals of its shares, and the fit.

    The fit is its curve where it is a density on the line, else the shares of points drawn from
    it. Each interval holds the share of its bin at 95 %, whatever the law. `error` gives standard
    errors of the curve at points, of which two each way are a band.
    """
    edges = bins(np.concatenate([x, drawn]), _MOST_BINS, stepped=x)
    width, n = np.diff(edges), len(x)
    seen = np.histogram(x, edges)[0]
    low, high = _binomial(seen, n)
    axes.stairs(seen / n / width, edges, color=BLUE, fill=True, alpha=0.25, label="rows")
    axes.vlines(
        0.5 * (edges[1:] + edges[:-1]), low / width, high / width, color=BLUE, linewidth=1.0
    )
    if isinstance(law, Law1D):
        at = np.linspace(edges[0], edges[-1], _POINTS)
        curve = np.exp(np.asarray(law.log_prob(at)))
        axes.plot(at, curve, color=VERMILION, label="fit")
        if error is not None:
            _draw_band(axes, at, curve, 2 * error(at))
    else:
        shares = np.histogram(drawn, edges)[0] / (len(drawn) * width)
        axes.stairs(shares, edges, color=VERMILION, linewidth=1.7, label="fit, drawn from")
    axes.set_xlabel(shown(name))
    axes.set_ylabel("density")
    axes.legend()
    plain(axes)
    return axes


def _draw_band(axes: Axes, at: FloatArray, curve: FloatArray, room: FloatArray) -> None:
    low = np.maximum(curve - room, 0)  # no density is below 0
    axes.fill_between(
        at,
        low,
        curve + room,
        color=VERMILION,
        alpha=0.25,
        linewidth=0,
        label="± 2 standard errors",
    )


def draw_pair(axes: Axes, x: FloatArray, drawn: FloatArray, names: Sequence[str]) -> Axes:
    """Two columns of rows (n, 2), and as many points drawn from the fit (m, 2) under them."""
    few = min(len(x), len(drawn), _MOST_DOTS)
    axes.plot(
        *drawn[:few].T, ".", color=VERMILION, markersize=3, alpha=0.5, label="fit, drawn from"
    )
    axes.plot(*x[:few].T, ".", color=BLUE, markersize=3, alpha=0.5, label="rows")
    axes.set_xlabel(shown(names[0]))
    axes.set_ylabel(shown(names[1]))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)  # above, not on the dots
    plain(axes)
    return axes


def draw_quantiles(axes: Axes, x: FloatArray, drawn: FloatArray, name: str) -> Axes:
    """Quantiles of a column against those of the fit, with a band for all of them at once.

    By Dvoretzky, Kiefer and Wolfowitz with Massart's constant the law's distribution function lies
    within √(log(2/0.05)/(2n)) of the rows' everywhere, at 95 %; so do its quantiles in levels.
    """
    order = np.sort(x)
    levels = (np.arange(len(x)) + 0.5) / len(x)
    room = math.sqrt(math.log(2 / (1 - LEVEL)) / (2 * len(x)))
    fit = np.quantile(drawn, levels)
    low, high = (np.quantile(x, np.clip(levels + step, 0.0, 1.0)) for step in (-room, room))
    margin = 0.05 * float(order[-1] - order[0])
    low = np.where(levels < room, order[0] - margin, low)  # nothing is known below: to the edge
    high = np.where(levels > 1 - room, order[-1] + margin, high)
    axes.fill_between(fit, low, high, color=BLUE, alpha=0.18, linewidth=0, label="band at 95 %")
    axes.plot(fit, order, ".", color=BLUE, markersize=3, label="rows")
    ends = [float(fit[0]), float(fit[-1])]
    axes.plot(ends, ends, color=VERMILION, linewidth=1.2, label="equal")
    axes.set_ylim(order[0] - margin, order[-1] + margin)
    axes.set_xlabel(f"quantile of the fit, {shown(name)}")
    axes.set_ylabel("of the rows")
    axes.legend()
    plain(axes)
    return axes


def _binomial(counts: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """Clopper and Pearson's limits of shares."""
    tail = 0.5 * (1 - LEVEL)
    low = np.where(counts > 0, stats.beta.ppf(tail, np.maximum(counts, 1), n - counts + 1), 0.0)
    upper = stats.beta.ppf(1 - tail, counts + 1, np.maximum(n - counts, 1))
    return low, np.where(counts < n, upper, 1.0)
