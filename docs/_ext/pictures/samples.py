"""Equations (9) to (11): V by noise, V of a D that saw m draws, a generator trained on them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import log_expit

import divkit
from divkit.critics import from_samples, train
from divkit.distributions import Normal, mixture
from divkit.gan import MixtureGenerator, NetworkCritic, Recorder
from divkit.plots import draw_game
from divkit.plots.style import BLUE, DASHES, GREEN, INK, PURPLE, VERMILION
from divkit.theory.game.identity import value_of
from divkit.types import FloatArray
from pictures.checks import of_check

P, Q = Normal(0, 1), Normal(1, 1)
SIZES, SEEDS = (20, 60, 200, 600, 2000, 6000), 16


def by_noise() -> Figure:
    """(9) The payment on fakes, over noise z and over the points G(z): two equal areas."""
    figure = Figure(figsize=(5.2, 4.6), layout="constrained")
    top, bottom = figure.subplots(2, 1)
    z = np.linspace(-4, 4, 801)
    x = 1 + 1.5 * z  # G(z)
    noise, image = Normal(0, 1), Normal(1, 1.5)
    paid = log_expit(image.log_prob(x) - P.log_prob(x))  # log(1 − D*)
    for axes, at, law, name, weight in (
        (top, z, noise, "z", "p_z(z)"), (bottom, x, image, "x = G(z)", "q(x)")
    ):  # fmt: skip
        height = np.exp(law.log_prob(at)) * paid
        value = float(np.trapezoid(height, at))
        label = f"area {value:.6f}".replace("-", "−")
        axes.fill_between(at, height, color=VERMILION, alpha=0.35, linewidth=0, label=label)
        axes.plot(at, height, color=INK, linewidth=1.2)
        axes.plot(at, np.exp(law.log_prob(at)), color=GREEN, linestyle="--", label=weight)
        axes.set_xlabel(name)
        axes.legend(loc="upper right")
    top.set_ylabel("p_z log(1 − D(G(z)))")
    bottom.set_ylabel("q log(1 − D)")
    return figure


def growing() -> Figure:
    """(10) V of the best of a class on its own m draws, and of the same D on the laws."""
    bound = divkit.gan_value(P, Q).value
    own, true = (np.array(each) for each in zip(*map(_games, SIZES), strict=True))
    figure = Figure(figsize=(5.2, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.axhline(bound, color=BLUE, linewidth=2.4, label="the bound −2 log 2 + 2 JSD")
    _band(axes, own, VERMILION, DASHES[1], "Ṽ(D) on the draws that D saw")
    _band(axes, true, PURPLE, DASHES[2], "V(D) on the laws")
    axes.set_xscale("log")
    axes.set(xlabel="m, draws of each law", ylabel="nats", ylim=(bound - 0.35, bound + 0.35))
    axes.legend(loc="upper right")
    return figure


def _games(m: int) -> tuple[list[float], list[float]]:
    """Ṽ and V of the best quadratic logit on m + m draws, one a seed."""
    found = []
    for seed in range(SEEDS):
        rng = np.random.default_rng([m, seed])
        end = train(from_samples(P.sample(m, rng), Q.sample(m, rng)), critic="quadratic")
        found.append((end.last.value, value_of(P, Q, end.critic).value))
    own, true = zip(*found, strict=True)
    return list(own), list(true)


def _band(axes: Axes, values: FloatArray, colour: str, dash: str, label: str) -> None:
    """The mean over seeds, and the band that holds four in five of them."""
    low, high = np.quantile(values, (0.1, 0.9), axis=1)
    axes.plot(SIZES, values.mean(axis=1), color=colour, linestyle=dash, marker="o", markersize=4,
              label=label)  # fmt: skip
    axes.fill_between(SIZES, low, high, color=colour, alpha=0.15, linewidth=0)


def memorising() -> Figure:
    """(10) A D that memorises its draws: the check's own figure."""
    return of_check("memorising-d")


def training() -> Figure:
    """(11) A generator trained against Ṽ, with the true bound beside V at every record."""
    p = mixture([0.33, 0.67], [Normal(-1, 0.25), Normal(2, 2**0.5)])
    choices = {"generator": MixtureGenerator(2, 1), "critic": NetworkCritic(1, (32, 32))}
    recorder = Recorder(held_out=1024, neighbourhood=0)
    steps = divkit.train_gan(p, "gan", steps=600, every=40, recorder=recorder, **choices)
    figure = Figure(figsize=(5.6, 3.8), layout="constrained")
    draw_game(figure.subplots(), [step.record for step in steps])
    return figure
