"""Generators: maps of latent noise with a flat vector of parameters, and their laws."""

from divkit.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
