"""One sample -> a law: density estimators in scikit-learn's style."""
