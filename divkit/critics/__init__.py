"""Function classes that estimate log p − log q, and their training on weighted points."""

from divkit.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
