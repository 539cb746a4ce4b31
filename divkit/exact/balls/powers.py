r"""Laws on z > 0 made of powers: generalised gamma, inverse Gaussian, ratios of gamma variables.

    Powers:  log p = c + r log z − b z^k − d z^{−m},      k, m > 0,
    Ratios:  log p = c + r log z − (α + β) log(1 + b z^k),   r = kα − 1.

With b or d equal to 0, and z^k of a gamma law, the first are generalised gamma laws: Weibull, half
normal, chi, Nakagami, inverse gamma, Fréchet, Lévy. In the second, b z^k is a ratio of gamma laws
of shapes α and β: F, beta prime, Burr, log-logistic, Lomax, half-Cauchy. In both d log p/d log z
is monotone, so that its value at a cut bounds it in the tail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from divkit.exact.balls.cut import Cut, Decay, Growth, power_growth
from divkit.exact.balls.formulas import Formula
from divkit.exact.balls.place import LogDensity, Place, Point, log, log_power
from divkit.exact.balls.seen import ratio
from divkit.exact.method import NotApplicableError
from divkit.types import Ball

ZERO = Fraction(0)


def _raised(exponent: Fraction) -> Callable[[Point], Ball]:
    """z^exponent, without a logarithm where the exponent is whole."""
    if exponent.denominator == 1 and exponent > 0:
        return lambda at: at.minus(0.0) ** exponent.numerator
    power = ratio(exponent)
    return lambda at: (power * at.log_minus(0.0)).exp()


def log_growth(coefficient: Ball, offset: Ball, cut: Cut) -> Growth:
    """The growth of coefficient · log z + offset, coefficient > 0, towards ∞."""
    depth = cut.x.log() if cut.x > 0 else arb(0)
    if not depth > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, coefficient * depth, 1 / depth, cut.x)


@dataclass(frozen=True)
class Powers(Formula):
    """log p = constant + rise log z − up z^k − down z^{−m}; up or down may be 0.

    `share` is F(z), where it is known; `up` and `down` are balls of floats, given as callables so
    that they have the precision of the moment.
    """

    constant: Callable[[], Ball]
    rise: Fraction
    up: Callable[[], Ball] | None = None
    k: Fraction = ZERO
    down: Callable[[], Ball] | None = None
    m: Fraction = ZERO
    share: Callable[[Ball], Ball] | None = None

    @property
    def singular(self) -> tuple[float, ...]:  # type: ignore[override]
        """0, unless log p is a polynomial."""
        plain = self.rise == 0 and self.down is None and self.k.denominator == 1
        return () if plain else (0.0,)

    def density(self, place: Place) -> LogDensity | None:
        """As above."""
        if not place.right_of(0.0):
            return None
        constant, rise = self.constant(), log_power(ratio(self.rise), 0.0)
        terms = []
        if self.up is not None:
            terms.append((self.up(), _raised(self.k)))
        if self.down is not None:
            terms.append((self.down(), _raised(-self.m)))

        def value(at: Point) -> Ball:
            total = constant + rise(at)
            for factor, power in terms:
                total -= factor * power(at)
            return total

        return value

    def cdf(self, at: Point) -> Ball:
        """`share`, 0 up to 0."""
        z = at.minus(0.0)
        if z <= 0:
            return arb(0)
        if self.share is None:
            raise NotApplicableError("no certified distribution function for this law.")
        return self.share(z)

    def _terms(self, z: Ball) -> tuple[Ball, Ball]:
        """Up z^k and down z^{−m}."""
        logs = z.log()
        up = arb(0) if self.up is None else self.up() * (ratio(self.k) * logs).exp()
        down = arb(0) if self.down is None else self.down() * (-ratio(self.m) * logs).exp()
        return up, down

    def _slope(self, z: Ball) -> Ball:
        """The slope d log p/d log z."""
        up, down = self._terms(z)
        return ratio(self.rise) - ratio(self.k) * up + ratio(self.m) * down

    def decay(self, cut: Cut) -> Decay:
        """By −d log p/d log z, which grows with z."""
        if cut.side < 0 or not cut.x > 0:
            return Decay(arb(0))
        return Decay(None, -self._slope(cut.x) - 1, cut.x)

    def growth(self, cut: Cut) -> Growth:
        """With log z ≤ log c + ((z/c)^k − 1)/k beyond a cut c."""
        if cut.side < 0 or not cut.x > 0:
            return Growth(arb(0), arb.pos_inf())
        (up, down), depth, rise = self._terms(cut.x), cut.x.log(), ratio(self.rise)
        offset = down - self.constant()
        if self.up is None:
            return log_growth(-rise, offset, cut)
        k = ratio(self.k)
        if self.rise >= 0:
            return Growth(offset - rise * depth, up, k, cut.x)
        return Growth(offset - rise * (depth - 1 / k), up - rise / k, k, cut.x)

    def end_exponent(self, cut: Cut) -> Ball | None:
        """d log p/d log z at the cut: it falls with z."""
        return self._slope(cut.distance) if cut.end == 0 and self.singular else None

    def end_growth(self, cut: Cut) -> Growth:
        """With log(1/z) ≤ log(1/c) + ((c/z)^m − 1)/m below a cut c."""
        (up, down), depth, rise = self._terms(cut.distance), -cut.distance.log(), ratio(self.rise)
        offset = up - self.constant()
        if self.down is None:
            return power_growth(ratio(self.rise + 1), offset, cut)
        m = ratio(self.m)
        if self.rise < 0:
            return Growth(offset + rise * depth, down, m, cut.distance)
        return Growth(offset + rise * (depth - 1 / m), down + rise / m, m, cut.distance)


def generalised_gamma(shape: Fraction, power: Fraction, rate: float = 1.0) -> Powers:
    """The law of (G/rate)^{1/power}, G of a gamma law of rate 1: ∝ z^{ka−1} e^{−b z^k}."""

    def constant() -> Ball:
        a, b = ratio(shape), arb(rate)
        return ratio(abs(power)).log() + a * b.log() - a.lgamma()

    def share(z: Ball) -> Ball:
        g = arb(rate) * (ratio(power) * z.log()).exp()
        below = g.gamma_lower(ratio(shape), regularized=1)
        return below if power > 0 else g.gamma_upper(ratio(shape), regularized=1)

    rise = power * shape - 1
    if power > 0:
        return Powers(constant, rise, lambda: arb(rate), power, share=share)
    return Powers(constant, rise, down=lambda: arb(rate), m=-power, share=share)


@dataclass(frozen=True)
class Ratios(Formula):
    """The law of z > 0 with b z^k a ratio of gamma laws of shapes `first` and `second`."""

    first: Fraction
    second: Fraction
    k: Fraction = Fraction(1)
    rate: Fraction = Fraction(1)

    @property
    def rise(self) -> Fraction:
        """The power of z next to 0."""
        return self.k * self.first - 1

    @property
    def singular(self) -> tuple[float, ...]:  # type: ignore[override]
        """0, unless log p is analytic there."""
        return () if self.rise == 0 and self.k.denominator == 1 else (0.0,)

    def _constant(self) -> Ball:
        a, b = ratio(self.first), ratio(self.second)
        scale = ratio(self.k).log() + a * ratio(self.rate).log()
        return scale + (a + b).lgamma() - a.lgamma() - b.lgamma()

    def density(self, place: Place) -> LogDensity | None:
        """As above."""
        if not place.right_of(0.0):
            return None
        constant, rise = self._constant(), log_power(ratio(self.rise), 0.0)
        fall, power, rate = ratio(self.first + self.second), _raised(self.k), ratio(self.rate)
        return lambda at: constant + rise(at) - fall * log(1 + rate * power(at))

    def _odds(self, z: Ball) -> Ball:
        """The ratio b z^k."""
        return ratio(self.rate) * (ratio(self.k) * z.log()).exp()

    def cdf(self, at: Point) -> Ball:
        """The beta law's, of odds/(1 + odds)."""
        z = at.minus(0.0)
        if z <= 0:
            return arb(0)
        odds, a, b = self._odds(z), ratio(self.first), ratio(self.second)
        if odds < 1:
            return (odds / (1 + odds)).beta_lower(a, b, regularized=1)
        return 1 - (1 / (1 + odds)).beta_lower(b, a, regularized=1)

    def _slope(self, z: Ball) -> Ball:
        odds, fall = self._odds(z), ratio(self.first + self.second)
        return ratio(self.rise) - ratio(self.k) * fall * (odds / (1 + odds))

    def decay(self, cut: Cut) -> Decay:
        """By −d log p/d log z, which grows with z."""
        if cut.side < 0 or not cut.x > 0:
            return Decay(arb(0))
        return Decay(None, -self._slope(cut.x) - 1, cut.x)

    def growth(self, cut: Cut) -> Growth:
        """With log(1 + b z^k) ≤ k log z + log(b + c^{−k}) beyond a cut c."""
        if cut.side < 0 or not cut.x > 0:
            return Growth(arb(0), arb.pos_inf())
        inverse = (-ratio(self.k) * cut.x.log()).exp()
        fall = ratio(self.first + self.second)
        offset = fall * (ratio(self.rate) + inverse).log() - self._constant()
        return log_growth(ratio(self.k * self.second + 1), offset, cut)

    def end_exponent(self, cut: Cut) -> Ball | None:
        """d log p/d log z at the cut: it falls with z."""
        return self._slope(cut.distance) if cut.end == 0 and self.singular else None

    def end_growth(self, cut: Cut) -> Growth:
        """The power of z, and log(1 + b z^k) at the cut."""
        spread = ratio(self.first + self.second) * self._odds(cut.distance).log1p()
        return power_growth(ratio(self.rise + 1), spread - self._constant(), cut)
