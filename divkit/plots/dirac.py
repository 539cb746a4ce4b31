"""The Dirac-GAN's plane: where each point is pushed, and the paths that training takes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.axes import Axes

from divkit.plots.style import DASHES, GRID, INK, SERIES, SOFT, plain
from divkit.training.dirac.games import DiracGame
from divkit.training.dirac.play import Update, trajectory

_ARROWS = 15


def draw_dirac(
    axes: Axes,
    game: DiracGame,
    updates: Mapping[str, Update],
    *,
    start: tuple[float, float] = (1.0, 1.0),
    steps: int = 500,
    limit: float = 2.5,
) -> Axes:
    """Draw a game's vector field and the path of each update rule.

    Parameters
    ----------
    axes : where to draw, square.
    game : such as `divkit.training.dirac.games.gan()`.
    updates : rules by the name in the legend, such as {"simultaneous": Simultaneous(0.2)}.
    start : (θ, ψ) of every path, marked by a ring.
    steps : of each path.
    limit : both axes go from −limit to limit; what leaves them is cut off.

    Raises
    ------
    ValueError
        If limit is not positive, or there is no rule.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from divkit.gan import Simultaneous, dirac_games
    >>> axes = Figure().subplots()
    >>> draw_dirac(axes, dirac_games()[0], {"both": Simultaneous()}, steps=5).get_xlabel()
    'θ, generator (data at 0)'
    """
    if not limit > 0 or not updates:
        raise ValueError(f"limit must be positive and updates not empty; got {limit!r}.")
    _draw_field(axes, game, limit)
    for k, (label, update) in enumerate(updates.items()):
        path = trajectory(game, update, *start, steps=steps)
        colour, dash = SERIES[k % len(SERIES)], DASHES[k % len(DASHES)]
        axes.plot(path[:, 0], path[:, 1], color=colour, linestyle=dash, linewidth=1.1, label=label)
        axes.plot(*path[-1].tolist(), "s", color=colour, markersize=5)
    axes.plot(*start, "o", color=INK, markerfacecolor="none", markersize=7)
    axes.plot(0, 0, "+", color=INK, markersize=9)
    axes.set_xlim(-limit, limit)
    axes.set_ylim(-limit, limit)
    axes.set_aspect("equal")
    axes.grid(visible=False)
    axes.set_title(game.label)
    axes.set_xlabel("θ, generator (data at 0)")
    axes.set_ylabel("ψ, discriminator")
    axes.legend(loc="lower left", frameon=True, edgecolor="none", framealpha=0.85)
    plain(axes)
    return axes


def _draw_field(axes: Axes, game: DiracGame, limit: float) -> None:
    ticks = torch.linspace(-limit, limit, _ARROWS, dtype=torch.float64)
    theta, psi = torch.meshgrid(ticks, ticks, indexing="xy")
    down, up = (part.numpy() for part in game.field(theta, psi))
    length = np.hypot(down, up)
    moving = length > 0
    axes.axhline(0, color=GRID, linewidth=0.8, zorder=0)
    axes.axvline(0, color=GRID, linewidth=0.8, zorder=0)
    axes.quiver(
        theta.numpy()[moving],
        psi.numpy()[moving],
        down[moving] / length[moving],
        up[moving] / length[moving],
        color=SOFT,
        alpha=0.45,
        scale=28,
        width=0.0035,
        pivot="mid",
    )
