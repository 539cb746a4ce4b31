"""Decoders: see `divkit.generators.decoders`."""

from divkit.generators.decoders import *  # noqa: F403
