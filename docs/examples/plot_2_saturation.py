"""
JSD saturates, W1 does not
==========================

Two unit normals move apart. JSD flattens at log 2, and with it the slope that a generator follows;
the Wasserstein-1 distance stays a straight line.
"""

import math

import matplotlib.pyplot as plt
import numpy as np

import divkit
from divkit.distributions import Normal

shifts = np.linspace(0, 10, 101)
js = divkit.divergence_batch([Normal(shift, 1) for shift in shifts], Normal(0, 1), "js")
w1 = [float(divkit.w1_distance(Normal(shift, 1), Normal(0, 1))) for shift in shifts]

# %%
# The gap to log 2 is below 1e-6 at a distance of 10.

print(f"log 2 − JSD at distance 10: {math.log(2) - js.value[-1]:.3e}")
print(f"largest error of the batch: {js.error.max():.1e}")

# %%

figure, left = plt.subplots(figsize=(7, 3.6), layout="constrained")
left.plot(shifts, js.value, color="#0072b2")
left.axhline(math.log(2), color="grey", ls=":", lw=1)
left.set(xlabel="distance of the means", ylabel="JSD (nats)", ylim=(0, 0.75))
left.yaxis.label.set_color("#0072b2")
right = left.twinx()
right.plot(shifts, w1, color="#d55e00", ls="--")
right.set(ylabel="W1 (length)", ylim=(0, 10.8))
right.yaxis.label.set_color("#d55e00")
plt.show()
