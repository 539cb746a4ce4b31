"""Equations (1) to (3): the likelihood of samples, its limit as a KL, the law of moved noise."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

import divkit
from divkit.distributions import Normal
from divkit.plots.style import BLUE, DASHES, GREEN, INK, PURPLE, SERIES, SOFT, VERMILION
from divkit.theory.likelihood.pushforward import density, network
from divkit.types import FloatArray
from pictures.checks import of_check

TARGET = divkit.parse_law("mixture(0.4: normal(-1, 0.6), 0.6: normal(1.5, 1))")


def of_samples() -> Figure:
    """(1) Mean log likelihood of m draws against its limit, for the mean of a normal law."""
    figure = Figure(figsize=(5.2, 3.4), layout="constrained")
    axes = figure.subplots()
    theta, rng = np.linspace(-1.5, 2.5, 201), np.random.default_rng(3)
    for m, colour, dash in zip((10, 100, 1000), SERIES[1:], DASHES[1:], strict=False):
        x = TARGET.sample(m, rng).numpy()[:, 0]
        mean, square = x.mean(), (x * x).mean()
        height = _log_likelihood(theta, mean, square)
        axes.plot(theta, height, color=colour, linestyle=dash, label=f"m = {m:,}")
        top = float(_log_likelihood(np.array([mean]), mean, square)[0])
        axes.plot([mean], [top], "o", color=colour, markersize=6)
    mean, spread = float(TARGET.mean[0]), float(TARGET.covariance[0, 0])
    limit = _log_likelihood(theta, mean, spread + mean**2)
    axes.plot(theta, limit, color=BLUE, label="m → ∞: E log p_θ")
    axes.axvline(mean, color=SOFT, linewidth=0.9, linestyle=":")
    axes.set(xlabel="θ, the mean of N(θ, 1)", ylabel="mean log likelihood (nats)")
    axes.legend(loc="lower center")
    return figure


def _log_likelihood(theta: FloatArray, mean: float, square: float) -> FloatArray:
    """The mean of log N(x; θ, 1) over draws with this mean and mean square."""
    return -0.5 * np.log(2 * np.pi) - 0.5 * (square - 2 * theta * mean + theta**2)


def as_kl() -> Figure:
    """(2) Cross-entropy is H(p) + KL: the check's own figure."""
    return of_check("mle-is-min-kl")


def pushforward() -> Figure:
    """(3) A map that folds the line, and the law of its images by all preimages."""
    generator, noise = network(), Normal(0, 1)
    figure = Figure(figsize=(5.2, 5.2), layout="constrained")
    top, bottom = figure.subplots(2, 1)
    z = np.linspace(-3, 3, 601)
    top.fill_between(z, np.exp(noise.log_prob(z)), color=GREEN, alpha=0.2, linewidth=0)
    top.plot(z, np.exp(noise.log_prob(z)), color=GREEN, linestyle="--", label="p_z, the noise")
    top.plot(z, generator.forward(z), color=INK, label="x = G(z)")
    level = -1.2
    top.axhline(level, color=SOFT, linewidth=0.9, linestyle=":")
    at = _crossings(z, generator.forward(z) - level)
    name = f"preimages of x = {level}".replace("-", "−")
    top.plot(at, np.full(len(at), level), "o", color=PURPLE, label=name)
    top.set(xlabel="z", ylim=(-2.2, 2.6))
    top.legend(loc="upper left")
    _image(bottom, generator, level)
    return figure


def _image(axes, generator, level: float) -> None:
    x, rng = np.linspace(-2, 3, 1001), np.random.default_rng(0)
    counts, edges = np.histogram(generator.forward(rng.standard_normal(100_000)), 70, (-2, 3))
    heights = counts / 100_000 / np.diff(edges)
    axes.stairs(heights, edges, color=SOFT, fill=True, alpha=0.25, label="100,000 draws")
    axes.plot(x, density(generator.pieces, x), color=VERMILION, label="q(x) = Σ p_z(z)/|G′(z)|")
    axes.plot([level], density(generator.pieces, np.array([level])), "o", color=PURPLE)
    axes.set(xlabel="x", ylabel="density", ylim=(0, None), xlim=(-2, 3))
    axes.legend(loc="upper right")


def _crossings(z: FloatArray, height: FloatArray) -> FloatArray:
    """Where a sampled curve changes its sign, by linear interpolation."""
    k = np.flatnonzero(np.sign(height[:-1]) != np.sign(height[1:]))
    return z[k] - height[k] * (z[k + 1] - z[k]) / (height[k + 1] - height[k])
