"""Mutual information from pairs: the door, its estimators, and laws whose information is known."""
