r"""Which certified road leads to a divergence of a pair: a function from a tolerance to a ball.

A road is walked again at a higher precision when its ball is too wide, so that everything that
depends on the precision is computed inside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flint import arb

from divkit.distributions.base import Law, Law1D
from divkit.distributions.families_positive import LogNormal
from divkit.distributions.normal import Normal
from divkit.distributions.product import Product
from divkit.divergences import table
from divkit.divergences.base import Divergence
from divkit.exact import certified_affinity
from divkit.exact.certified_affinity import Transform
from divkit.exact.certified_gaussian import gaussian_kl, moments
from divkit.exact.certified_integral import (
    READINGS,
    Form,
    Read,
    affinity_form,
    harmonic_form,
    integral,
    jeffreys_form,
    js_form,
    kl_form,
    reverse_kl_form,
)
from divkit.exact.certified_transform import closed_form, gaussian, transform
from divkit.exact.certified_tv import total_variation
from divkit.exact.method import NotApplicableError

Ball = Any
Road = Callable[[Ball], Ball]
"""Tolerance -> an enclosure whose radius is near it."""

_FROM_AFFINITY: Mapping[Callable[[], Form], Callable[[Transform, Ball], Ball]] = {
    js_form: certified_affinity.js,
    harmonic_form: certified_affinity.harmonic,
    affinity_form: certified_affinity.affinity,
}
_GAUSSIAN: Mapping[Callable[[], Form], Callable[[Any, Any], Ball]] = {
    kl_form: gaussian_kl,
    reverse_kl_form: lambda p, q: gaussian_kl(q, p),
    jeffreys_form: lambda p, q: gaussian_kl(p, q) + gaussian_kl(q, p),
}
_AT_EQUALITY: Mapping[Callable[[], Form], Ball] = {affinity_form: arb(1), harmonic_form: arb(0.5)}


def road(p: Law, q: Law, divergence: Divergence) -> Road:
    """Return the road to the divergence.

    Raises
    ------
    NotApplicableError
        If there is none.
    """
    if p.dim != q.dim:
        raise ValueError(f"the laws must have one dimension; got {p.dim} and {q.dim}.")
    if isinstance(p, LogNormal) and isinstance(q, LogNormal):
        return road(Normal(p.mu, p.sigma), Normal(q.mu, q.sigma), divergence)
    if divergence is table.TV:
        return _total_variation(p, q)
    reading = READINGS.get(divergence)
    if reading is None:
        raise NotApplicableError(f"no certified value for the divergence {divergence.name!r}.")
    finish, walk = reading.finish, _integral_road(p, q, reading)
    return lambda tolerance: finish(walk(tolerance))


def _total_variation(p: Law, q: Law) -> Road:
    if p == q:
        return lambda tolerance: arb(0)
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        return lambda tolerance: total_variation(p, q, tolerance)
    raise NotApplicableError("certified total variation is for laws on the line.")


def _integral_road(p: Law, q: Law, reading: Read) -> Road:
    form = reading.form
    if p == q:
        return lambda tolerance: _AT_EQUALITY.get(form, arb(0))
    if form in _FROM_AFFINITY and (gaussian(p, q) or closed_form(p, q)):
        return _affinity_road(p, q, form)
    if form in _GAUSSIAN and moments(p) and moments(q):
        return lambda tolerance: _GAUSSIAN[form](moments(p), moments(q))
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        return lambda tolerance: integral(form(), p, q, tolerance)[0]
    if form in _FROM_AFFINITY:
        return _affinity_road(p, q, form)
    return _sum_road(p, q, reading)


def _affinity_road(p: Law, q: Law, form: Callable[[], Form]) -> Road:
    read = _FROM_AFFINITY[form]
    transform(p, q)
    return lambda tolerance: read(transform(p, q), tolerance)


def _sum_road(p: Law, q: Law, reading: Read) -> Road:
    """KL and its kin add over the blocks of a product."""
    if not (isinstance(p, Product) and isinstance(q, Product)) or p.slices != q.slices:
        raise NotApplicableError(
            f"no certified value for {type(p).__name__} and {type(q).__name__}."
        )
    roads = [_integral_road(a, b, reading) for a, b in zip(p.factors, q.factors, strict=True)]
    return lambda tolerance: sum((walk(tolerance / len(roads)) for walk in roads), arb(0))
