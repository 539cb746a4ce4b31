r"""A form of two densities on the line, integrated with proof.

Between break points where both densities are positive the integral is a quadrature with a proved
error; where one is zero, or so small that dropping it is bounded, the rest is a multiple of the
other law's probability, which distribution functions close; the tails are bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb

from divkit.distributions.base import Law1D
from divkit.exact.balls.cut import Cut
from divkit.exact.balls.place import Place
from divkit.exact.capabilities import cdf
from divkit.exact.certified.forms import Bound, PairIntegral
from divkit.exact.certified.pieces import Piece, pieces
from divkit.exact.certified.quadrature import integrate
from divkit.exact.method import NotApplicableError
from divkit.types import Ball

Function = Callable[[Ball], Ball]

_LARGEST = arb(2) ** 1100


def integral(form: PairIntegral, p: Law1D, q: Law1D, tolerance: Ball) -> tuple[Ball, int]:
    """Return an enclosure of the form's integral and the number of nodes.

    Raises
    ------
    NotApplicableError
        If the integral is infinite, or a tail's bound does not become small.
    """
    kept, left_out = cut_up(form, p, q, tolerance / 4)
    total, nodes = arb(0, left_out.upper()), 0
    shared: list[tuple[Piece, Function]] = []
    for piece in kept:
        integrand = _integrand(form, piece)
        if integrand is None:
            total += _alone(form, piece, p, q)
        else:
            shared.append((piece, integrand))
    if not form.bounded:
        size = _size(shared)
        if size > _LARGEST:
            raise NotApplicableError("the value exceeds the range of a float.")
        tolerance *= size
    for piece, integrand in shared:
        ends, share = [(piece.low, piece.high)], tolerance / (2 * len(shared))
        part, used = integrate(integrand, _size_of(integrand), ends, share)
        total, nodes = total + part, nodes + used
    return total, nodes


def cut_up(form: PairIntegral, p: Law1D, q: Law1D, tolerance: Ball) -> tuple[list[Piece], Ball]:
    """The pieces on which a form is to be integrated, and a bound of the rest."""

    def of_pair(bound: Bound | None) -> Callable[[Cut], Ball] | None:
        return None if bound is None else lambda cut: bound(p, q, cut)

    drops = of_pair(form.drop[0]), of_pair(form.drop[1])
    return pieces(p, q, lambda cut: form.tail(p, q, cut), tolerance, drops)


def _alone(form: PairIntegral, piece: Piece, p: Law1D, q: Law1D) -> Ball:
    """The integral over a piece where one of the laws has a density."""
    law, factor = (p, form.alone[0]) if piece.log_q is None else (q, form.alone[1])
    if factor is None:
        raise NotApplicableError("one law has mass where the other has none: infinite.")
    ends = piece.place.point(piece.low), piece.place.point(piece.high)
    return arb(0) if factor.is_zero() else factor * abs(cdf(law, ends[1]) - cdf(law, ends[0]))


def _size(shared: list[tuple[Piece, Function]]) -> Ball:
    """The order of magnitude of an integral, at least 1, from a few points of each piece."""
    largest = arb(1)
    for piece, integrand in shared:
        width = piece.high - piece.low
        for k in range(1, 16):
            height = abs(integrand(piece.low + width * k / 16)) * width / 64
            largest = largest.max(height.mid()) if height.is_finite() else largest
    return largest.mid()


def _size_of(integrand: Function) -> Function:
    return lambda z: integrand(z).abs_upper()


def _integrand(form: PairIntegral, piece: Piece) -> Function | None:
    """The integrand in the piece's coordinate, or None where one density is zero."""
    log_p, log_q, value = piece.log_p, piece.log_q, form.value
    if log_p is None or log_q is None:
        return None
    return _in_coordinate(piece.place, lambda at: value(log_p(at), log_q(at)))


def _in_coordinate(place: Place, f: Callable[[Any], Ball]) -> Function:
    if place.sign == 0:
        return lambda t: f(place.point(t))

    def value(t: Ball) -> Ball:
        at = place.point(t)
        return f(at) * at.jacobian

    return value
