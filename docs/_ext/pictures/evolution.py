"""G0 → D0* → G1 → …: the derivation's own picture, and where a D that is held leads."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import expit

from divkit.plots.style import BLUE, DASHES, INK, PURPLE, SOFT, VERMILION
from divkit.theory.framework.computations import by_affinity
from divkit.theory.game.evolution import DATA, Parameters, generator, path
from pictures.checks import of_check

START, RATE, STEPS = (2.4, -0.3), 2.0, 3
X = np.linspace(-4, 5, 601)
_SUB = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def strip() -> Figure:
    """Each row: a generator with its JSD, the best D against it, and where D sends its points."""
    places = path(START, STEPS - 1, RATE)
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    rows = figure.subplots(STEPS, 2, sharex=True, sharey=True)
    for k, (theta, (left, right)) in enumerate(zip(places, rows, strict=True)):
        number = str(k).translate(_SUB)
        after = str(k + 1).translate(_SUB)
        js = by_affinity(DATA, generator(theta)).value
        _laws(left, theta, f"G{number}:  JSD = {js:.4f}")
        _laws(right, theta, f"→ D{number}*, which moves G{number} to G{after}")
        _best(right, theta)
    for axes in rows[-1]:
        axes.set_xlabel("x")
    handles = [*rows[0, 0].get_lines(), *rows[0, 1].get_lines()[2:3]]
    figure.legend(handles=handles, loc="outside upper left", ncols=3)
    return figure


def _laws(axes: Axes, theta: Parameters, title: str) -> None:
    for law, colour, dash, name in (
        (DATA, BLUE, DASHES[0], "p, the data"),
        (generator(theta), VERMILION, DASHES[1], "q, the generator"),
    ):
        height = np.exp(law.log_prob(X))
        axes.plot(X, height, color=colour, linestyle=dash, label=name)
        axes.fill_between(X, height, color=colour, alpha=0.12, linewidth=0)
    axes.set(ylim=(0, 1.04), xlim=(X[0], X[-1]))
    axes.set_title(title, fontsize=10)
    axes.set_yticks([0, 0.5, 1])


def _best(axes: Axes, theta: Parameters) -> None:
    """D* on the same scale, and arrows from points of q along the slope of log(1 − D*)."""
    law = generator(theta)
    best = expit(DATA.log_prob(X) - law.log_prob(X))
    axes.plot(X, best, color=PURPLE, linestyle="-.", label="D*")
    axes.axhline(0.5, color=SOFT, linewidth=0.8, linestyle=":")
    at = law.ppf(np.array([0.1, 0.3, 0.5, 0.7, 0.9]))
    slope = np.gradient(np.log(np.maximum(1 - best, 1e-300)), X)
    push = -RATE * np.interp(at, X, slope)
    for x, move in zip(at, push, strict=True):
        axes.annotate("", (x + 0.6 * move, 0.08), (x, 0.08),
                      arrowprops={"arrowstyle": "->", "color": INK, "lw": 1.2})  # fmt: skip
    axes.plot(at, np.full(len(at), 0.08), "o", color=VERMILION, markersize=3.5)


def runaway() -> Figure:
    """Minimising V(D0*, ·) to the end: the check's own figure."""
    return of_check("evolution")
