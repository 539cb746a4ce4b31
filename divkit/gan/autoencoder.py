"""The auto-encoder and its training: see `divkit.training.systems.autoencoder`."""

from divkit.training.systems.autoencoder import *  # noqa: F403
from divkit.training.systems.descents import train_autoencoder as train_autoencoder
