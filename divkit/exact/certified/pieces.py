r"""The line cut into panels on which two laws are analytic, and what is left of it bounded.

Break points are the ends of supports, kinks and the centres of features. Between neighbours the
coordinate is x itself; next to an end e where a law is singular it is log|x − e|; towards ±∞ it is
x, or log|x − a| beyond the last break point a where the tail is heavy. The range stops where a
proved bound of the tail is below the tolerance; that bound is part of the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from flint import arb

from divkit.distributions.base import Law1D
from divkit.distributions.support import Boxes, edges, span
from divkit.exact.balls.cut import Cut
from divkit.exact.balls.place import LogDensity, Place
from divkit.exact.capabilities import components, log_density, singular_ends
from divkit.exact.method import ESTIMATED, NotApplicableError
from divkit.types import Ball

TailBound = Callable[[Cut], Ball]
"""An upper bound of the integral over a tail."""

Drops = tuple[TailBound | None, TailBound | None]

_LONG = 24.0
_STEPS = 90


@dataclass(frozen=True)
class Piece:
    """A stretch with its coordinate, and log p and log q there (None where zero)."""

    place: Place
    low: Ball
    high: Ball
    log_p: LogDensity | None
    log_q: LogDensity | None


def pieces(
    p: Law1D,
    q: Law1D,
    tail: TailBound,
    tolerance: Ball,
    drop: Drops = (None, None),
) -> tuple[list[Piece], Ball]:
    """Return the pieces that matter and a bound of the integral over the tails left out.

    Parameters
    ----------
    p, q : laws on the line.
    tail : the bound of the integral over a tail.
    tolerance : what the tails may add up to.
    drop : for p and for q, the bound of the change if the law's density is set to zero on a part
        of a tail; None if there is no bound.

    Raises
    ------
    NotApplicableError
        If no cut brings the bound of a tail below the tolerance.
    """
    kept: list[Piece] = []
    left_out = arb(0)
    for place, low, high, bound in _stretches(p, q, tail, tolerance / 8):
        left_out += bound
        checks = [_Negligible(place, bound, tolerance / 1024) for bound in drop]
        for start, stop in pairwise(_crops(place, low, high, checks)):
            densities = []
            for law, negligible in zip((p, q), checks, strict=True):
                change = negligible(start, stop)
                left_out += arb(0) if change is None else change
                densities.append(log_density(law, place) if change is None else None)
            if densities != [None, None]:
                kept.append(Piece(place, start, stop, *densities))
    return kept, left_out


@dataclass(frozen=True)
class _Negligible:
    """Whether a law may be left out of a part of a stretch, and what that changes."""

    place: Place
    drop: TailBound | None
    share: Ball

    def __call__(self, low: Ball, high: Ball) -> Ball | None:
        """The bound of the change; None if the law has to stay. Ends in the coordinate."""
        ends = self.place.point(low).x, self.place.point(high).x
        left, right = ends if self.place.sign >= 0 else ends[::-1]
        change = self.beyond(right, -1)
        return change if change is not None else self.beyond(left, 1)

    def beyond(self, x: Ball, side: int) -> Ball | None:
        """The same for all that lies to one side of x."""
        if self.drop is None:
            return None
        change = self.drop(Cut(Place(self.place.inside), x, side))
        return change if change < self.share else None


def _crops(place: Place, low: Ball, high: Ball, checks: list[_Negligible]) -> list[Ball]:
    """The ends of a stretch and the points next to which one law becomes negligible, sorted."""
    inner: list[Ball] = []
    if place.sign == 0:
        for negligible in checks:
            for base, far, side in ((high, low, -1), (low, high, 1)):
                inner += _crop(negligible, base, far, side)
    return [low, *sorted(inner), high]


def _crop(negligible: _Negligible, base: Ball, far: Ball, side: int) -> list[Ball]:
    """The point nearest to `base`, of those at dyadic distances, beyond which a law may go."""
    best: list[Ball] = []
    for k in range(1, _STEPS):
        x = (base + (far - base) / 2**k).mid()  # exact, so that points can be sorted
        if negligible.beyond(x, side) is None:
            break
        best = [x]
    return best if best and negligible.beyond(base, side) is None else []


_Stretch = tuple[Place, Ball, Ball, Ball]


def _stretches(p: Law1D, q: Law1D, tail: TailBound, share: Ball) -> Iterator[_Stretch]:
    unit = _largest_scale(p, q)
    singular = {e for law in (p, q) for _, leaf in components(law) for e in singular_ends(leaf)}
    marks = break_points(p, q, singular, unit)
    if _reaches(p, q, -1):
        yield from _infinite(marks[0], -1, unit, tail, share)
    for low, high in pairwise(marks):
        yield from _finite(low, high, singular, tail, share)
    if _reaches(p, q, 1):
        yield from _infinite(marks[-1], 1, unit, tail, share)


def _finite(
    low: float, high: float, singular: set[float], tail: TailBound, share: Ball
) -> Iterator[_Stretch]:
    middle = (arb(low) + high) / 2
    place = Place(middle)
    start, stop = arb(low), arb(high)
    if low in singular:
        start = middle
        yield _to_end(low, 1, (arb(high) - low) / 2, middle, tail, share)
    if high in singular:
        stop = middle + (arb(high) - low) / 4
        yield _to_end(high, -1, (arb(high) - low) / 4, stop, tail, share)
    yield place, start, stop, arb(0)


def _to_end(end: float, sign: int, reach: Ball, x: Ball, tail: TailBound, share: Ball) -> _Stretch:
    """The stretch between x and a singular end, in the logarithmic coordinate."""
    place = Place((x + end) / 2, end, sign)
    top = reach.log()
    for k in range(_STEPS):
        t = arb(top.mid()) - 1.1 * 1.15**k
        distance = t.exp()
        bound = tail(Cut(place, end + sign * distance, -sign, end, distance))
        if bound < share:
            return place, t, top, bound
    raise NotApplicableError(f"no bound for the integral next to x = {end!r}; it may be infinite.")


def _infinite(
    mark: float, side: int, unit: float, tail: TailBound, share: Ball
) -> Iterator[_Stretch]:
    inside = arb(mark) + side * arb(unit)
    place = Place(inside)
    for k in range(_STEPS):
        log_step = arb(1.1 * 1.15**k - 1.1)
        step = unit * log_step.exp()
        bound = tail(Cut(place, arb(mark) + side * step, side))
        if bound < share:
            break
    else:
        raise NotApplicableError(
            f"no bound for the integral towards {'+' if side > 0 else '-'}infinity; "
            "it may be infinite."
        )
    plain = step if step < _LONG * unit else arb(unit)
    near, far = arb(mark), arb(mark) + side * plain
    yield place, *((near, far) if side > 0 else (far, near)), bound
    if not step < _LONG * unit:
        low = arb(unit).log()
        yield Place(inside, mark, side), low, low + log_step, arb(0)


def break_points(p: Law1D, q: Law1D, singular: set[float], unit: float) -> list[float]:
    """Ends of supports, kinks and centres of features, sorted.

    Centres only save bisections; those next to a singular end would cost some, and are left out.
    """
    breakpoints: set[float] = set()
    centres: set[float] = set()
    for law in (p, q):
        for _, leaf in components(law):
            support = leaf.support
            if not isinstance(leaf, Law1D) or not isinstance(support, Boxes):
                raise NotApplicableError(
                    f"no certified density for {type(leaf).__name__}: {ESTIMATED}."
                )
            breakpoints.update(edges(support), leaf.kinks)
            centres.update(_clip(f.center[0], support) for f in leaf.features)
    breakpoints.update(c for c in centres if all(abs(c - e) > 1e-6 * unit for e in singular))
    marks = sorted(breakpoints | singular) or [0.0]
    before = [marks[0] - unit] if marks[0] in singular and _reaches(p, q, -1) else []
    after = [marks[-1] + unit] if marks[-1] in singular and _reaches(p, q, 1) else []
    return before + marks + after


def _clip(x: float, support: Boxes) -> float:
    low, high = support.boxes[0][0][0], support.boxes[-1][0][1]
    return min(max(x, low), high)


def _largest_scale(p: Law1D, q: Law1D) -> float:
    return max(f.scale[0] for law in (p, q) for f in law.features)


def _reaches(p: Law1D, q: Law1D, side: int) -> bool:
    """Whether a density is positive towards ±∞."""
    supports = [law.support for law in (p, q) if isinstance(law.support, Boxes)]
    return any(math.isinf(span(support)[0 if side < 0 else 1]) for support in supports)
