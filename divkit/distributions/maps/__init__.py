"""Invertible maps of R^d and of the line, and what they do to tails and features."""
