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
from dataclasses import dataclass
from functools import singledispatch

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import MixtureLaw
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import Transformed, Transformed1D
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Laplace, Logistic
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.distributions.families.normal import Normal
from divkit.divergences.base import FDivergence
from divkit.divergences.table import JEFFREYS, KL, REVERSE_KL


@dataclass(frozen=True)
class Tame:
    """A positive density on R^d with −log density = O(|x|^degree), moments below `moments`."""

    degree: float
    moments: float


@singledispatch
def tame(law: Law) -> Tame | None:
    """Return how −log density and the moments of a law go, or None where it is not known."""
    return None


@tame.register(Normal)
@tame.register(MultivariateNormal)
def _(law: Law) -> Tame:
    return Tame(2, math.inf)


@tame.register(Laplace)
@tame.register(Logistic)
def _(law: Law) -> Tame:
    return Tame(1, math.inf)


@tame.register(StudentT)
@tame.register(MultivariateStudentT)
def _(law: StudentT | MultivariateStudentT) -> Tame:
    return Tame(0, law.df)


@tame.register
def _(law: Cauchy) -> Tame:
    return Tame(0, 1)


@tame.register
def _(law: MixtureLaw) -> Tame | None:
    return _worst([tame(component) for component in law.components])


@tame.register
def _(law: Product) -> Tame | None:
    return _worst([tame(factor) for factor in law.factors])


@tame.register(Transformed)
@tame.register(Transformed1D)
def _(law: Transformed | Transformed1D) -> Tame | None:
    return tame(law.base) if law.map.affine(law.dim) is not None else None


def _worst(parts: list[Tame | None]) -> Tame | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return Tame(max(part.degree for part in known), min(part.moments for part in known))


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
    enough = {
        KL: 2 * max(a.degree, b.degree) < a.moments,
        REVERSE_KL: 2 * max(a.degree, b.degree) < b.moments,
        JEFFREYS: 2 * max(a.degree, b.degree) < min(a.moments, b.moments),
    }
    return enough.get(divergence, False)
