r"""Loss of an integral where an end of a support is known to a displacement only.

If p ends at e and the true end is up to r away, then over a width of r the integrand is what it is
at the end, or what it is without p:

    |error| ≤ r · (|g(p, q)| + |g(0, q)|)    at e,

with g(0, q) = f(0)·q where that is finite; where it is not, the divergence is infinite unless q
ends there too.
"""

from __future__ import annotations

import math

import torch

from divkit.distributions.base import Law1D
from divkit.distributions.support import Boxes
from divkit.exact.quadrature.fields import Integrand, log_density

_INSIDE = 4.0
"""Displacements from the end, or floats, at which the integrand is looked at."""


def moved_ends(laws: tuple[Law1D, Law1D], integrand: Integrand) -> float:
    """Bound what the displacements of both laws' ends are worth."""
    known = [(end, side, own.displacement(end)) for own in laws for end, side in _ends(own)]
    return math.fsum(
        2 * away * _height(laws, integrand, end, side * max(away, math.ulp(end)))
        for end, side, away in known
        if away > 0
    )


def _ends(law: Law1D) -> list[tuple[float, int]]:
    """The finite ends of the support, and the way inside from each."""
    boxes = law.support.boxes if isinstance(law.support, Boxes) else ()
    sides = [(low, high) for ((low, high),) in boxes]
    candidates = [(end, way) for pair in sides for end, way in zip(pair, (1, -1), strict=True)]
    return [(end, way) for end, way in candidates if math.isfinite(end)]


def _height(laws: tuple[Law1D, Law1D], integrand: Integrand, end: float, step: float) -> float:
    """The largest of the finite values that the integrand has with and without either law."""
    offset = torch.tensor([[_INSIDE * step]], dtype=torch.float64)
    lp, lq = (log_density(law, name, end, offset) for law, name in zip(laws, "pq", strict=True))
    heights = [
        abs(float(integrand.value(lp, lq))),
        _times(integrand.price_p, lp),
        _times(integrand.price_q, lq),
    ]
    return max((h for h in heights if math.isfinite(h)), default=0.0)


def _times(price: float, log_height: torch.Tensor) -> float:
    return price * math.exp(float(log_height)) if math.isfinite(price) else math.inf
