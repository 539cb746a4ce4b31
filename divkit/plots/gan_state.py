"""A moment of a training drawn: D over the data and the fakes, on the line and in the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from scipy.special import expit

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.distributions.null_sets import share_measure
from divkit.plots.densities import draw_densities, legend_above, logs
from divkit.plots.style import BLUE, DASHES, DIVERGING, GREEN, INK, SOFT, VERMILION
from divkit.plots.window import Window, lattice, span
from divkit.training.gan.training import GanTraining
from divkit.training.measures.truth import fresh_fakes
from divkit.training.run import SavedStep
from divkit.types import FloatArray, Tensor


def draw_critic(axes: Axes, p: Any, step: SavedStep, *, member: int = 0) -> Axes:
    """Draw D and D* over the densities of the data and of the generator, on the line.

    Raises
    ------
    ValueError
        If the data are not on the line, the generator's law is not known, or D sees packs.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from divkit import Normal, train_gan
    >>> last = [*train_gan(Normal(1, 1), steps=2, batch=8, every=1)][-1]
    >>> draw_critic(Figure().subplots(), Normal(1, 1), last).get_title()[:6]
    'step 2'
    """
    law, target = step.law(member), as_law(p)
    if law is None or target.dim != 1 or game_of(step).critic.pack > 1:
        raise ValueError(
            "this figure is for laws on the line with a known density, and a critic of single "
            "points; use draw_critic_map in the plane."
        )
    x = np.linspace(*span(target, law), 801)
    draw_densities(axes, target, law, x=x, labels=("p (data)", f"q ({_who(step, member)})"))
    right = axes.figure.axes[-1]
    empty = np.isneginf([logs(each, x) for each in (target, law)]).all(axis=0)
    seen = np.where(empty, np.nan, critic_at(step, torch.from_numpy(x[:, None]), member))
    right.plot(x, seen, color=GREEN, linestyle=DASHES[3], label="D (right axis)")
    handles = [*axes.get_legend_handles_labels()[0], *right.get_legend_handles_labels()[0]]
    legend_above(axes, handles)
    axes.set_title(f"step {step.index}: JSD = {step.records[member].js.value:.4g}")
    return axes


def draw_critic_map(
    axes: Axes,
    p: Any,
    step: SavedStep,
    *,
    member: int = 0,
    window: Window | None = None,
    fakes: int = 500,
    arrows: int = 18,
    grid: int = 12,
    best: bool = False,
) -> Axes:
    """Draw D in the plane with samples, the pull on fakes, and the generator's grid.

    Colours are D, or D* = p/(p + q) where `best`; points without mass of either law stay blank.
    Points are data and fakes. Arrows are ∇ log D, the direction in which the
    non-saturating loss pulls a fake. Lines are the images of an even grid over the middle 95% of
    the first two coordinates of z, the others at 0.

    Parameters
    ----------
    member : which run of an ensemble.
    window : ((left, right), (bottom, top)); around the data where None.
    fakes, arrows, grid : points of each kind, arrows along each side, lines each way; 0 for none.
    best : draw D*, without arrows, which are of D.

    Raises
    ------
    ValueError
        If the data are not in the plane, D sees packs, or D* is asked of a generator whose density
        is not known.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from divkit import MultivariateNormal, train_gan
    >>> p = MultivariateNormal((1, 0), ((1, 0), (0, 1)))
    >>> first = next(train_gan(p, steps=1, batch=8, every=1))
    >>> draw_critic_map(Figure().subplots(), p, first, fakes=20, arrows=4).get_title()[:6]
    'step 0'
    """
    target = as_law(p)
    if target.dim != 2 or game_of(step).critic.pack > 1:
        raise ValueError("this map is for data in the plane and a critic of single points.")
    box = window or _around(target)
    x, y = (np.linspace(*ends, 201) for ends in box)
    seen = _best_on_grid(target, step.law(member), x, y) if best else _on_grid(step, x, y, member)
    mesh = axes.pcolormesh(
        x, y, seen, cmap=DIVERGING, vmin=0, vmax=1, shading="nearest",
        rasterized=True, alpha=0.75,
    )  # fmt: skip
    if grid:
        _draw_warp(axes, step, member, grid)
    _draw_samples(axes, target, step, member, fakes)
    if arrows and not best:
        _draw_pull(axes, step, box, member, arrows)
    axes.set(xlim=box[0], ylim=box[1], xlabel="x₁", ylabel="x₂", aspect="equal")
    axes.grid(visible=False)
    bar = axes.figure.colorbar(mesh, ax=axes, pad=0.03)
    bar.set_label(f"{'D*' if best else 'D'} (1: data, 0: generator)")
    axes.set_title(f"step {step.index}: JSD = {step.records[member].js.value:.3g}")
    return axes


def game_of(step: SavedStep) -> GanTraining:
    """The game that a step is of.

    Raises
    ------
    ValueError
        If it is a step of a training without a critic.
    """
    if not isinstance(step.training, GanTraining):
        raise ValueError(f"a critic is drawn, and {type(step.training).__name__} has none.")
    return step.training


def _who(step: SavedStep, member: int) -> str:
    """Which generator the figure is of, for its legend."""
    return step.records[member].words or "generator"


def _fakes_of(step: SavedStep, member: int) -> str:
    words = step.records[member].words
    return f"fakes of {words}" if words else "fakes"


def critic_at(step: SavedStep, x: Tensor, member: int) -> FloatArray:
    """D = σ(output) at points (n, d), as (n,)."""
    theta = step.state.critic[member]
    with torch.no_grad():
        logits = game_of(step).critic.logits(theta, x.to(theta))
    return np.asarray(torch.sigmoid(logits).double().cpu().numpy())


def _around(p: Law) -> Window:
    ends = [span(p, axis=axis, scales=3.0) for axis in (0, 1)]
    room = [0.2 * (high - low) for low, high in ends]
    first, second = ((low - r, high + r) for (low, high), r in zip(ends, room, strict=True))
    return first, second


def _on_grid(step: SavedStep, x: FloatArray, y: FloatArray, member: int) -> FloatArray:
    return critic_at(step, torch.from_numpy(lattice(x, y)), member).reshape(len(y), len(x))


def _best_on_grid(p: Law, q: Law | None, x: FloatArray, y: FloatArray) -> FloatArray:
    """D* = σ(log p − log q), NaN where neither law has mass."""
    if q is None or not share_measure(p.support, q.support):
        raise ValueError(
            "D* is p/(p + q), and this generator's density is not known, or it has none. Take a "
            "network of noise in the plane, or leave best out."
        )
    log_p, log_q = (np.asarray(law.log_prob(lattice(x, y))) for law in (p, q))
    with np.errstate(invalid="ignore"):  # −∞ − (−∞): neither has mass
        return np.asarray(expit(log_p - log_q)).reshape(len(y), len(x))


def _draw_samples(axes: Axes, p: Law, step: SavedStep, member: int, count: int) -> None:
    if not count:
        return
    rng, theta = np.random.default_rng(0), step.state.average[member].double().cpu()
    fake = fresh_fakes(game_of(step).generator, theta, count, rng).numpy()
    dots: dict[str, Any] = {"s": 7, "linewidths": 0.3, "edgecolors": "white"}
    axes.scatter(*p.sample(count, rng).numpy().T, color=BLUE, label="data", **dots)
    axes.scatter(*fake.T, color=VERMILION, marker="^", label=_fakes_of(step, member), **dots)
    axes.legend(loc="upper right", markerscale=2, frameon=True, framealpha=0.85)


def _draw_pull(axes: Axes, step: SavedStep, box: Window, member: int, count: int) -> None:
    """∇ log D = σ(−f)∇f on an even grid; longer ones are cut to one cell's length."""
    x, y = (np.linspace(*ends, count + 2)[1:-1] for ends in box)
    points = lattice(x, y)
    theta = step.state.critic[member]
    sweep = game_of(step).critic.sweep(theta, torch.from_numpy(points).to(theta))
    pull = sweep.points(torch.sigmoid(-sweep.logits)).double().cpu().numpy()
    length = np.linalg.norm(pull, axis=1, keepdims=True)
    typical = float(np.quantile(length, 0.7)) or 1.0
    pull = pull / np.maximum(length, typical)
    axes.quiver(
        *points.T, *pull.T, angles="xy", scale_units="xy", scale=1 / (0.8 * (x[1] - x[0])),
        width=0.0022, color=INK, alpha=0.7,
    )  # fmt: skip


def _draw_warp(axes: Axes, step: SavedStep, member: int, count: int) -> None:
    """The images of straight lines of z."""
    generator, theta = game_of(step).generator, step.state.average[member].double().cpu()
    if generator.latent.dim < 2:
        return
    along, across = np.linspace(-1.96, 1.96, 200), np.linspace(-1.96, 1.96, count)
    for turned in (False, True):
        for level in across:
            z = np.zeros((len(along), generator.latent.dim))
            z[:, int(turned)], z[:, 1 - int(turned)] = along, level
            with torch.no_grad():
                image = generator.push(theta, torch.from_numpy(z))[0].numpy()
            axes.plot(*image.T, color=SOFT, linewidth=0.6, alpha=0.7)
