"""
The Dirac-GAN
=============

One point that learns to be at 0, one slope that tells it apart: training as a walk in a plane.
Simultaneous gradient steps on the minimax game spiral outwards, alternating ones circle, and
penalties that vanish at rest bring both to rest (Mescheder, Geiger, Nowozin 2018).
"""

import matplotlib.pyplot as plt

from divkit.gan import Alternating, Simultaneous, dirac_games, trajectory
from divkit.plots import draw_dirac, style

rules = {
    "simultaneous": Simultaneous(0.2),
    "alternating, 1": Alternating(0.2, 1),
    "alternating, 5": Alternating(0.2, 5),
}
for game in dirac_games():
    ends = [float((trajectory(game, rule)[-1] ** 2).sum()) for rule in rules.values()]
    print(f"{game.label:22} r² after 500 steps:", *(f"{r:9.2e}" for r in ends))

# %%

with style("single"):
    figure, axes = plt.subplots(4, 2, figsize=(3.4, 6.6))
    for ax, game in zip(axes.flat, dirac_games(), strict=True):
        draw_dirac(ax, game, rules).get_legend().remove()
        ax.label_outer()
        ax.set(xlabel="θ", ylabel="ψ")
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=3)
plt.show()
