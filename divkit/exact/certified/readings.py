"""Readings of divergences for the certified method: an integral, its other routes, its map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flint import arb

from divkit.divergences.base import IPM, Divergence, FDivergence, Transformed
from divkit.divergences.quantities import (
    BHATTACHARYYA_DEFECT,
    BOTH_KULLBACKS,
    KULLBACK,
    REVERSE_KULLBACK,
    TRIANGLE,
    Quantity,
)
from divkit.exact.certified import affinity as certified_affinity
from divkit.exact.certified.affinity import Transform
from divkit.exact.certified.forms import (
    PairIntegral,
    affinity_form,
    harmonic_form,
    jeffreys_form,
    js_form,
    kl_form,
    reverse_kl_form,
)
from divkit.exact.certified.gaussian import Moments, gaussian_kl
from divkit.exact.closed_form.members import Member
from divkit.exact.closed_form.numbers import from_quantity
from divkit.exact.method import NotApplicableError
from divkit.types import Ball


def _same(x: Ball) -> Ball:
    return x


@dataclass(frozen=True)
class Enclosable:
    """An integral of a pair that can be enclosed, and how else it may be had.

    Attributes
    ----------
    form : the integrand.
    at_equality : the integral where p = q.
    from_affinity : (ρ, tolerance) -> the integral, or None.
    of : the quantity.
    from_members : the integral for two members of a family of counts, or None.
    from_moments : the integral for two Gaussians, or None; such integrals add over the blocks of
        a product.
    dense : whether `from_affinity` takes a number of nodes that grows with the square of the
        digits, so that laws on the line are better integrated where many are wanted.
    read : the integral -> the quantity that divergences are multiples of.
    """

    form: Callable[[], PairIntegral]
    at_equality: float = 0.0
    from_affinity: Callable[[Transform, Ball], Ball] | None = None
    from_moments: Callable[[Moments, Moments], Ball] | None = None
    dense: bool = False
    read: Callable[[Ball], Ball] = _same
    of: Quantity = KULLBACK
    from_members: Callable[[Member, Member], Ball] | None = None


@dataclass(frozen=True)
class Reading:
    """A divergence as an integral and a map of it."""

    integral: Enclosable
    finish: Callable[[Ball], Ball]


def enclosable(quantity: Quantity | None) -> Enclosable | None:
    """Return how a quantity is enclosed, or None where it is not."""
    match quantity:
        case Quantity("js", prior):
            from_affinity = partial(certified_affinity.js, prior=prior)
            return Enclosable(
                partial(js_form, prior), 0.0, from_affinity, dense=True, of=Quantity("js", prior)
            )
        case Quantity("affinity", 0.5):
            rho = certified_affinity.affinity
            return Enclosable(
                affinity_form, 1.0, rho, read=lambda x: x - 1, of=BHATTACHARYYA_DEFECT
            )
        case Quantity("triangular"):
            harmonic = certified_affinity.harmonic
            return Enclosable(
                harmonic_form, 0.5, harmonic, dense=True, read=lambda x: 2 - 4 * x, of=TRIANGLE
            )
        case Quantity("kl"):
            return Enclosable(
                kl_form, from_moments=gaussian_kl, of=KULLBACK, from_members=lambda p, q: p.kl(q)
            )
        case Quantity("reverse_kl"):
            return Enclosable(
                reverse_kl_form,
                from_moments=lambda p, q: gaussian_kl(q, p),
                of=REVERSE_KULLBACK,
                from_members=lambda p, q: q.kl(p),
            )
        case Quantity("jeffreys"):
            return Enclosable(
                jeffreys_form,
                from_moments=lambda p, q: gaussian_kl(p, q) + gaussian_kl(q, p),
                of=BOTH_KULLBACKS,
                from_members=lambda p, q: p.kl(q) + q.kl(p),
            )
    return None


def reading(divergence: Divergence) -> Reading:
    """Return what a divergence is; total variation has its own route.

    Raises
    ------
    NotApplicableError
        If the divergence has no certified form.
    """
    base = divergence.base if isinstance(divergence, Transformed) else divergence
    integral = None if isinstance(base, IPM) else enclosable(base.quantity)
    finish = None if integral is None else _finish(divergence, integral)
    if integral is None or finish is None:
        raise NotApplicableError(f"no certified value for the divergence {divergence.name!r}.")
    return Reading(integral, finish)


def _finish(divergence: Divergence, integral: Enclosable) -> Callable[[Ball], Ball] | None:
    if isinstance(divergence, FDivergence):
        return lambda x: from_quantity(divergence, integral.read(x))
    if isinstance(divergence, IPM):
        return None
    if divergence.log_gain is not None:
        return lambda x: arb(divergence.log_gain) * (integral.read(x) + 1).log()
    if divergence.power == 0.5:
        return lambda x: from_quantity(divergence.base, integral.read(x)).sqrt()
    return None
