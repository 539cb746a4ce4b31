"""A tail of a law: where it begins, how a density falls in it, how its −log grows."""

from __future__ import annotations

from dataclasses import dataclass

from flint import arb

from divkit.exact.balls.place import Place
from divkit.types import Ball


@dataclass(frozen=True)
class Cut:
    """Where a tail begins.

    Attributes
    ----------
    place : a stretch that holds the tail and in which no law has a break point.
    x : the cut.
    side : the tail lies to the right (1) or to the left (−1) of x.
    end : the finite end of the support where the tail stops, or None for an infinite tail.
    distance : |x − end|, for a finite end.
    """

    place: Place
    x: Ball
    side: int
    end: float | None = None
    distance: Ball = None

    def beyond(self, c: float) -> Ball:
        """The distance of the cut beyond c, towards the tail."""
        return self.side * (self.x - c)


@dataclass(frozen=True)
class Growth:
    """−log q ≤ offset + value in the tail: value is at the cut, `power` and `rate` its slopes."""

    offset: Ball
    value: Ball
    power: Ball = 0
    distance: Ball = 1
    rate: Ball = 0


def growth_from(y: Ball, offset: Ball, value: Ball, power: Ball) -> Growth:
    """A growth that is valid where y > 0."""
    return Growth(offset, value if y > 0 else arb.pos_inf(), power, y if y > 0 else arb(1))


def power_growth(exponent: float | Ball, offset: Ball, cut: Cut) -> Growth:
    """The growth of −(exponent − 1) log u + offset towards an end at distance u."""
    depth = -cut.distance.log()
    if exponent <= 1:
        return Growth(offset + (exponent - 1) * depth, arb(0))
    if not depth > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, (arb(exponent) - 1) * depth, 1 / depth, cut.distance)


@dataclass(frozen=True)
class Decay:
    """The fall of p in the tail: by `rate` per unit of x, or by `margin` per unit of log u."""

    rate: Ball = None
    margin: Ball = None
    distance: Ball = None

    def length(self, growth: Growth | None) -> Ball:
        """∫_tail p g ≤ p(cut) g(cut) · length; infinite where that is not shown."""
        power, y, kappa = (growth.power, growth.distance, growth.rate) if growth else (0, 1, 0)
        if self.rate is not None:
            return reciprocal(self.rate - kappa - power / y)
        if kappa != 0:
            return arb.pos_inf()
        margin = self.margin - power * arb(1).max(self.distance / y)
        return self.distance / margin if margin > 0 and self.distance > 0 else arb.pos_inf()


NO_DECAY = Decay(arb(0))
"""A density that is not shown to fall."""

NO_GROWTH = Growth(arb(0), arb.pos_inf())
"""A density with no bound from below."""


def reciprocal(x: Ball) -> Ball:
    """1/x where x is positive, else inf."""
    return 1 / x if x > 0 else arb.pos_inf()
