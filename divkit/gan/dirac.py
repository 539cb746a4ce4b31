"""The Dirac-GAN: see `divkit.training.dirac.games`."""

from divkit.training.dirac.games import *  # noqa: F403
