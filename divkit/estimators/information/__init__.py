"""Mutual information from pairs: the function, its estimators, laws with known information."""
