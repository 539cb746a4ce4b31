"""One decoder trained as an auto-encoder, a VAE and a GAN; and the one-pixel example."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

import divkit
from divkit.distributions import bars_and_stripes
from divkit.gan import (
    VAE,
    AutoEncoder,
    BinaryDecoder,
    Penalties,
    every_atom,
    train_autoencoder,
    train_vae,
)
from divkit.plots.style import SOFT
from divkit.theory.dynamics.pixels import best_discriminator, flipped, triple

P = bars_and_stripes(3)
DECODER = BinaryDecoder(9, 2, (32,), grid=32)
STEPS, SHOWN = 500, 8


def beside() -> Figure:
    """Images of the data and of each decoder under its prior, impossible ones framed."""
    data = every_atom(P)
    laws = {
        "the data": P,
        "auto-encoder": _last(train_autoencoder(AutoEncoder(DECODER), data, 0.01, rng=0)).law(),
        "VAE": _last(train_vae(VAE(DECODER, codes=4), data, 0.01, rng=0)).law(),
        "GAN, R1 + R2": DECODER.law(_as_gan()),
    }
    figure = Figure(figsize=(5.6, 3.9), layout="constrained")
    for part, (name, law) in zip(figure.subfigures(len(laws)), laws.items(), strict=True):
        images = law.sample(SHOWN, np.random.default_rng(4))
        js = divkit.js_divergence(P, law).value
        title = name if law is P else f"{name}: JSD = {js:.3f} nats"
        part.suptitle(title, fontsize=10, x=0.01, ha="left")
        possible = torch.isfinite(P.log_prob(images))
        shown = zip(part.subplots(1, SHOWN), P.as_images(images), possible, strict=True)
        for axes, image, good in shown:
            _image(axes, image, bool(good))
    return figure


def _last(steps: Iterator[Any]) -> Any:
    return next(itertools.islice(steps, STEPS - 1, None))


def _as_gan() -> torch.Tensor:
    """The decoder's parameters after a training as a GAN, averaged over its path."""
    options = {"penalties": Penalties(r1=0.1, r2=0.1), "batch": 256, "seeds": (0,)}
    *_, end = divkit.train_gan(P, "gan", generator=DECODER, steps=STEPS, every=STEPS, **options)
    return end.state.average[0].double()


def _image(axes: Any, image: Any, possible: bool) -> None:
    axes.imshow(image, cmap="Greys", vmin=0, vmax=1.4)
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(SOFT)
    if not possible:
        axes.spines[:].set_linewidth(2.4)
        axes.spines[:].set_linestyle((0, (2, 1.2)))
        axes.spines[:].set_color("black")


def pixel() -> Figure:
    """One wrong pixel: its neighbours tie in squared error, not in likelihood or D*."""
    images = torch.stack(triple(P))
    error = ((images - images[1]) ** 2).sum(1)
    log_p, d = P.log_prob(images), best_discriminator(P, flipped(P, 0.05), images)
    figure = Figure(figsize=(5.2, 2.6), layout="constrained")
    names = ("likely", "the image x", "impossible")
    panels = zip(figure.subplots(1, 3), P.as_images(images), names, error, log_p, d, strict=True)
    for axes, image, name, off, log, best in panels:
        _image(axes, image, True)
        axes.set_title(name)
        words = f"{float(log):.4g}".replace("-", "−").replace("inf", "∞")
        axes.set_xlabel(f"|x − image|² = {off:.0f}\nlog p = {words}\nD* = {best:.4g}")
    return figure
