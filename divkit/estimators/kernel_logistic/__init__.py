"""Kernel logistic regression: designs, ridge paths, the choice of models, columns with atoms."""
