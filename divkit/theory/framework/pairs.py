"""The pairs of laws on which statements are checked."""

from __future__ import annotations

import math
from typing import TypeAlias

from divkit.distributions.base import Law1D
from divkit.distributions.families.normal import Normal
from divkit.distributions.parse import parse_law
from divkit.types import Tensor

Pair: TypeAlias = tuple[Law1D, Law1D]

SHIFTS = (0.1, 1.0, 2.0, 4.0, 8.0, 10.0)
"""Distances between unit normals at which reference values are known."""


def shift(distance: float) -> Pair:
    """N(0, 1) and N(distance, 1)."""
    return Normal(0.0, 1.0), Normal(distance, 1.0)


def parsed(p: str, q: str) -> Pair:
    """A pair on the line, read from two expressions.

    Raises
    ------
    TypeError
        If either is not a law on the line.
    """
    a, b = parse_law(p), parse_law(q)
    if not (isinstance(a, Law1D) and isinstance(b, Law1D)):
        raise TypeError(f"expected two laws on the line; got {a!r} and {b!r}.")
    return a, b


SMOOTH = {
    "normal shift 1": ("normal(0, 1)", "normal(1, 1)"),
    "normal scale 2": ("normal(0, 1)", "normal(0, 2)"),
    "mixtures": (
        "mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))",
        "mixture(0.5: normal(-1, 1), 0.5: normal(2, 0.7))",
    ),
    "logistic and normal": ("logistic(0, 1)", "normal(0.5, 2)"),
    "Laplace shift 1": ("laplace(0, 1)", "laplace(1, 1)"),
}
"""Pairs with densities everywhere, as expressions."""


def log_densities(pair: Pair, x: Tensor) -> tuple[Tensor, Tensor]:
    """(log p, log q) at points x (n,)."""
    return pair[0].log_prob(x), pair[1].log_prob(x)


def normal_tv(distance: float) -> float:
    """TV of unit normals at a distance μ: 2Φ(μ/2) − 1 = erf(μ/(2√2))."""
    return math.erf(distance / (2 * math.sqrt(2)))
