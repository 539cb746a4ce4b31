"""
A trained discriminator beside the best one
===========================================

A small perceptron plays the game on 2,000 samples of each law, and again on the laws themselves.
The budget says what either lacks of max V, and why: samples cost *estimation*, the class of
critics *approximation*, the maximiser *optimisation* (a negative part: it stopped, luckily, before
the best of the samples).
"""

import matplotlib.pyplot as plt

import divkit
from divkit.critics import MAXIMISERS, MLP, Recorder
from divkit.plots import draw_budget, draw_discriminator, draw_training, style

p = divkit.parse_law("mixture(0.3: normal(-3, 0.5), 0.4: normal(0, 0.7), 0.3: normal(3, 0.5))")
q = divkit.parse_law("mixture(0.5: normal(-1, 1), 0.5: normal(2, 1.5))")
critic, recorder = MLP((6,)), Recorder(MAXIMISERS["lm"])

sampled = divkit.maximise_value(p, q, critic=critic, on=2000, seed=3)
whole = divkit.maximise_value(p, q, critic=critic, maximiser=recorder)
for name, found in (("2,000 samples", sampled), ("population", whole)):
    print(f"{name:13} V = {found.value:.9f}, gap {found.diagnostics['gap']:.2e}")
print(f"{'max V':13} {whole.diagnostics['v_star']:.9f}")

# %%
# On samples D bends to what the samples happen to be; on the population it covers D*.

with style("single"):
    figure, axes = plt.subplots(2, 1, figsize=(3.4, 4.6), sharex=True)
    for each, name, found in zip(
        axes, ("2,000 samples", "population"), (sampled, whole), strict=True
    ):
        draw_discriminator(each, found.diagnostics["critic"], p, q)
        each.set_ylim(0, 0.44)  # room for the legend
        each.set_title(f"D trained on: {name}")
plt.show()

# %%
# Where the gap went, and how the training on the population came near the maximum.

with style("single"):
    figure, axes = plt.subplots(3, 1, figsize=(3.4, 5.8))
    draw_budget(axes[0], sampled.diagnostics["budget"])
    axes[0].set_title("2,000 samples")
    draw_budget(axes[1], whole.diagnostics["budget"])
    axes[1].set_title("population")
    draw_training(axes[2], {"population": recorder.runs[0]})
    axes[2].set_title("training")
plt.show()
