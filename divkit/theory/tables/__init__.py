"""Statements of group G: published tables."""

from divkit.theory.tables import fgan

__all__ = ["fgan"]
