"""Divergences by sampling from the laws themselves."""
