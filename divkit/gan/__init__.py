"""Generators, games and the systems that they are set against, in training: what users import."""

from divkit.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
