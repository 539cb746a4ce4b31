"""Divergences from classifiers, cross-fitted, and the test that rows can be told apart."""
