"""Statements of group B: the game."""
