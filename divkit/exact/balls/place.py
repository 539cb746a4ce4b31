r"""A stretch of the line, its coordinate, and the points on it.

A density is compiled for one `Place`, a stretch between break points on which it is analytic, and
then evaluated at a `Point`: real or complex balls, or power series. Laws that are not analytic at
an end e are evaluated in the coordinate t of x = e ± e^t, in which log|x − e| = t has no branch
point; the point hands out x − e and log|x − e| without cancellation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flint import acb, arb, arb_series, ctx

from divkit.types import Ball


class ImprecisionError(ArithmeticError):
    """A comparison that more bits would decide."""


@dataclass(frozen=True)
class Place:
    """A stretch of the line and its coordinate: x = t, or x = origin + sign · e^t.

    Attributes
    ----------
    inside : a number inside the stretch, in x.
    origin, sign : of the logarithmic coordinate; sign 0 is the plain one.
    """

    inside: Ball
    origin: float = 0.0
    sign: int = 0

    def point(self, t: Ball) -> Point:
        """The point with coordinate t."""
        if self.sign == 0:
            return Point(self, t, t, 1)
        step = t.exp()
        return Point(self, self.origin + self.sign * step, t, step)

    def right_of(self, x: float) -> bool:
        """Whether the stretch lies to the right of x.

        Raises
        ------
        ImprecisionError
            If the precision is too low to tell.
        """
        if self.inside > x:
            return True
        if self.inside < x:
            return False
        raise ImprecisionError(f"break points next to {x!r} are too close for {ctx.prec} bits.")

    def within(self, low: float, high: float) -> bool:
        """Whether the stretch lies between low and high."""
        return self.right_of(low) and not self.right_of(high)


class Point:
    """A point of a place; `jacobian` is |dx/dt|, 1 where the coordinate is x itself."""

    __slots__ = ("jacobian", "place", "t", "x")

    def __init__(self, place: Place, x: Ball, t: Ball, jacobian: Ball) -> None:
        self.place, self.x, self.t, self.jacobian = place, x, t, jacobian

    def minus(self, e: float) -> Ball:
        """x − e."""
        if self.place.sign and self.place.origin == e:
            return self.place.sign * self.jacobian
        return self.x - e

    def log_excess(self, e: float, m: Ball) -> Ball:
        """log r − (r − 1) for r = |x − e| / |m − e|, to second order on wide balls.

        With r = c + s, c the midpoint, and v = s/c, it is log c − (c − 1) − s(c − 1)/c + w with
        |w| = |log(1 + v) − v| ≤ ½|v|²/(1 − |v|): what cancels between log r and r leaves no width.
        """
        r = self.minus(e) / (m - e)
        if type(r) is not acb:
            return log(r) - (r - 1)
        c = r.real.mid()
        s = r - c
        v = (s / c).abs_upper()
        if self.place.sign or not v < 0.5:
            return self.log_minus(e) - log(m - e if m > e else e - m) - (r - 1)
        w = arb(0, (v * v / (2 * (1 - v))).upper())
        return c.log() - (c - 1) - s * ((c - 1) / c) + acb(w, w)

    def log_minus(self, e: float) -> Ball:
        """log |x − e|."""
        if self.place.sign and self.place.origin == e:
            return self.t
        return log(self.x - e if self.place.right_of(e) else e - self.x)


def log(x: Ball) -> Ball:
    """The logarithm; not finite on a complex ball that meets (−∞, 0]."""
    return x.log(analytic=True) if type(x) is acb else x.log()


def log1p(x: Ball) -> Ball:
    """log(1 + x), of a power series too, to the digits of its first coefficient."""
    if type(x) is not arb_series:
        return x.log1p()
    series = (1 + x).log()
    series[0] = x[0].log1p()
    return series


def expm1(x: Ball) -> Ball:
    """e^x − 1, of a power series too, to the digits of its first coefficient."""
    if type(x) is not arb_series:
        return x.expm1()
    series = x.exp()
    series[0] = x[0].expm1()
    return series


def real_part(x: Ball) -> Ball:
    """The midpoint of the real part, of a power series at its centre."""
    if type(x) is arb_series:
        x = x[0]
    return x.real.mid() if type(x) is acb else x.mid()


LogDensity = Callable[[Point], Ball]
"""A log density that is compiled for a place."""


def log_power(power: Ball, e: float) -> LogDensity:
    """power · log|x − e|; without the logarithm, which has no value at e, where the power is 0."""
    if power.is_zero():
        return lambda at: 0 * at.x
    return lambda at: power * at.log_minus(e)


def positive_part(y: Ball) -> Ball:
    """The part of a ball at or above 0."""
    return y.max(arb(0))


def two_sided(z: Ball, upper: Ball) -> Ball:
    """F at z from P(X > |z|) of a law that is symmetric about 0."""
    if z > 0:
        return 1 - upper
    return upper if z < 0 else upper.union(1 - upper)
