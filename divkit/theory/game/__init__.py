"""Statements of group B: the game."""

from divkit.theory.game import discriminator, evolution, gap, identity, minimum, trained

__all__ = ["discriminator", "evolution", "gap", "identity", "minimum", "trained"]
