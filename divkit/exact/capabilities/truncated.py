"""Capabilities of truncated laws: the base's, divided by the mass between the cuts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from flint import arb, ctx

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.compose.truncated import Truncated
from divkit.distributions.support import span
from divkit.exact.balls.cut import Cut, Decay, Growth
from divkit.exact.balls.formulas import Formula
from divkit.exact.balls.place import LogDensity, Place, Point
from divkit.exact.capabilities import queries
from divkit.exact.capabilities.base import Capabilities, Inverse, declare
from divkit.exact.capabilities.formulas import balls_of
from divkit.types import Ball


@dataclass(frozen=True)
class Conditional(Formula):
    """A law given that it lies between two cuts."""

    law: Truncated

    @property
    def singular(self) -> tuple[float, ...]:  # type: ignore[override]
        """The base's between the cuts."""
        low, high = self._ends
        return tuple(e for e in queries.singular_ends(self.law.base) if low <= e <= high)

    @property
    def _ends(self) -> tuple[float, float]:
        return span(self.law.support)

    def _below(self, x: float) -> Ball:
        if math.isinf(x):
            return arb(x > 0)
        return queries.cdf(self.law.base, Place(arb(x)).point(arb(x)))

    def _mass(self) -> Ball:
        """To the precision of the moment, whatever cancels."""
        low, high = self._ends
        wanted = prec = ctx.prec
        while True:
            with own_precision(prec):
                mass = self._below(high) - self._below(low)
            if mass.rel_accuracy_bits() >= wanted - 8 or prec > 100 * wanted:
                return mass
            prec *= 2

    def density(self, place: Place) -> LogDensity | None:
        """The base's, less the log of the mass."""
        if not place.within(*self._ends):
            return None
        inner, mass = queries.log_density(self.law.base, place), self._mass().log()
        return None if inner is None else lambda at: inner(at) - mass

    def cdf(self, at: Point) -> Ball:
        """(F(x) − F(low)) over the mass."""
        low, high = self._ends
        if at.minus(low) <= 0 if math.isfinite(low) else False:
            return arb(0)
        if at.minus(high) >= 0 if math.isfinite(high) else False:
            return arb(1)
        return (queries.cdf(self.law.base, at) - self._below(low)) / self._mass()

    def decay(self, cut: Cut) -> Decay:
        """The base's."""
        return queries.decay(self.law.base, cut)

    def growth(self, cut: Cut) -> Growth:
        """The base's, and the log of the mass."""
        return self._heavier(queries.growth(self.law.base, cut))

    def end_exponent(self, cut: Cut) -> Ball | None:
        """The base's at its own ends."""
        return queries.end_exponent(self.law.base, cut) if cut.end in self.singular else None

    def end_growth(self, cut: Cut) -> Growth:
        """The base's, and the log of the mass."""
        return self._heavier(queries.end_growth(self.law.base, cut))

    def _heavier(self, inner: Growth) -> Growth:
        return replace(inner, offset=inner.offset + self._mass().log())


declare(
    Truncated,
    Capabilities[Truncated](
        balls=balls_of(Conditional),
        inverse=lambda law: Inverse(1, lambda u: law.ppf(u[:, 0])[:, None]),
    ),
)
