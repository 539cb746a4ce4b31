"""
One pixel apart
===============

Bars and stripes on a board of 3 × 3. The image in the middle has one wrong pixel. Its neighbours
left and right are both at squared error 1 from it; one is likely, the other impossible. Likelihood
and the best discriminator know the difference, squared error cannot.
"""

import matplotlib.pyplot as plt
import torch

from divkit.distributions import bars_and_stripes
from divkit.plots import style
from divkit.theory.dynamics.pixels import best_discriminator, flipped, triple

p = bars_and_stripes(3)
q = flipped(p, 0.05)  # a generator that turns each pixel with probability 5%
images = torch.stack(triple(p))
error = ((images - images[1]) ** 2).sum(1)
log_p, d = p.log_prob(images), best_discriminator(p, q, images)
for name, row in zip(
    ("likely", "seen", "impossible"), zip(error, log_p, d, strict=True), strict=True
):
    print(f"{name:11} squared error {row[0]:.0f}, log p {row[1]:7.4f}, D* {row[2]:.4f}")

# %%

titles = ("likely", "the image x", "impossible")
with style("single"):
    figure, axes = plt.subplots(1, 3, figsize=(3.4, 2.0))
    for ax, image, title, e, lp, at in zip(
        axes, p.as_images(images), titles, error, log_p, d, strict=True
    ):
        ax.imshow(image, cmap="Greys", vmin=0, vmax=1.4)
        ax.set_title(title)
        log = f"{float(lp):.4g}".replace("-", "−").replace("inf", "∞")
        ax.set_xlabel(f"|x − image|² = {e:.0f}\nlog p = {log}\nD* = {at:.4g}")
        ax.spines[:].set_visible(True)
        ax.set_xticks([0.5, 1.5], labels=[])
        ax.set_yticks([0.5, 1.5], labels=[])
plt.show()
