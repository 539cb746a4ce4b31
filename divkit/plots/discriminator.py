"""A trained discriminator beside the best one, on the line and in the plane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from scipy.special import expit

from divkit.distributions.adapt import as_laws
from divkit.distributions.base import Law
from divkit.plots.densities import decision_axis, draw_densities, legend_above, logs, optimal
from divkit.plots.plane import draw_map, grid, log_ratio_map
from divkit.plots.style import BLUE, INK, PURPLE, VERMILION, plain
from divkit.plots.window import Window, lattice, line
from divkit.types import Critic, FloatArray, Samples


def draw_discriminator(
    axes: Axes,
    critic: Critic,
    p: Any,
    q: Any,
    *,
    x: FloatArray | None = None,
    labels: tuple[str, str] = ("p (data)", "q (generator)"),
) -> Axes:
    """Draw D = σ(critic) beside D* = p/(p+q) over the two densities on the line, where one is.

    Parameters
    ----------
    axes : where to draw; D and D* go on a second axis at the right.
    critic : points (n, 1) -> logits (n,).
    p, q : laws on the line.
    x : abscissae (n,); an even grid over both laws where None.
    labels : what the legend calls the two laws.

    Raises
    ------
    ValueError
        If a law is not on the line.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> axes = draw_discriminator(axes, lambda x: 0.5 - x[:, 0], "normal(0, 1)", "normal(1, 1)")
    >>> axes.get_xlabel()
    'x'
    """
    laws = as_laws(p, q)
    at = line(*laws, x)
    draw_densities(axes, *laws, x=at, labels=labels, discriminator=False)
    best = optimal(*(logs(law, at) for law in laws))
    right = decision_axis(axes, INK, "discriminator")
    right.plot(at, best, color=PURPLE, linewidth=4.5, alpha=0.6, label="D* = p/(p+q) (right axis)")
    seen = np.where(np.isnan(best), np.nan, discriminator(critic, at[:, None]))
    right.plot(at, seen, color=INK, linewidth=1.2, label="D (right axis)")
    legend_above(axes, [*axes.get_lines(), *_named(right)])
    plain(axes)
    return axes


def draw_on_samples(
    axes: Axes,
    critic: Critic,
    x: Samples,
    y: Samples,
    *,
    labels: tuple[str, str] = ("x", "y"),
    bins: int = 60,
) -> Axes:
    """Draw D = σ(critic) over the histograms of two samples (n,) or (n, 1), laws unknown.

    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> x, y = np.random.default_rng(0).normal(size=(2, 50, 1))
    >>> draw_on_samples(Figure().subplots(), lambda x: 0.5 - x[:, 0], x, y + 1).get_xlabel()
    'x'
    """
    a, b = (np.asarray(sample, dtype=np.float64).reshape(-1) for sample in (x, y))
    edges = np.histogram_bin_edges(np.concatenate([a, b]), bins)
    for sample, label, colour in ((a, labels[0], BLUE), (b, labels[1], VERMILION)):
        height, _ = np.histogram(sample, edges, density=True)
        axes.stairs(height, edges, color=colour, fill=True, alpha=0.14, label="_")
        axes.stairs(height, edges, color=colour, linewidth=1.4, label=label)
    at = np.linspace(edges[0], edges[-1], 801)
    right = decision_axis(axes, INK, "discriminator")
    right.plot(at, discriminator(critic, at[:, None]), color=INK, label="D (right axis)")
    axes.set_xlabel("x")
    axes.set_ylabel("share of the sample (per unit of x)")
    axes.set_xlim(float(edges[0]), float(edges[-1]))
    shown = list(axes.get_legend_handles_labels()[0])
    legend_above(axes, [*shown, *_named(right)])
    plain(axes)
    return axes


def _named(axes: Axes) -> list[Any]:
    return [each for each in axes.get_lines() if not str(each.get_label()).startswith("_")]


def draw_discriminator_map(
    axes: Axes,
    critic: Critic | None,
    p: Any,
    q: Any,
    *,
    window: Window | None = None,
    count: int = 161,
) -> Axes:
    """Draw D = σ(critic) in the plane as a heat map, or D* = p/(p+q) where critic is None.

    Parameters
    ----------
    axes : where to draw; its figure gets a colour bar.
    critic : points (n, 2) -> logits (n,); None for the best one.
    p, q : laws in the plane.
    window : ((left, right), (bottom, top)); around both laws where None.
    count : points along each axis.

    Raises
    ------
    ValueError
        If a law is not in the plane.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from divkit import ring
    >>> axes = draw_discriminator_map(Figure().subplots(), None, ring(), ring(4), count=9)
    >>> axes.get_xlabel()
    'x₁'
    """
    x, y = grid(p, q, window, count)
    mesh = draw_map(axes, x, y, _map(critic, *as_laws(p, q), x, y), (0.0, 1.0))
    axes.set_title("D* = p/(p+q)" if critic is None else "D as trained")
    axes.figure.colorbar(mesh, ax=axes, pad=0.03, ticks=[0.0, 0.25, 0.5, 0.75, 1.0])
    return axes


def _map(critic: Critic | None, p: Law, q: Law, x: FloatArray, y: FloatArray) -> FloatArray:
    if critic is None:
        best: FloatArray = expit(log_ratio_map(p, q, x, y))
        return best
    return discriminator(critic, lattice(x, y)).reshape(len(y), len(x))


def discriminator(critic: Callable[[torch.Tensor], torch.Tensor], x: FloatArray) -> FloatArray:
    """D = σ(logit) at points (n, d)."""
    with torch.no_grad():
        logits = critic(torch.from_numpy(np.ascontiguousarray(x)))
    return np.asarray(torch.sigmoid(logits).numpy(), dtype=np.float64)
