"""Laws in the plane: the map of log p − log q, which is the logit of D*."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.plots.style import DIVERGING, INK, plain
from divkit.plots.window import span
from divkit.types import FloatArray


def draw_log_ratio(
    axes: Axes,
    p: Any,
    q: Any,
    *,
    window: tuple[tuple[float, float], tuple[float, float]] | None = None,
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
    """
    one, other = as_law(p), as_law(q)
    if one.dim != 2 or other.dim != 2:
        raise ValueError(f"this map is for laws in the plane; got {one.dim} and {other.dim}.")
    box = window or (span(one, other, axis=0, scales=2.5), span(one, other, axis=1, scales=2.5))
    x, y = (np.linspace(*ends, count) for ends in box)
    logit = log_ratio_map(one, other, x, y)
    mesh = axes.pcolormesh(
        x, y, logit, cmap=DIVERGING, vmin=-limit, vmax=limit, shading="nearest", rasterized=True
    )
    if np.nanmin(logit) < 0 < np.nanmax(logit):
        axes.contour(x, y, logit, levels=[0.0], colors=[INK], linewidths=1.2)
    axes.set_aspect("equal")
    axes.grid(visible=False)
    axes.set_xlabel("x₁")
    axes.set_ylabel("x₂")
    bar = axes.figure.colorbar(mesh, ax=axes, extend="both", pad=0.03)
    ticks = [-limit, -limit / 2, 0.0, limit / 2, limit]
    bar.set_ticks(ticks, labels=[f"{t:+g}".replace("-", "−") if t else "0" for t in ticks])
    bar.set_label(f"log {labels[0]} − log {labels[1]} (nats) = logit of D*")
    plain(bar.ax)
    return axes


def log_ratio_map(p: Law, q: Law, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return log p − log q on the grid, (len(y), len(x)); NaN where both densities are 0."""
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    lp, lq = (np.asarray(law.log_prob(points)) for law in (p, q))
    empty = np.isneginf(lp) & np.isneginf(lq)
    with np.errstate(invalid="ignore"):  # −inf − (−inf), which `empty` marks
        return np.where(empty, np.nan, lp - lq).reshape(len(y), len(x))
