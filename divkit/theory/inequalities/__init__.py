"""Statements of group E: inequalities and structure."""

from divkit.theory.inequalities import bounds, structure

__all__ = ["bounds", "structure"]
