"""Estimators on problems, over sizes and seeds: a ledger of rows, and their leaderboard."""

from divkit.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
