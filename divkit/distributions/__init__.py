"""Laws with known densities, the supports and tails that decide infinities, and adapters."""

from divkit.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
