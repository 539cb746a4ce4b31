"""Statements of group G: published tables."""
