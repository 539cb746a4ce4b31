"""Statements of group D: the f-divergence family."""
