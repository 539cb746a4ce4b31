"""
In the plane
============

The log density ratio of a ring of eight Gaussians and one wide Gaussian: the logit of the best
discriminator. JSD in two dimensions by tensor quadrature, with its error.
"""

import matplotlib.pyplot as plt
import numpy as np

import divkit
from divkit.distributions import MultivariateNormal, ring
from divkit.plots import draw_log_ratio, style

p = ring(8, radius=2.0, sd=0.4)
q = MultivariateNormal([0.0, 0.0], 4 * np.eye(2))
print(divkit.js_divergence(p, q))

# %%

with style("single"):
    figure, axes = plt.subplots(figsize=(3.4, 2.9))
    draw_log_ratio(axes, p, q, window=((-4, 4), (-4, 4)), labels=("p", "q"))
plt.show()
