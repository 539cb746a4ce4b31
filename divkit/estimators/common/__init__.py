"""Pooled samples, designs, ridge paths, readings and doubts: what several estimators share."""
