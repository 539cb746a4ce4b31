"""Overlays of a curve; each a frozen value that is called with it."""

from divkit.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
