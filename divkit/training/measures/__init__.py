"""Measures of a training: the truth beside V, scores of fakes, records, tables."""
