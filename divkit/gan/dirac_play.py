"""Gradient steps of a Dirac-GAN: see `divkit.training.dirac.play`."""

from divkit.training.dirac.play import *  # noqa: F403
