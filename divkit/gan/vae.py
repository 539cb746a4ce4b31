"""The VAE and its training: see `divkit.training.systems.vae`."""

from divkit.training.systems.descents import train_vae as train_vae
from divkit.training.systems.vae import *  # noqa: F403
