"""G₀ → D₀* → G₁ → … as one picture: each generator, the best D against it, its push."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law1D
from divkit.games import GAN, Game
from divkit.plots.densities import draw_densities, logs
from divkit.plots.style import INK, VERMILION, style
from divkit.plots.window import span
from divkit.results import Result
from divkit.types import FloatArray

_SUB = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ROW = 1.87
"""Inches of a row of the strip."""


def draw_strip(
    p: Any,
    generators: Sequence[Any],
    js: Sequence[Result],
    *,
    indices: Sequence[int] | None = None,
    game: Game = GAN,
) -> Figure:
    """Draw a row for each generator: its law with its JSD, and D* = p/(p + q) against it.

    Arrows start at five quantiles of q and point down the slope of what the generator is paid
    there, b(log p − log q); the longest of a row is a twelfth of the window.

    Parameters
    ----------
    p : the data's law on the line.
    generators : the laws G_0, G_1, …, on the line.
    js : the Jensen–Shannon divergence of each from p.
    indices : their steps; 0, 1, … where None.
    game : what the generator is paid by.

    Returns
    -------
    Figure
        Two axes a generator.

    Raises
    ------
    ValueError
        If there is no generator, the lengths differ, or a law is not on the line.

    See Also
    --------
    divkit.plots.animate : the same as a film.
    divkit.gan.IdealGame : makes the generators.

    Examples
    --------
    >>> import divkit
    >>> p, laws = divkit.Normal(0, 1), [divkit.Normal(2, 1), divkit.Normal(1, 1)]
    >>> strip = draw_strip(p, laws, [divkit.js_divergence(p, q) for q in laws])
    >>> strip.axes[0].get_title(loc="left")
    'G₀: JSD = 0.3368'
    """
    data, *laws = (_on_line(each) for each in (p, *generators))
    steps = range(len(laws)) if indices is None else indices
    if not laws or not len(laws) == len(js) == len(steps):
        raise ValueError("generators, js and indices must be as many, and one at least.")
    x = np.linspace(*span(data, *laws), 801)
    with style():
        figure = Figure(figsize=(7.2, 0.7 + _ROW * len(laws)), layout="constrained")
        rows = figure.subplots(len(laws), 2, sharex=True, squeeze=False)
        top = 1.06 * max(float(np.exp(logs(law, x)).max()) for law in (data, *laws))
        following = [*steps[1:], None]
        for (left, right), law, value, k, after in zip(
            rows, laws, js, steps, following, strict=True
        ):
            draw_densities(left, data, law, x=x, discriminator=False)
            draw_densities(right, data, law, x=x)
            figure.axes[-1].set(ylim=(0.0, 1.06), ylabel="D*")
            for axes in (left, right):
                axes.set(ylim=(0.0, top), ylabel="")
            name = str(k).translate(_SUB)
            left.set_title(f"G{name}: JSD = {value.value:.4g}")
            moves = "" if after is None else f", toward G{str(after).translate(_SUB)}"
            right.set_title(f"D{name}* moves points of q{moves}")
            _draw_push(right, data, law, game, x)
        _share_words(figure, rows)
    return figure


def _on_line(given: Any) -> Law1D:
    law = as_law(given)
    if not isinstance(law, Law1D):
        raise ValueError(f"this figure is for laws on the line; got {law!r}.")
    return law


def _draw_push(axes: Axes, p: Law1D, q: Law1D, game: Game, x: FloatArray) -> None:
    """Arrows down the slope of b(log p − log q), as `Game.on_q` pays."""
    at = torch.from_numpy(q.ppf(np.array([0.1, 0.3, 0.5, 0.7, 0.9])))
    step = 1e-4 * (x[-1] - x[0])
    paid = [
        game.on_q(torch.from_numpy(logs(p, moved.numpy()) - logs(q, moved.numpy()))).numpy()
        for moved in (at - step, at + step)
    ]
    push = (paid[0] - paid[1]) / (2 * step)
    if not np.isfinite(push).all():
        return
    push *= (x[-1] - x[0]) / (12 * (np.abs(push).max() or 1.0))
    low = 0.08 * axes.get_ylim()[1]
    for start, move in zip(at.tolist(), push.tolist(), strict=True):
        axes.annotate("", (start + move, low), (start, low),
                      arrowprops={"arrowstyle": "->", "color": INK, "lw": 1.2})  # fmt: skip
    axes.plot(at, np.full(len(at), low), "o", color=VERMILION, markersize=3.5)


def _share_words(figure: Figure, rows: Any) -> None:
    """One legend for all axes, x under the last row."""
    legend = rows[0, 1].get_legend()
    figure.legend(handles=legend.legend_handles, loc="outside upper center", ncols=3)
    for axes in rows.flat:
        axes.get_legend().remove()
    for axes in rows[:-1].flat:
        axes.set_xlabel("")
