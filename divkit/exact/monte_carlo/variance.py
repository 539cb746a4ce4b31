r"""Whether a Monte Carlo estimate of a divergence has a finite variance, decided without a sample.

Under m = (p+q)/2 the integrand of an f-divergence over m lies in [0, 2 max(f(0), f'(∞))] (it is
convex in p/m ∈ [0, 2]), so wherever both prices are finite every moment is. KL, reverse KL and
Jeffreys are unbounded, but only like log p − log q: where −log of both densities grows at most
like |x|^k, a finite moment of order 2k of the first law is enough, strictly. The others (χ² and
α-divergences outside (0, 1)) need ∫ p³/q² and the like, and are refused: a sample cannot tell
whether they are finite.
"""

from __future__ import annotations

import math

from divkit.distributions.base import Law
from divkit.divergences.base import FDivergence
from divkit.divergences.quantities import Quantity
from divkit.exact.capabilities import tame


def bound_under_mixture(divergence: FDivergence) -> float:
    """Return the largest value of integrand/m: 2 max(f(0), f'(∞)) of the non-negative form."""
    return 2 * max(divergence.at_zero, divergence.slope_at_infinity)


def variance_is_finite(p: Law, q: Law, divergence: FDivergence) -> bool:
    """Whether the second moment of integrand/m under m is known to be finite."""
    if math.isfinite(bound_under_mixture(divergence)):
        return True
    a, b = tame(p), tame(q)
    if a is None or b is None:
        return False
    degree = 2 * max(a.degree, b.degree)
    match divergence.quantity:
        case Quantity("kl"):
            return degree < a.moments
        case Quantity("reverse_kl"):
            return degree < b.moments
        case Quantity("jeffreys"):
            return degree < min(a.moments, b.moments)
    return False
