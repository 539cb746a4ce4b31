r"""Which certified route leads to a divergence of a pair: a function from a tolerance to a ball.

A route is walked again at a higher precision when its ball is too wide, so that everything that
depends on the precision is computed inside it.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import arb

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.product import Product
from divkit.distributions.counts.alignment import Alignment
from divkit.distributions.families.log import LogNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.divergences.base import Divergence, FDivergence
from divkit.divergences.quantities import VARIATION
from divkit.exact.capabilities import member
from divkit.exact.certified.counts import count_sum, of_counts, of_form, variation
from divkit.exact.certified.finite import finite_sum, finite_tv
from divkit.exact.certified.gaussian import gaussian_moments, moments
from divkit.exact.certified.integral import integral
from divkit.exact.certified.readings import Enclosable, reading
from divkit.exact.certified.transform import closed_form, gaussian, transform
from divkit.exact.certified.tv import total_variation
from divkit.exact.closed_form.count_families import CountMember
from divkit.exact.closed_form.numbers import from_quantity
from divkit.exact.method import NotApplicableError, peel
from divkit.types import Ball

Route = Callable[[Ball], Ball]
"""Tolerance -> an enclosure whose radius is near it."""

_MANY = arb(2) ** -160
"""Below this tolerance, Gauss–Legendre panels need fewer nodes than the affinity formula."""


def route(p: Law, q: Law, divergence: Divergence) -> Route:
    """Return the route to the divergence.

    Raises
    ------
    NotApplicableError
        If there is none.
    """
    if p.dim != q.dim:
        raise ValueError(f"the laws must have one dimension; got {p.dim} and {q.dim}.")
    p, q = peel(p, q)
    if isinstance(p, LogNormal) and isinstance(q, LogNormal):
        p, q = Normal(p.mu, p.sigma), Normal(q.mu, q.sigma)
    if isinstance(divergence, FDivergence) and divergence.quantity == VARIATION:
        variation = _total_variation(p, q)
        return lambda tolerance: from_quantity(divergence, variation(tolerance))
    target = reading(divergence)
    finish, walk = target.finish, _quantity(p, q, target.integral)
    return lambda tolerance: finish(walk(tolerance))


def _total_variation(p: Law, q: Law) -> Route:
    if p == q:
        return lambda tolerance: arb(0)
    if isinstance(p, FiniteLaw) and isinstance(q, FiniteLaw):
        return lambda tolerance: finite_tv(p, q)
    if (counts := of_counts(p, q)) is not None:
        return _count_variation(p, q, counts)
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        return lambda tolerance: total_variation(p, q, tolerance)
    raise NotApplicableError("certified total variation is for laws on the line.")


def _quantity(p: Law, q: Law, quantity: Enclosable) -> Route:
    form, read, exact = quantity.form, quantity.from_affinity, quantity.from_moments
    if p == q:
        return lambda tolerance: arb(quantity.at_equality)
    if isinstance(p, FiniteLaw) and isinstance(q, FiniteLaw):
        return lambda tolerance: finite_sum(form(), p, q)
    if (known := _formula(p, q, quantity)) is not None:
        return known
    if read is not None and (gaussian(p, q) or closed_form(p, q)):
        return _by_affinity(p, q, quantity, read)
    if exact is not None and moments(p) and moments(q):
        return lambda tolerance: exact(gaussian_moments(p), gaussian_moments(q))
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        return lambda tolerance: integral(form(), p, q, tolerance)[0]
    if (counts := of_counts(p, q)) is not None:
        return lambda tolerance: count_sum(p, q, counts, of_form(form(), quantity.of), tolerance)
    if read is not None:
        transform(p, q)  # raises where there is none
        return lambda tolerance: read(transform(p, q), tolerance)
    return _sum_over_blocks(p, q, quantity)


def _formula(p: Law, q: Law, quantity: Enclosable) -> Route | None:
    """KL and its kin of two laws of counts of one family."""
    pair = count_members(p, q)
    if pair is None or quantity.from_members is None:
        return None
    read = quantity.from_members
    return lambda tolerance: read(*pair)


def _count_variation(p: Law, q: Law, counts: Alignment) -> Route:
    pair = count_members(p, q)
    if pair is not None and pair[0].family.cdf is not None:
        return lambda tolerance: pair[0].tv(pair[1])
    return lambda tolerance: count_sum(p, q, counts, variation(), tolerance)


def count_members(p: Law, q: Law) -> tuple[CountMember, CountMember] | None:
    """Both laws as members of one family of counts; None elsewhere."""
    try:
        a, b = member(p), member(q)
    except NotApplicableError:
        return None
    if isinstance(a, CountMember) and isinstance(b, CountMember) and a.kin == b.kin:
        return a, b
    return None


def _by_affinity(p: Law, q: Law, quantity: Enclosable, read: Callable[..., Ball]) -> Route:
    """The affinity formula; at many digits and on the line, the integral."""

    def walk(tolerance: Ball) -> Ball:
        many = quantity.dense and tolerance < _MANY
        if many and isinstance(p, Law1D) and isinstance(q, Law1D):
            return integral(quantity.form(), p, q, tolerance)[0]
        return read(transform(p, q), tolerance)

    return walk


def _sum_over_blocks(p: Law, q: Law, quantity: Enclosable) -> Route:
    """KL and its kin add over the blocks of a product."""
    if not (isinstance(p, Product) and isinstance(q, Product)) or p.slices != q.slices:
        raise NotApplicableError(
            f"no certified value for {type(p).__name__} and {type(q).__name__}."
        )
    routes = [_quantity(a, b, quantity) for a, b in zip(p.factors, q.factors, strict=True)]
    return lambda tolerance: sum((walk(tolerance / len(routes)) for walk in routes), arb(0))
