"""Generators: see `divkit.generators`."""

from divkit.generators import *  # noqa: F403
