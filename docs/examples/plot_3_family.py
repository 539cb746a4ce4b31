"""
The generators f of the family
==============================

Every row of the table, less its tangent at u = 1: what a ratio u = p/q costs per unit of q. All
touch zero at u = 1; the curvature there is what small differences are measured by.
"""

import matplotlib.pyplot as plt
import torch

from divkit.divergences import JEFFREYS, JS, KL, PEARSON, REVERSE_KL, SQUARED_HELLINGER, TV
from divkit.plots import style
from divkit.plots.style import DASHES, INK, SERIES

u = torch.linspace(0.02, 3.5, 400, dtype=torch.float64)
rows = (KL, REVERSE_KL, JEFFREYS, PEARSON, SQUARED_HELLINGER, JS, TV)
looks = zip((*SERIES, INK), (*DASHES, "-"), strict=True)

with style("single"):
    figure, axes = plt.subplots(figsize=(3.4, 3.0))
    for row, (colour, dash) in zip(rows, looks, strict=True):
        cost = row.integrand(u.log(), torch.zeros_like(u))
        axes.plot(u, cost, ls=dash, color=colour, label=row.label)
    axes.set(xlabel="u = p/q", ylabel="f(u) − f(1) − f′(1)(u − 1)", ylim=(0, 1.6), xlim=(0, 3.5))
    figure.legend(loc="outside lower left", ncols=2)
plt.show()
