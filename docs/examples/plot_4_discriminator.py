"""
What a wrong discriminator loses
================================

V(D*) − V(D) = ∫ (p + q) KL(Ber D* ‖ Ber D) dx, for discriminators whose logit is a multiple of the
best one's. The loss is read off twice: as a difference of two values, and as that integral.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import expit, log_expit

import divkit
from divkit.plots import style
from divkit.plots.style import BLUE, INK

p = divkit.parse_law("mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))")
q = divkit.parse_law("normal(-1, 1.5)")
x = np.linspace(-14, 12, 20_001)
step = x[1] - x[0]
log_p, log_q = p.log_prob(x), q.log_prob(x)
best = log_p - log_q


def value(logit):
    """V(D) by the trapezoid rule, which is exact to rounding for smooth densities."""
    return step * np.sum(np.exp(log_p) * log_expit(logit) + np.exp(log_q) * log_expit(-logit))


def loss(logit):
    """∫ (p + q) KL(Ber D* ‖ Ber D)."""
    d = expit(best)
    kl = d * (log_expit(best) - log_expit(logit))
    kl += (1 - d) * (log_expit(-best) - log_expit(-logit))
    return step * np.sum((np.exp(log_p) + np.exp(log_q)) * kl)


factors = np.linspace(0, 3, 61)
difference = np.array([value(best) - value(c * best) for c in factors])
integral = np.array([loss(c * best) for c in factors])
print(f"largest gap between the two: {np.abs(difference - integral).max():.1e}")

# %%

with style("single"):
    figure, axes = plt.subplots()
    axes.plot(factors, difference, color=BLUE, lw=4, alpha=0.5, label="V(D*) − V(D)")
    axes.plot(factors, integral, color=INK, ls="--", label="∫ (p+q) KL(Ber D* ‖ Ber D)")
    axes.set(xlabel="logit of D, in multiples of log p − log q", ylabel="nats", ylim=(0, None))
    axes.legend()
plt.show()
