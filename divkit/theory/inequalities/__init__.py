"""Statements of group E: inequalities and structure."""
