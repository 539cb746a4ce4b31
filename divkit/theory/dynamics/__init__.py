"""Statements of group F: dynamics and Wasserstein."""

from divkit.theory.dynamics import (
    autoencoder,
    dirac,
    held_critics,
    pixels,
    relatives,
    saturation,
    scores,
    wasserstein,
)

__all__ = [
    "autoencoder",
    "dirac",
    "held_critics",
    "pixels",
    "relatives",
    "saturation",
    "scores",
    "wasserstein",
]
