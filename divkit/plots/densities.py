"""Two densities with the optimal discriminator, and where their divergence comes from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from scipy.special import expit

from divkit.distributions.adapt import as_laws
from divkit.distributions.base import Law
from divkit.divergences import named
from divkit.divergences.base import Divergence, FDivergence
from divkit.plots.sheets import legend_columns
from divkit.plots.style import (
    BLUE,
    DASHES,
    INK,
    PURPLE,
    SOFT,
    VERMILION,
    plain,
    twin,
)
from divkit.plots.window import line
from divkit.types import FloatArray


def draw_densities(
    axes: Axes,
    p: Any,
    q: Any,
    *,
    x: FloatArray | None = None,
    labels: tuple[str, str] = ("p (data)", "q (generator)"),
    discriminator: bool = True,
) -> Axes:
    """Draw two densities on the line, and D* = p/(p+q) on a second axis at the right.

    Parameters
    ----------
    axes : where to draw; the second axis is `axes.figure`'s newest.
    p, q : laws on the line.
    x : abscissae (n,); an even grid over both laws where None.
    labels : what the legend calls the two laws.
    discriminator : whether to draw D*.

    Returns
    -------
    Axes
        The one given.

    Raises
    ------
    ValueError
        If a law is not on the line.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = draw_densities(Figure().subplots(), "normal(0, 1)", "normal(1, 1)")
    >>> [line.get_label() for line in axes.get_lines()]
    ['p (data)', 'q (generator)']
    """
    one, other = as_laws(p, q)
    at = line(one, other, x)
    lp, lq = logs(one, at), logs(other, at)
    for log_density, label, colour, dash in zip(
        (lp, lq), labels, (BLUE, VERMILION), DASHES, strict=False
    ):
        density = np.exp(log_density)
        axes.plot(at, density, color=colour, linestyle=dash, label=label)
        axes.fill_between(at, density, color=colour, alpha=0.12, linewidth=0)
    axes.set_xlabel("x")
    axes.set_ylabel("density (per unit of x)")
    axes.set_ylim(bottom=0.0)
    axes.set_xlim(float(at[0]), float(at[-1]))
    handles = list(axes.get_lines())
    if discriminator:
        handles.append(_draw_discriminator(axes, at, lp, lq))
        legend_above(axes, handles)
    else:
        axes.legend(handles=handles, loc="best")
    plain(axes)
    return axes


def _draw_discriminator(axes: Axes, x: FloatArray, lp: FloatArray, lq: FloatArray) -> Line2D:
    right = decision_axis(axes, PURPLE, "D* = p/(p+q)")
    (drawn,) = right.plot(
        x, optimal(lp, lq), color=PURPLE, linestyle="-.", linewidth=1.5, label="D* (right axis)"
    )
    return drawn


_A_ROW = 0.15
"""The share of the axes that a row of a legend takes beyond the second."""
_ROOM = 1.3
"""Height of the axes in units of the highest curve: a legend lies above them all."""


def decision_axis(axes: Axes, colour: str, label: str) -> Axes:
    """Return a second vertical axis at the right for D, with room for a legend above both."""
    right = twin(axes, colour)
    right.axhline(0.5, color=SOFT, linewidth=0.8, linestyle=":")
    right.set(ylim=(0.0, _ROOM), yticks=np.linspace(0.0, 1.0, 6), ylabel=label)
    axes.set_ylim(0.0, _ROOM * axes.get_ylim()[1])
    return right


def legend_above(axes: Axes, handles: Sequence[Any]) -> None:
    """Put a legend in the room above the curves of an axis and of its `decision_axis`."""
    columns = legend_columns(axes, [str(each.get_label()) for each in handles], 2)
    more = 1.0 + _A_ROW * max(0, math.ceil(len(handles) / columns) - 2)
    if more > 1:
        here = axes.get_subplotspec()
        for each in (one for one in axes.figure.axes if one.get_subplotspec() == here):
            each.set_ylim(0.0, more * each.get_ylim()[1])
    axes.legend(handles=handles, loc="upper center", ncols=columns)


def optimal(lp: FloatArray, lq: FloatArray) -> FloatArray:
    """D* = σ(log p − log q), NaN where both densities are 0: D is free there."""
    empty = np.isneginf(lp) & np.isneginf(lq)
    with np.errstate(invalid="ignore"):  # −inf − (−inf), which `empty` marks
        return np.where(empty, np.nan, expit(lp - lq))


def draw_integrand(
    axes: Axes,
    p: Any,
    q: Any,
    divergence: str | Divergence = "js",
    *,
    x: FloatArray | None = None,
    value: float | None = None,
) -> Axes:
    """Draw the non-negative density whose integral the divergence is, as a filled curve.

    Parameters
    ----------
    axes : where to draw.
    p, q : laws on the line.
    divergence : an f-divergence, by name or as an object.
    x : abscissae (n,); an even grid over both laws where None.
    value : the divergence, to be named in the legend.

    Raises
    ------
    ValueError
        If a law is not on the line, or the divergence is no f-divergence.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = draw_integrand(Figure().subplots(), "normal(0, 1)", "normal(1, 1)", "js")
    >>> axes.get_xlabel()
    'x'
    """
    f = named(divergence)
    if not isinstance(f, FDivergence):
        raise ValueError(f"an integrand belongs to an f-divergence; got {f.name!r}.")
    one, other = as_laws(p, q)
    at = line(one, other, x)
    lp, lq = (torch.from_numpy(logs(law, at)) for law in (one, other))
    density = f.integrand(lp, lq).numpy()
    area = "area" if value is None else f"area = {value - f.at_one:.6g} nats"
    axes.plot(at, density, color=INK, linewidth=1.4)
    axes.fill_between(at, density, color=BLUE, alpha=0.35, linewidth=0, label=area)
    axes.set_xlabel("x")
    axes.set_ylabel(f"integrand of {f.label.split(' (')[0]}\n(nats per unit of x)")
    axes.set_ylim(0.0, _ROOM * axes.get_ylim()[1])
    axes.set_xlim(float(at[0]), float(at[-1]))
    axes.legend(loc="upper center")
    return axes


def logs(law: Law, x: FloatArray) -> FloatArray:
    """Log density at points of the line, (n,)."""
    return np.asarray(law.log_prob(x), dtype=np.float64)
