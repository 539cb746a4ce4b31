"""
A GAN in training, beside the truth
===================================

The value V that the critic earns, under the most that any critic could earn, −2 log 2 + 2 JSD; and
D beside D* over both densities. The generator is a mixture of two normals, so that its law, and
with it the JSD, is known at every step.
"""

import matplotlib.pyplot as plt

import divkit
from divkit.distributions import Normal, mixture, ring
from divkit.gan import MixtureGenerator, NetworkCritic, Recorder
from divkit.plots import draw_critic, draw_critic_map, draw_game, style

p = mixture([0.33, 0.67], [Normal(-1, 0.25), Normal(2, 2**0.5)])
choices = {"generator": MixtureGenerator(2, 1), "critic": NetworkCritic(1, (32, 32))}
recorder = Recorder(held_out=1024, neighbourhood=0)
steps = list(divkit.train_gan(p, "gan", steps=600, every=60, recorder=recorder, **choices))
print(steps[-1])

# %%

with style("single"):
    figure, axes = plt.subplots(2, 1, figsize=(3.4, 4.8))
    draw_game(axes[0], [step.record for step in steps])
    draw_critic(axes[1], p, steps[5])
plt.show()

# %%
# In the plane the colours are D, the arrows the pull of the non-saturating loss on a fake, and the
# lines the images of straight lines of the noise.

q = ring(8, radius=2.0, sd=0.2)
*_, last = divkit.train_gan(q, "gan", steps=400, every=400, recorder=recorder)
with style("single"):
    figure, axes = plt.subplots(figsize=(3.4, 2.9))
    draw_critic_map(axes, q, last)
plt.show()
