"""Statements of group D: the f-divergence family."""

from divkit.theory.family import duality, every_game, losses

__all__ = ["duality", "every_game", "losses"]
