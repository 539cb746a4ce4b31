"""Metrics that are no f-divergences: Wasserstein, energy distance, MMD."""
