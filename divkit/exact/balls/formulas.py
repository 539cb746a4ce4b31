"""Log densities of standard families in ball arithmetic, each on its own axis, with their tails.

A `Formula` is what `exact.certified` asks of a law, written for a law without loc and scale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from flint import arb

from divkit.exact.balls.cut import NO_DECAY, NO_GROWTH, Cut, Decay, Growth
from divkit.exact.balls.place import LogDensity, Place, Point
from divkit.exact.balls.seen import OwnAxis
from divkit.exact.method import NotApplicableError
from divkit.types import Ball


class Formula:
    """The base of formulas: a law without tails, whose log density is analytic at its ends."""

    singular: tuple[float, ...] = ()

    def density(self, place: Place) -> LogDensity | None:
        """Log p, compiled for a place; None where p is zero there."""
        raise NotImplementedError

    def cdf(self, at: Point) -> Ball:
        """P(Z ≤ z)."""
        raise NotApplicableError(f"no certified distribution function for {self!r}.")

    def decay(self, cut: Cut) -> Decay:
        """The fall towards ±∞."""
        return NO_DECAY

    def growth(self, cut: Cut) -> Growth:
        """The growth of −log p towards ±∞."""
        return NO_GROWTH

    def end_exponent(self, cut: Cut) -> Ball | None:
        """A with d log p / d log u ≥ A towards a finite end."""
        return None

    def end_growth(self, cut: Cut) -> Growth:
        """The growth of −log p towards a finite end."""
        return NO_GROWTH


@dataclass(frozen=True)
class Moved(Formula):
    """The law of shift + factor·Z."""

    inner: Formula
    axis: OwnAxis

    @property
    def singular(self) -> tuple[float, ...]:  # type: ignore[override]
        """Those of Z, moved."""
        self.axis.require(self.inner.singular)
        return tuple(float(self.axis.outwards(end)) for end in self.inner.singular)

    def density(self, place: Place) -> LogDensity | None:
        """That of Z, less log |factor|."""
        return self.axis.density(self.inner.density, place)

    def cdf(self, at: Point) -> Ball:
        """F(z), or 1 − F(z) where the factor is negative."""
        value = self.inner.cdf(self.axis.at(at))
        return value if self.axis.side > 0 else 1 - value

    def decay(self, cut: Cut) -> Decay:
        """That of Z."""
        return self.axis.decay(self.inner.decay(self.axis.cut(cut)))

    def growth(self, cut: Cut) -> Growth:
        """That of Z."""
        return self.axis.growth(self.inner.growth(self.axis.cut(cut)))

    def end_exponent(self, cut: Cut) -> Ball | None:
        """That of Z."""
        return self.inner.end_exponent(self.axis.cut(cut))

    def end_growth(self, cut: Cut) -> Growth:
        """That of Z."""
        return self.axis.growth(self.inner.end_growth(self.axis.cut(cut)))


MIRROR = OwnAxis(Fraction(0), Fraction(-1))


def mirrored(inner: Formula) -> Formula:
    """The law of −Z."""
    return Moved(inner, MIRROR)


@dataclass(frozen=True)
class Symmetric(Formula):
    """The law of Z or −Z, each with probability ½, of a law on z ≥ 0."""

    inner: Formula
    singular: tuple[float, ...] = (0.0,)

    def density(self, place: Place) -> LogDensity | None:
        """Half of that of |z|."""
        half = mirrored(self.inner) if not place.right_of(0.0) else self.inner
        found, log_two = half.density(place), arb.const_log2()
        return None if found is None else lambda at: found(at) - log_two

    def cdf(self, at: Point) -> Ball:
        """(1 ± F(|z|))/2."""
        z = at.minus(0.0)
        if z > 0:
            return (1 + self.inner.cdf(at)) / 2
        if z < 0:
            return (1 - self.inner.cdf(MIRROR.at(at))) / 2
        return arb(0.5) if z.is_zero() else arb(0).union(arb(1))

    def _side(self, cut: Cut) -> Cut:
        return cut if cut.place.right_of(0.0) else MIRROR.cut(cut)

    def decay(self, cut: Cut) -> Decay:
        """That of |z|."""
        return self.inner.decay(self._side(cut))

    def growth(self, cut: Cut) -> Growth:
        """That of |z|, and log 2."""
        inner = self.inner.growth(self._side(cut))
        return replace(inner, offset=inner.offset + arb.const_log2())

    def end_exponent(self, cut: Cut) -> Ball | None:
        """That of |z| at 0."""
        return self.inner.end_exponent(self._side(cut))

    def end_growth(self, cut: Cut) -> Growth:
        """That of |z| at 0, and log 2."""
        inner = self.inner.end_growth(self._side(cut))
        return replace(inner, offset=inner.offset + arb.const_log2())
