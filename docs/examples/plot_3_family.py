"""
The generators f of the family
==============================

Every row of the table, less its tangent at u = 1: what a ratio u = p/q costs per unit of q. All
touch zero at u = 1; the curvature there is what small differences are measured by.
"""

import matplotlib.pyplot as plt
import torch

from divkit.divergences import JEFFREYS, JS, KL, PEARSON, REVERSE_KL, SQUARED_HELLINGER, TV

u = torch.linspace(0.02, 3.5, 400, dtype=torch.float64)
styles = ["-", "--", "-.", ":", "-", "--", "-."]
colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "black"]

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for row, style, colour in zip(
    (KL, REVERSE_KL, JEFFREYS, PEARSON, SQUARED_HELLINGER, JS, TV), styles, colours, strict=True
):
    cost = row.integrand(u.log(), torch.zeros_like(u))
    axes.plot(u, cost, ls=style, color=colour, label=row.label)
axes.set(xlabel="u = p/q", ylabel="f(u) − f(1) − f′(1)(u − 1)", ylim=(0, 1.6), xlim=(0, 3.5))
axes.legend(frameon=False, fontsize=9)
plt.show()
