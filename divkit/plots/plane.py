"""Laws in the plane: the map of log p − log q, which is the logit of D*."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh

from divkit.distributions.adapt import as_laws
from divkit.distributions.base import Law
from divkit.plots.style import DIVERGING, INK, plain
from divkit.plots.window import Window, lattice, span
from divkit.types import FloatArray


def draw_log_ratio(
    axes: Axes,
    p: Any,
    q: Any,
    *,
    window: Window | None = None,
    limit: float = 6.0,
    count: int = 201,
    labels: tuple[str, str] = ("p", "q"),
) -> Axes:
    """Draw log p − log q of two laws in the plane, with the contour D* = ½.

    Parameters
    ----------
    axes : where to draw; its figure gets a colour bar.
    p, q : laws in the plane.
    window : ((left, right), (bottom, top)); around both laws where None.
    limit : log-ratios beyond ± limit have the end's colour, which the bar's arrows say.
    count : points along each axis.
    labels : the names of the laws on the bar.

    Raises
    ------
    ValueError
        If a law is not in the plane.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from divkit import ring
    >>> draw_log_ratio(Figure().subplots(), ring(), ring(4), count=9).get_xlabel()
    'x₁'
    """
    x, y = grid(p, q, window, count)
    mesh = draw_map(axes, x, y, log_ratio_map(*as_laws(p, q), x, y), (-limit, limit))
    bar = axes.figure.colorbar(mesh, ax=axes, extend="both", pad=0.03)
    ticks = [-limit, -limit / 2, 0.0, limit / 2, limit]
    bar.set_ticks(ticks, labels=[f"{t:+g}".replace("-", "−") if t else "0" for t in ticks])
    bar.set_label(f"log {labels[0]} − log {labels[1]} (nats) = logit of D*")
    plain(bar.ax)
    return axes


def grid(p: Any, q: Any, window: Window | None, count: int) -> tuple[FloatArray, FloatArray]:
    """Return the abscissae and ordinates of a map of two laws, by default around both.

    Raises
    ------
    ValueError
        If a law is not in the plane.
    """
    one, other = as_laws(p, q)
    if one.dim != 2 or other.dim != 2:
        raise ValueError(f"this map is for laws in the plane; got {one.dim} and {other.dim}.")
    across, up = window or (span(one, other, axis=k, scales=2.5) for k in (0, 1))
    return np.linspace(*across, count), np.linspace(*up, count)


def draw_map(
    axes: Axes, x: FloatArray, y: FloatArray, values: FloatArray, ends: tuple[float, float]
) -> QuadMesh:
    """Draw values (len(y), len(x)) in two-sided colours, with the contour midway between ends."""
    middle = 0.5 * (ends[0] + ends[1])
    mesh = axes.pcolormesh(
        x, y, values, cmap=DIVERGING, vmin=ends[0], vmax=ends[1], shading="nearest",
        rasterized=True,
    )  # fmt: skip
    if np.nanmin(values) < middle < np.nanmax(values):
        axes.contour(x, y, values, levels=[middle], colors=[INK], linewidths=1.2)
    axes.set(xlabel="x₁", ylabel="x₂", aspect="equal")
    axes.grid(visible=False)
    return mesh


def log_ratio_map(p: Law, q: Law, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return log p − log q on the grid, (len(y), len(x)); NaN where both densities are 0."""
    lp, lq = (np.asarray(law.log_prob(lattice(x, y))) for law in (p, q))
    empty = np.isneginf(lp) & np.isneginf(lq)
    with np.errstate(invalid="ignore"):  # −inf − (−inf), which `empty` marks
        return np.where(empty, np.nan, lp - lq).reshape(len(y), len(x))
