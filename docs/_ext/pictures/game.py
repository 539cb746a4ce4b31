"""Equations (4) to (8): what D is paid, the best D, its value, and where that is least."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from scipy.special import log_expit

import divkit
from divkit.plots import draw_densities, draw_integrand
from divkit.plots.style import BLUE, DASHES, INK, SERIES, VERMILION
from divkit.theory.framework.computations import LOG4, by_affinity
from divkit.theory.game.evolution import DATA, frozen_value, generator
from pictures.checks import of_check

P = divkit.parse_law("mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))")
Q = divkit.parse_law("normal(-1, 1.5)")


def payment() -> Figure:
    """(4) What a timid D and the best D lose to each side, point by point; V is minus the area."""
    x = np.linspace(-7, 5, 801)
    p, q = np.exp(P.log_prob(x)), np.exp(Q.log_prob(x))
    logit = P.log_prob(x) - Q.log_prob(x)
    figure = Figure(figsize=(5.2, 4.6), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True, sharey=True)
    for axes, share, name in zip(panels, (0.0, 1.0), ("D = ½", "the best D, D*"), strict=True):
        on_p, on_q = p * log_expit(share * logit), q * log_expit(-share * logit)
        value = np.trapezoid(on_p + on_q, x)
        axes.fill_between(x, on_p, facecolor=BLUE, alpha=0.8, linewidth=0, label="p log D")
        axes.fill_between(
            x, on_p, on_p + on_q, facecolor=(*to_rgb(VERMILION), 0.3), linewidth=0, hatch="////",
            edgecolor=VERMILION, label="q log(1 − D)",
        )  # fmt: skip
        axes.set_title(f"{name}: V = {value:.4f}".replace("-", "−"))
        axes.set_ylabel("nats per unit of x")
    panels[1].set_xlabel("x")
    panels[0].legend(loc="lower right")
    return figure


def envelope() -> Figure:
    """(5) Each D is a curve over the generators; the best replies are their upper envelope."""
    figure = Figure(figsize=(5.2, 3.6), layout="constrained")
    axes = figure.subplots()
    mu = np.linspace(-3, 3, 61)
    shown = zip((-2.0, -1.0, 1.0, 2.0), SERIES[1:5], DASHES[1:5], strict=True)
    for held, colour, dash in shown:
        heights = [frozen_value(float(m), held).value for m in mu]
        label = f"D* of μ = {held:g}, held".replace("-", "−")
        axes.plot(mu, heights, color=colour, linestyle=dash, linewidth=1.3, label=label)
        axes.plot([held], [frozen_value(held, held).value], "o", color=colour, markersize=5)
    best = [(2 * by_affinity(DATA, generator((float(m), 0.0))) - LOG4).value for m in mu]
    axes.plot(mu, best, color=BLUE, linewidth=3, label="max_D V")
    axes.plot([0], [-LOG4.value], "v", color=INK, markersize=7)
    axes.annotate("min max V = −log 4", (0, -LOG4.value), xytext=(0, 38), ha="center",
                  textcoords="offset points", fontsize=9)  # fmt: skip
    axes.set(xlabel="μ: the generator's law is N(μ, 1)", ylabel="V (nats)", ylim=(-2.6, 0.9))
    axes.legend(loc="upper center", ncols=2)
    return figure


def best_at_points() -> Figure:
    """(6) At each point the payment is concave in D and largest at p/(p+q)."""
    figure = Figure(figsize=(5.2, 3.4), layout="constrained")
    axes = figure.subplots()
    y = np.linspace(0.002, 0.998, 999)
    for x, colour, dash in zip((-3.0, -2.0, 0.5), SERIES, DASHES, strict=False):
        p, q = (float(np.exp(law.log_prob(np.array([x])))[0]) for law in (P, Q))
        height, best = p * np.log(y) + q * np.log1p(-y), p / (p + q)
        label = f"x = {x:g}: D* = {best:.3f}".replace("-", "−")
        axes.plot(y, height, color=colour, linestyle=dash, label=label)
        axes.plot([best], [p * np.log(best) + q * np.log1p(-best)], "o", color=colour)
    axes.set(xlabel="D(x)", ylabel="p log D + q log(1 − D)", ylim=(-1.1, 0))
    axes.legend(loc="lower center")
    return figure


def area() -> Figure:
    """(7) Two laws with D*, and the density whose area is their JSD."""
    figure = Figure(figsize=(5.2, 5.4), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True)
    draw_densities(top, P, Q)
    top.set_xlabel("")
    draw_integrand(bottom, P, Q, "js", value=divkit.js_divergence(P, Q).value)
    return figure


def minimum() -> Figure:
    """(8) V* along a mixture of laws: the check's own figure."""
    return of_check("global-minimum")
