"""Toy targets of the plane."""

from divkit.distributions.toys.targets import (
    TOYS,
    banana,
    checkerboard,
    funnel,
    grid,
    moons,
    pinwheel,
    ring,
    rings,
    spiral,
)

__all__ = [
    "TOYS",
    "banana",
    "checkerboard",
    "funnel",
    "grid",
    "moons",
    "pinwheel",
    "ring",
    "rings",
    "spiral",
]
