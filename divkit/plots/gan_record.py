"""A training's records drawn: V under its bound, and the true JSD beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from divkit.divergences import JS
from divkit.plots.style import BLUE, GREEN, INK, PURPLE, VERMILION, plain
from divkit.training.measures.records import Record
from divkit.types import FloatArray

BoolArray: TypeAlias = NDArray[np.bool_]

_JSD_BOUNDS = frozenset({"max V of gan", "max V of gan-minimax"})
"""Names of bounds that are −2 log 2 + 2 JSD."""


def draw_game(axes: Axes, records: Sequence[Record]) -> Axes:
    """Draw V and the most that it can be against the step, for one seed.

    V on held-out points has its band of ± 2 standard errors; V of the last minibatch is dotted.
    The legend says so where the numbers are of an averaged G.
    Where V is known on the judge's nodes it is drawn too. Where the bound is known from below
    alone, an arrow stands on its lower limit. A dotted line marks a bound that is warned of.

    Raises
    ------
    ValueError
        If there is no record, or they are of several seeds.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from divkit import Normal, train_gan
    >>> records = [step.record for step in train_gan(Normal(1, 1), steps=2, batch=8, every=1)]
    >>> draw_game(Figure().subplots(), records).get_xlabel()
    'step of G'
    """
    if len({record.seed for record in records}) != 1:
        raise ValueError("records must be of one seed: [r for r in rows if r.seed == 0].")
    step = np.array([record.step for record in records])
    minibatch = np.array([record.train_value for record in records], dtype=float)
    held = np.array([record.held_out_value for record in records], dtype=float)
    error = np.array([record.held_out_error for record in records], dtype=float)
    for value, look, label in (
        (minibatch, {"color": PURPLE, "ls": ":", "lw": 1.3}, "V on the last minibatch"),
        (held, {"color": VERMILION, "ls": "--"}, "V on held-out points"),
    ):
        if np.isfinite(value).any():
            axes.plot(step, value, label=label, **look)
    axes.fill_between(
        step, held - 2 * error, held + 2 * error, color=VERMILION, alpha=0.22, linewidth=0
    )
    known = [(r.step, r.value) for r in records if r.value is not None]
    if known:
        axes.plot(*zip(*known, strict=True), color=GREEN, linewidth=1.2, label="V on nodes")
    if not all(record.bounded for record in records):
        axes.plot([], [], color=BLUE, linestyle="none", label="no bound: losses without a theorem")
    _draw_bound(axes, records)
    axes.set_xlabel("step of G")
    axes.set_ylabel("value (nats)" if records[0].bound is not None else "value")
    axes.legend(loc="best", title=records[0].words or None)
    plain(axes)
    return axes


def _draw_bound(axes: Axes, records: Sequence[Record]) -> None:
    bounds = [(record.step, record.bound) for record in records if record.bound is not None]
    if not bounds:
        return
    step = [at for at, _ in bounds]
    estimated = any(bound.is_estimate for _, bound in bounds)
    low, high = (np.array(ends) for ends in zip(*(b.interval for _, b in bounds), strict=True))
    value = np.array([bound.value for _, bound in bounds])
    name = "−2 log 2 + 2 JSD" if bounds[0][1].name in _JSD_BOUNDS else "max V"
    from_below = np.array([bound.is_lower_bound for _, bound in bounds])
    if from_below.any():
        label = f"{name} (at least, ↑)"
    else:
        label = f"{name} (estimate)" if estimated else f"{name} (exact)"
    axes.plot(step, value, color=BLUE, label=label)
    draw_from_below(axes, np.array(step), low, from_below)
    two_sided = np.where(from_below, np.nan, 1.0)
    axes.fill_between(step, low * two_sided, high * two_sided, color=BLUE, alpha=0.22, linewidth=0)
    for at, bound in bounds:
        if bound.warnings:
            axes.axvline(at, color=VERMILION, linewidth=0.9, linestyle=":")
    if any(bound.warnings for _, bound in bounds):
        axes.plot([], [], color=VERMILION, linewidth=0.9, linestyle=":", label="warning")


def draw_from_below(axes: Axes, step: FloatArray, low: FloatArray, which: BoolArray) -> None:
    """Draw the lower limits among them as arrows that point to where the truth lies."""
    if which.any():
        axes.plot(
            step[which], low[which], color=BLUE, linestyle="none", marker=r"$\uparrow$", ms=9
        )


def draw_js(axes: Axes, records: Sequence[Record]) -> Axes:
    """Draw the JSD of every seed against the step.

    The axis is logarithmic where all are positive and the largest is ten times the least.

    Raises
    ------
    ValueError
        If there is no record.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from divkit import Normal, train_gan
    >>> records = [step.record for step in train_gan(Normal(1, 1), steps=2, batch=8, every=1)]
    >>> draw_js(Figure().subplots(), records).get_ylabel()
    'JSD (nats)'
    """
    seeds = sorted({record.seed for record in records})
    if not seeds:
        raise ValueError("there is no record to draw.")
    for k, seed in enumerate(seeds):
        rows = [record for record in records if record.seed == seed]
        from_below = np.array([row.js.is_lower_bound for row in rows])
        low = np.array([row.js.interval[0] for row in rows])
        draw_from_below(axes, np.array([row.step for row in rows]), low, from_below)
        value = np.array([row.js.value for row in rows])
        label = "JSD" if k == 0 else None
        axes.plot([row.step for row in rows], value, color=BLUE, linewidth=1.2, label=label)
    axes.axhline(JS.upper, color=INK, linewidth=0.9, linestyle=":", label="log 2")
    values = [record.js.value for record in records]
    if 0 < 10 * min(values) < max(values):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0.0)
    axes.set_xlabel("step of G")
    axes.set_ylabel("JSD (nats)")
    axes.legend(loc="best", title=records[0].words or None)
    plain(axes)
    return axes
