"""Maximum likelihood of a decoder: see `divkit.training.systems.marginal`."""

from divkit.training.systems.descents import train_marginal as train_marginal
from divkit.training.systems.marginal import *  # noqa: F403
