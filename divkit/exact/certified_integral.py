r"""Divergences of densities on the line as proved integrals.

Every form below is an integral ∫ φ(log p, log q) dx. With l = log p − log q the integrand of JS is

    ½ q [(1 + e^l)(log 2 − log(1 + e^l)) + l e^l],

and the same with p, q and l, −l exchanged; the one with |e^{±l}| ≤ 1 is taken. It is analytic
wherever p + q has no zero and log p, log q are analytic. Where one density is zero, the form is a
multiple of the other one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flint import arb

from divkit.distributions.base import Law1D
from divkit.divergences import table
from divkit.divergences.base import Divergence
from divkit.exact.certified_laws import Place, log, real_part
from divkit.exact.certified_pieces import Piece, pieces
from divkit.exact.certified_quadrature import integrate
from divkit.exact.certified_tails import Cut, cost, mass
from divkit.exact.method import NotApplicableError

Ball = Any
Pair = tuple[Law1D, Law1D]


@dataclass(frozen=True)
class Form:
    """An integral of a pair of densities.

    Attributes
    ----------
    value : the integrand from log p and log q.
    alone : the integrand divided by p where q = 0, and by q where p = 0; None if infinite.
    tail : (p, q, cut) -> a bound of the integral of |integrand| over a tail.
    bounded : whether the integral is of order one at most; else the tolerance is relative to it.
    """

    value: Callable[[Ball, Ball], Ball]
    alone: tuple[Ball | None, Ball | None]
    tail: Callable[[Law1D, Law1D, Cut], Ball]
    bounded: bool = True


def integral(form: Form, p: Law1D, q: Law1D, tolerance: Ball) -> tuple[Ball, int]:
    """Return an enclosure of the form's integral and the number of nodes.

    Raises
    ------
    NotApplicableError
        If the integral is infinite, or a tail's bound does not become small.
    """
    found, left_out = pieces(p, q, lambda cut: form.tail(p, q, cut), tolerance / 4)
    total, nodes = arb(0, left_out.upper()), 0
    if not form.bounded:
        tolerance *= _size(form, found)
    for piece in found:
        integrand = _integrand(form, piece)
        if integrand is not None:
            ends, share = [(piece.low, piece.high)], tolerance / (2 * len(found))
            part, used = integrate(integrand, _size_of(integrand), ends, share)
            total, nodes = total + part, nodes + used
    return total, nodes


def _size(form: Form, found: list[Piece]) -> Ball:
    """The order of magnitude of an integral, at least 1, from a few points of each piece."""
    largest = arb(1)
    for piece in found:
        integrand = _integrand(form, piece)
        width = piece.high - piece.low
        if integrand is not None:
            for k in range(1, 16):
                height = abs(integrand(piece.low + width * k / 16)) * width / 64
                largest = largest.max(height.mid()) if height.is_finite() else largest
    return largest.mid()


def _size_of(integrand: Callable[[Ball], Ball]) -> Callable[[Ball], Ball]:
    return lambda z: integrand(z).abs_upper()


def _integrand(form: Form, piece: Piece) -> Callable[[Ball], Ball] | None:
    log_p, log_q, value = piece.log_p, piece.log_q, form.value
    if log_p is not None and log_q is not None:
        return _in_coordinate(piece.place, lambda at: value(log_p(at), log_q(at)))
    density, factor = (log_q, form.alone[1]) if log_p is None else (log_p, form.alone[0])
    if density is None or factor is None:
        raise NotApplicableError("one law has mass where the other has none: infinite.")
    if factor.is_zero():
        return None
    return _in_coordinate(piece.place, lambda at: factor * density(at).exp())


def _in_coordinate(place: Place, f: Callable[[Any], Ball]) -> Callable[[Ball], Ball]:
    if place.sign == 0:
        return lambda t: f(place.point(t))

    def value(t: Ball) -> Ball:
        at = place.point(t)
        return f(at) * at.jacobian

    return value


def js_form() -> Form:
    """The Jensen–Shannon divergence; its integrand is at most ½ log 2 · |p − q|."""
    log2 = arb.const_log2()

    def value(lp: Ball, lq: Ball) -> Ball:
        l = lp - lq
        if real_part(l) > 0:
            l, lq = -l, lp
        e = l.exp()
        return lq.exp() * ((1 + e) * (log2 - log(1 + e)) + e * l) / 2

    half = log2 / 2
    return Form(value, (half, half), lambda p, q, cut: half * (mass(p, cut) + mass(q, cut)))


def affinity_form() -> Form:
    """∫ √(pq); over a tail at most the root of the product of the masses."""
    return Form(
        lambda lp, lq: ((lp + lq) / 2).exp(),
        (arb(0), arb(0)),
        lambda p, q, cut: (mass(p, cut) * mass(q, cut)).sqrt().upper(),
    )


def harmonic_form() -> Form:
    """∫ pq/(p + q), which is at most a quarter of ∫ (p + q)."""

    def value(lp: Ball, lq: Ball) -> Ball:
        l = lp - lq
        if real_part(l) > 0:
            l, lq = -l, lp
        e = l.exp()
        return lq.exp() * e / (1 + e)

    return Form(
        value, (arb(0), arb(0)), lambda p, q, cut: (mass(p, cut) + mass(q, cut)).upper() / 4
    )


def kl_form() -> Form:
    """∫ p (log p − log q); in a tail −q ≤ p (log p − log q)."""
    return Form(
        lambda lp, lq: lp.exp() * (lp - lq),
        (None, arb(0)),
        lambda p, q, cut: cost(p, q, cut) + mass(q, cut),
        bounded=False,
    )


def reverse_kl_form() -> Form:
    """∫ q (log q − log p)."""
    return Form(
        lambda lp, lq: lq.exp() * (lq - lp),
        (arb(0), None),
        lambda p, q, cut: cost(q, p, cut) + mass(p, cut),
        bounded=False,
    )


def jeffreys_form() -> Form:
    """∫ (p − q)(log p − log q)."""
    return Form(
        lambda lp, lq: (lp.exp() - lq.exp()) * (lp - lq),
        (None, None),
        lambda p, q, cut: cost(p, q, cut) + cost(q, p, cut) + mass(p, cut) + mass(q, cut),
        bounded=False,
    )


@dataclass(frozen=True)
class Read:
    """A divergence as a form and a map of its integral."""

    form: Callable[[], Form]
    finish: Callable[[Ball], Ball]


def _same(x: Ball) -> Ball:
    return x


READINGS: Mapping[Divergence, Read] = {
    table.JS: Read(js_form, _same),
    table.JS_FGAN: Read(js_form, lambda x: 2 * x),
    table.GAN: Read(js_form, lambda x: 2 * x - 2 * arb.const_log2()),
    table.JS_DISTANCE: Read(js_form, lambda x: x.sqrt()),
    table.HELLINGER2: Read(affinity_form, lambda x: 1 - x),
    table.SQUARED_HELLINGER: Read(affinity_form, lambda x: 2 - 2 * x),
    table.HELLINGER: Read(affinity_form, lambda x: (1 - x).sqrt()),
    table.BHATTACHARYYA: Read(affinity_form, lambda x: -x.log()),
    table.TRIANGULAR: Read(harmonic_form, lambda x: 2 - 4 * x),
    table.KL: Read(kl_form, _same),
    table.REVERSE_KL: Read(reverse_kl_form, _same),
    table.JEFFREYS: Read(jeffreys_form, _same),
}
"""What each divergence of the table is in terms of a form; total variation has its own road."""
