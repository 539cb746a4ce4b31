"""Statements of group C: finite samples."""
