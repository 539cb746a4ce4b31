"""A divergence does not change under an invertible map of both laws: take a common one off."""

from __future__ import annotations

from divkit.distributions.base import Law
from divkit.distributions.compose.transformed import Transformed, Transformed1D


def peel(p: Law, q: Law) -> tuple[Law, Law]:
    """Return the pair with every map that both laws end with taken off."""
    images = (Transformed, Transformed1D)
    while isinstance(p, images) and isinstance(q, images) and p.map == q.map:
        p, q = p.base, q.base
    return p, q
