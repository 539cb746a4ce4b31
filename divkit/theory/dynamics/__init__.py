"""Statements of group F: dynamics and Wasserstein."""
