"""
Both sides of the identity
==========================

max V = −2 log 2 + 2 JSD along a shift of two unit normals: the value of the game by quadrature of
its definition, the right side from the exact JSD, and their difference within the stated errors.
"""

import math

import matplotlib.pyplot as plt
import numpy as np

import divkit
from divkit.distributions import Normal
from divkit.plots import style
from divkit.plots.style import BLUE, INK, SOFT, VERMILION

shifts = np.linspace(0.05, 8, 40)
pairs = [(Normal(0, 1), Normal(shift, 1)) for shift in shifts]
left = [divkit.gan_value(p, q, method="quadrature") for p, q in pairs]
js = [divkit.js_divergence(p, q) for p, q in pairs]
right = np.array([-2 * math.log(2) + 2 * float(r) for r in js])
gap = np.abs([float(v) for v in left] - right)
allowed = [v.error + 2 * r.error + 4.5e-16 for v, r in zip(left, js, strict=True)]

# %%
# The curves lie on each other; below is what they differ by, and what the errors allow.

with style("single"):
    figure, (top, bottom) = plt.subplots(2, figsize=(3.4, 3.4), sharex=True, height_ratios=(2, 1))
    values = [float(v) for v in left]
    top.plot(shifts, values, color=BLUE, lw=4, alpha=0.5, label="max V")
    top.plot(shifts, right, color=INK, ls="--", label="−2 log 2 + 2 JSD")
    for level in (0, -2 * math.log(2)):
        top.axhline(level, color=SOFT, lw=0.8, ls=":")
    top.set(ylabel="nats")
    top.legend()
    shown = np.maximum(gap, 1e-18)  # a difference of 0 sits on the lower edge
    bottom.semilogy(shifts, shown, ".", color=BLUE, label="difference")
    bottom.semilogy(shifts, allowed, color=VERMILION, label="allowed by the two errors")
    bottom.set(xlabel="distance of the means", ylim=(5e-19, 1e-11))
    bottom.legend(ncols=2)
plt.show()
