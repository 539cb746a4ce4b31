"""Divergences from classifiers, cross-fitted, and a two-sample test."""
