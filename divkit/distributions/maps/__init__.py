"""Invertible maps of R^d and of the line, and what they do to tails and features."""

from divkit.distributions.maps.scalar import (
    Affine,
    Asinh,
    Exp,
    Log,
    Power,
    Sigmoid,
    Sinh,
    Tanh,
)
from divkit.distributions.maps.space import Bend, Linear, Map, ScalarMap, Twist, Widen

__all__ = [
    "Affine",
    "Asinh",
    "Bend",
    "Exp",
    "Linear",
    "Log",
    "Map",
    "Power",
    "ScalarMap",
    "Sigmoid",
    "Sinh",
    "Tanh",
    "Twist",
    "Widen",
]
