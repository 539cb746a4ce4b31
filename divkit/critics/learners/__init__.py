"""Critics made of rows by other means than ascent of a game's value: kernels, trees, tables."""

from divkit.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
