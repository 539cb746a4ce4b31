r"""Total variation from the certain signs of l = log p − log q.

    TV = ½ Σ_k |[F_p − F_q](x_k) − [F_p − F_q](x_{k−1})|

over intervals on which l has one sign, which distribution functions close exactly. The sign on a
panel |t − t₀| ≤ w comes from l's Taylor polynomial at t₀, in ball arithmetic, with Cauchy's bound
of the rest: |l| ≤ M on a complex ball of radius 4w gives

    l(t₀ + s) = Σ_{k<K} c_k s^k + R,    |R| ≤ (4/3) M 4^{−K},

so that |c_0| > Σ_{0<k<K} |c_k| w^k + |R| proves it. Other panels are halved until the bound
∫ |p − q| ≤ ∫ min(p, q) (e^{|l|} − 1) of what is left, around each root of l, is small: of second
order in the width there. What no panel decides is part of the answer's radius.
"""

from __future__ import annotations

from collections.abc import Iterator

from flint import acb, arb, arb_series, ctx

from divkit.distributions.base import Law1D
from divkit.exact.balls.place import LogDensity, Place, Point
from divkit.exact.capabilities import cdf
from divkit.exact.certified.pieces import Piece, pieces
from divkit.exact.certified.tails import mass
from divkit.exact.method import NotApplicableError
from divkit.types import Ball

_PANELS_A_BIT = 50
_RATIO = 4


def total_variation(p: Law1D, q: Law1D, tolerance: Ball) -> Ball:
    """Return an enclosure of ½ ∫ |p − q|.

    Raises
    ------
    NotApplicableError
        If a law has no certified density or distribution function.
    """
    drops = (lambda cut: mass(p, cut)), (lambda cut: mass(q, cut))
    kept, left_out = pieces(p, q, lambda cut: mass(p, cut) + mass(q, cut), tolerance / 4, drops)
    open_part, total = left_out, arb(0)
    share = tolerance / (4 * max(len(kept), 1))
    for piece in kept:
        for low, high, sign, rest in _merged(_spans(piece, share)):
            open_part += rest
            if sign:
                ends = piece.place.point(low), piece.place.point(high)
                total += abs(_gap(p, q, ends[1]) - _gap(p, q, ends[0]))
    half = (open_part / 4).upper()
    return total / 2 + half + arb(0, half)


def _gap(p: Law1D, q: Law1D, at: Point) -> Ball:
    return cdf(p, at) - cdf(q, at)


_Decided = tuple[Ball, Ball, int, Ball]
"""Ends in the coordinate, sign of p − q, and a bound of ∫ |p − q| where the sign is 0: open."""


def _merged(spans: Iterator[_Decided]) -> Iterator[_Decided]:
    """Join neighbours of one sign, so that distribution functions are called at the ends only."""
    last: _Decided | None = None
    for span in spans:
        if last is not None and last[2] == span[2]:
            last = (last[0], span[1], last[2], last[3] + span[3])
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _spans(piece: Piece, share: Ball) -> Iterator[_Decided]:
    """Cut a piece into spans, in ascending order of its coordinate."""
    place, log_p, log_q = piece.place, piece.log_p, piece.log_q
    if log_p is None or log_q is None:
        yield piece.low, piece.high, 1 if log_q is None else -1, arb(0)
        return
    todo, done, small = [(piece.low, piece.high)], 0, share / 1024
    while todo:
        low, high = todo.pop()
        sign, rest = _decide(place, log_p, log_q, low, high, small)
        done += 1
        if done + len(todo) > _PANELS_A_BIT * ctx.prec:
            raise NotApplicableError("the sign of log p - log q is not decided on enough panels.")
        if sign or rest < small:
            yield low, high, sign, rest
        else:
            mid = (low + high) / 2
            todo += [(mid, high), (low, mid)]


def _decide(
    place: Place, log_p: LogDensity, log_q: LogDensity, low: Ball, high: Ball, small: Ball
) -> tuple[int, Ball]:
    """The sign of l on [low, high] if it is certain, else 0 and a bound of ∫ |p − q|.

    More terms are tried only where they could decide and the bound is not below `small`.
    """
    mid, half = (low + high) / 2, ((high - low) / 2).upper()
    wide = arb(0, _RATIO * half)
    at = place.point(acb(mid + wide, wide))
    size = (log_p(at) - log_q(at)).abs_upper() * _RATIO / (_RATIO - 1)
    for terms in (8 + ctx.prec // 16, 16 + ctx.prec // 3):
        coefficients = _taylor(place, log_p, log_q, mid, terms)
        first, rest = coefficients[0], size / arb(_RATIO) ** terms
        swing, power = rest, arb(1)
        for c in coefficients[1:]:
            power *= half
            swing += c.abs_upper() * power
        if first.abs_lower() > swing:
            return (1 if first > 0 else -1), arb(0)
        left = _undecided(place, log_p, log_q, mid, half, first.abs_upper() + swing)
        if left < small or 4 * rest < first.abs_upper():
            break
    return 0, left


def _taylor(
    place: Place, log_p: LogDensity, log_q: LogDensity, mid: Ball, terms: int
) -> list[Ball]:
    cap = ctx.cap
    ctx.cap = terms
    try:
        at = place.point(arb_series([mid, 1]))
        series = arb_series(log_p(at) - log_q(at))
        return [series[k] for k in range(terms)]
    finally:
        ctx.cap = cap


def _undecided(
    place: Place, log_p: LogDensity, log_q: LogDensity, mid: Ball, half: Ball, size: Ball
) -> Ball:
    """∫ |p − q| ≤ width · sup max(p, q) dx/dt · (1 − e^{−|l|}); infinite where not bounded."""
    at = place.point(mid + arb(0, half))
    top = log_p(at).exp().upper().max(log_q(at).exp().upper())
    bound = 2 * half * (top * at.jacobian).abs_upper()
    bound = bound * -(-size).expm1() if size.is_finite() else bound
    return bound.upper() if bound.is_finite() else arb.pos_inf()
