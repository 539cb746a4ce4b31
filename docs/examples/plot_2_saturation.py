"""
JSD saturates, W1 does not
==========================

Two unit normals move apart. JSD flattens at log 2, and with it the slope that a generator follows;
the Wasserstein-1 distance stays a straight line.
"""

import math

import matplotlib.pyplot as plt

import divkit
from divkit.plots import draw_curve, style

along = divkit.curve("shift", kinds=["js", "w1"])
js, error = along.series("js")
print(f"log 2 − JSD at distance {along.values[-1]:g}: {math.log(2) - js[-1]:.3e}")
print(f"largest error: {error.max():.1e}")

# %%

with style("single"):
    figure, axes = plt.subplots()
    draw_curve(axes, along)
plt.show()
