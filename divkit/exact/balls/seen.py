r"""A place seen from a law's own axis: x = shift + factor·z, both exact.

A law of loc + scale·Z, or an affine image of a law, is written in z. Its density, and the bounds
of its tails, are asked at places and cuts in z, and handed back in x:

    log p_X(x) = log p_Z(z) − log |factor|,   rates in x are those in z over |factor|,

distances in x those in z times |factor|. An end e of Z lies at shift + factor·e; where that is no
float, the law's support ends at the float next to it, and nothing is certified.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, fmpq

from divkit.exact.balls.cut import Cut, Decay, Growth
from divkit.exact.balls.place import LogDensity, Place, Point
from divkit.exact.method import ESTIMATED, NotApplicableError
from divkit.types import Ball


def ratio(value: Fraction) -> Ball:
    """A fraction as a ball."""
    return arb(fmpq(value.numerator, value.denominator))


@dataclass(frozen=True)
class SeenPlace(Place):
    """A stretch in z = (x − shift)/factor of one in x."""

    shift: Fraction = Fraction(0)
    factor: Fraction = Fraction(1)
    outer: Place | None = None


class SeenPoint(Point):
    """A point in z of one in x: differences go through x, where they do not cancel."""

    __slots__ = ("axis", "outer")

    def __init__(self, axis: OwnAxis, place: SeenPlace, outer: Point) -> None:
        self.axis, self.outer = axis, outer
        super().__init__(place, axis.inwards(outer.x), outer.t, outer.jacobian)

    def minus(self, e: float) -> Ball:
        """z − e."""
        return self.outer.minus(self.axis.outwards(e)) / self.axis.slope

    def log_minus(self, e: float) -> Ball:
        """log |z − e|."""
        return self.outer.log_minus(self.axis.outwards(e)) - self.axis.log_slope


@dataclass(frozen=True)
class OwnAxis:
    """The map z -> shift + factor·z."""

    shift: Fraction
    factor: Fraction

    @property
    def slope(self) -> Ball:
        """The factor."""
        return ratio(self.factor)

    @property
    def log_slope(self) -> Ball:
        """log |factor|."""
        return ratio(abs(self.factor)).log()

    @property
    def side(self) -> int:
        """1 where z grows with x, −1 where it falls."""
        return 1 if self.factor > 0 else -1

    def inwards(self, x: Ball) -> Ball:
        """The z of an x."""
        return (x - ratio(self.shift)) / self.slope

    def outwards(self, z: float | Ball) -> Ball:
        """The x of a z: the float that it is, or a ball."""
        if isinstance(z, arb):
            return ratio(self.shift) + self.slope * z
        exact = self.shift + self.factor * Fraction(z)
        nearest = float(exact)
        return nearest if Fraction(nearest) == exact else ratio(exact)

    def require(self, ends: Iterable[float]) -> None:
        """Refuse a law with a finite end that is no float."""
        for end in ends:
            if math.isfinite(end) and not isinstance(self.outwards(end), float):
                place = float(self.shift + self.factor * Fraction(end))
                raise NotApplicableError(
                    f"an end of the support, {place!r} when rounded, is no float, and enclosures "
                    "begin at floats: choose parameters whose end is one (of a GEV law, loc = "
                    f"scale/xi puts it at 0); {ESTIMATED}."
                )

    def place(self, outer: Place) -> SeenPlace:
        """A place in z."""
        inside = self.inwards(outer.inside)
        sign = outer.sign * self.side
        origin = float((Fraction(outer.origin) - self.shift) / self.factor) if sign else 0.0
        return SeenPlace(inside, origin, sign, self.shift, self.factor, outer)

    def density(
        self, compiled: Callable[[Place], LogDensity | None], outer: Place
    ) -> LogDensity | None:
        """The log density in x of one that is compiled in z."""
        place = self.place(outer)
        inner = compiled(place)
        if inner is None:
            return None
        logs = self.log_slope
        return lambda at: inner(SeenPoint(self, place, at)) - logs

    def at(self, outer: Point) -> SeenPoint:
        """A point in z."""
        return SeenPoint(self, self.place(outer.place), outer)

    def cut(self, outer: Cut) -> Cut:
        """A cut in z."""
        end = outer.end
        if end is not None:
            end = float((Fraction(end) - self.shift) / self.factor)
        distance = None if outer.distance is None else outer.distance / abs(self.slope)
        side = outer.side * self.side
        return Cut(self.place(outer.place), self.inwards(outer.x), side, end, distance)

    def decay(self, inner: Decay) -> Decay:
        """A fall in x of one in z."""
        slope = abs(self.slope)
        rate = None if inner.rate is None else inner.rate / slope
        distance = None if inner.distance is None else inner.distance * slope
        return Decay(rate, inner.margin, distance)

    def growth(self, inner: Growth) -> Growth:
        """A growth of −log p in x of one in z."""
        slope = abs(self.slope)
        offset = inner.offset + self.log_slope
        return Growth(offset, inner.value, inner.power, inner.distance * slope, inner.rate / slope)
