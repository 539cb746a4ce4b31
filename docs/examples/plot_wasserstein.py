"""
What a WGAN's critic measures
=============================

Two parallel lines: JSD says log 2 until they coincide, W1 leads there. But a critic that is held
by a gradient penalty overstates the distance, and one with clipped weights measures it in a unit
of its own.
"""

import matplotlib.pyplot as plt

import divkit
from divkit.plots import style
from divkit.plots.evidence import draw_evidence

results = divkit.verify(["saturation", "parallel-lines", "gp-bias", "clip-scale"])
for result in results:
    print(result.id, "holds:", result.holds)

# %%

with style("single"):
    figure, axes = plt.subplots(4, 1, figsize=(3.4, 10.6))
    for ax, result in zip(axes.flat, results, strict=True):
        draw_evidence(result, ax, result.id)
plt.show()
