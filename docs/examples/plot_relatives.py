"""
Copying well is not generating well
===================================

One decoder, trained three ways on bars and stripes. The auto-encoder's copies become perfect while
its decoder, fed codes z ~ N(0, I) that it never saw, stays far from the data; a VAE's KL term
brings its decoder near; maximum likelihood, its integral over codes summed, comes nearest.
"""

import itertools

import matplotlib.pyplot as plt

import divkit
from divkit.distributions import bars_and_stripes
from divkit.gan import (
    VAE,
    AutoEncoder,
    BinaryDecoder,
    every_atom,
    train_autoencoder,
    train_marginal,
    train_vae,
)
from divkit.plots import style
from divkit.plots.style import DASHES, SERIES

p = bars_and_stripes(3)
decoder, data = BinaryDecoder(9, 2, (32,)), every_atom(p)
trainings = {
    "auto-encoder": train_autoencoder(AutoEncoder(decoder), data, 0.01, rng=0),
    "VAE": train_vae(VAE(decoder, codes=4), data, 0.01, rng=0),
    "maximum likelihood": train_marginal(decoder, data, 0.01, grid=32, rng=0),
}
curves = {}
for name, steps in trainings.items():
    kept = [step for step in itertools.islice(steps, 601) if step.index % 75 == 0]
    curves[name] = (
        [s.index for s in kept],
        [divkit.js_divergence(p, s.law()).value for s in kept],
    )
    print(f"{name:19} JSD after 600 steps: {curves[name][1][-1]:.4f} nats")

# %%

with style("single"):
    figure, axes = plt.subplots()
    for (name, (x, y)), colour, dash in zip(curves.items(), SERIES, DASHES, strict=False):
        axes.plot(x, y, color=colour, linestyle=dash, label=name)
    axes.set_xlabel("step")
    axes.set_ylabel("JSD to the data (nats)")
    axes.set_ylim(bottom=0)
    axes.legend()
plt.show()
