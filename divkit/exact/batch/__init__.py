"""Thousands of pairs of laws at once, in arrays."""
