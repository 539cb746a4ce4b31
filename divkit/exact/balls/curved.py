"""Formulas of laws that are no powers: truncated and skew normal, Johnson's, on an interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from flint import acb, arb

from divkit.exact.balls.cut import Cut, Decay, Growth, power_growth
from divkit.exact.balls.formulas import Formula
from divkit.exact.balls.place import LogDensity, Place, Point, expm1, log, log1p, log_power
from divkit.types import Ball


def half_log_two_pi() -> Ball:
    """½ log 2π."""
    return (2 * arb.pi()).log() / 2


def below(z: Ball) -> Ball:
    """Φ(z)."""
    return (-z / arb(2).sqrt()).erfc() / 2


@dataclass(frozen=True)
class TruncatedNormal(Formula):
    """∝ e^{−z²/2} between low and high."""

    low: float
    high: float

    def _mass(self, a: float | Ball, b: float | Ball) -> Ball:
        """Φ(b) − Φ(a), from the side where both are small."""
        if isinstance(a, float) and a > 0:
            a, b = -b, -a
        upper = arb(1) if b == math.inf else below(arb(b))
        lower = arb(0) if a == -math.inf else below(arb(a))
        return upper - lower

    def density(self, place: Place) -> LogDensity | None:
        """Quadratic."""
        if not place.within(self.low, self.high):
            return None
        constant = half_log_two_pi() + self._mass(self.low, self.high).log()

        def value(at: Point) -> Ball:
            z = at.minus(0.0)
            return -z * z / 2 - constant

        return value

    def cdf(self, at: Point) -> Ball:
        """(Φ(z) − Φ(low)) over the mass."""
        z = at.minus(0.0)
        if z <= self.low:
            return arb(0)
        if z >= self.high:
            return arb(1)
        whole = self._mass(self.low, self.high)
        if self.low > 0:
            lower = below(arb(-self.low))
            return (lower - below(-z)) / whole
        lower = arb(0) if self.low == -math.inf else below(arb(self.low))
        return (below(z) - lower) / whole

    def decay(self, cut: Cut) -> Decay:
        """By |z| per unit of z."""
        return Decay(cut.side * cut.x)

    def growth(self, cut: Cut) -> Growth:
        """z²/2."""
        y = cut.side * cut.x
        if not y > 0:
            return Growth(arb(0), arb.pos_inf())
        offset = half_log_two_pi() + self._mass(self.low, self.high).log()
        return Growth(offset, y * y / 2, arb(2), y)


@dataclass(frozen=True)
class SkewNormal(Formula):
    """2 φ(z) Φ(az): log-concave, so that its slope at a cut bounds it beyond."""

    a: float

    def density(self, place: Place) -> LogDensity | None:
        """As above."""
        constant, tilt = half_log_two_pi(), -arb(self.a) / arb(2).sqrt()

        def value(at: Point) -> Ball:
            z = at.minus(0.0)
            return log((tilt * z).erfc()) - z * z / 2 - constant

        return value

    def cdf(self, at: Point) -> Ball:
        """Φ(z) − 2T(z, a), T(z, a) = ∫₀^a e^{−z²(1 + x²)/2}/(1 + x²) dx/2π (Owen 1956)."""
        z = at.minus(0.0)

        def integrand(x: Ball, _: bool) -> Ball:
            spread = 1 + x * x
            return (-z * z * spread / 2).exp() / spread

        owen = acb.integral(integrand, 0, self.a).real / (2 * arb.pi())
        return below(z) - 2 * owen

    def decay(self, cut: Cut) -> Decay:
        """side·(z − a φ(az)/Φ(az))."""
        t = arb(self.a) * cut.x
        hazard = (-t * t / 2 - half_log_two_pi()).exp() / below(t)
        return Decay(cut.side * (cut.x - arb(self.a) * hazard))

    def growth(self, cut: Cut) -> Growth:
        """Φ(−t) ≥ 2 φ(t)/(t + √(t² + 4)) (Birnbaum 1942), whose last log is at most t."""
        y = cut.side * cut.x
        if not y > 0:
            return Growth(arb(0), arb.pos_inf())
        offset, t = half_log_two_pi() - arb.const_log2(), arb(abs(self.a)) * y
        if cut.side * self.a >= 0:
            return Growth(offset + arb.const_log2(), y * y / 2, arb(2), y)
        value = (y * y + t * t) / 2 + t
        return Growth(offset + half_log_two_pi(), value, arb(2), y)


@dataclass(frozen=True)
class JohnsonUnbounded(Formula):
    """b φ(a + b arsinh z)/√(1 + z²)."""

    a: float
    b: float

    def density(self, place: Place) -> LogDensity | None:
        """By roots and logarithms on their principal branches only."""
        a, b, right = arb(self.a), arb(self.b), place.right_of(0.0)
        constant = b.log() - half_log_two_pi()

        def value(at: Point) -> Ball:
            z = at.minus(0.0)
            root = _root(1 + z * z)
            arsinh = log(z + root) if right else -log(root - z)
            y = a + b * arsinh
            return constant - log(root) - y * y / 2

        return value

    def cdf(self, at: Point) -> Ball:
        """Φ(a + b arsinh z)."""
        return below(arb(self.a) + arb(self.b) * at.minus(0.0).asinh())

    def _score(self, cut: Cut) -> tuple[Ball, Ball]:
        """|z| and the normal score towards the tail."""
        z = cut.side * cut.x
        return z, cut.side * arb(self.a) + arb(self.b) * z.asinh()

    def decay(self, cut: Cut) -> Decay:
        """By z²/(1 + z²) + b y z/√(1 + z²), which grows where y > 0."""
        z, y = self._score(cut)
        if not (z > 0 and y > 0):
            return Decay(arb(0))
        share = z * z / (1 + z * z)
        return Decay(None, share + arb(self.b) * y * share.sqrt() - 1, z)

    def growth(self, cut: Cut) -> Growth:
        """y²/2 + ½ log(1 + z²), whose log slopes in log z are at most 2b/y and 2/log(1 + z²)."""
        z, y = self._score(cut)
        if not (z > 0 and y > 0):
            return Growth(arb(0), arb.pos_inf())
        spread = (z * z).log1p()
        power = (2 * arb(self.b) / y).max(2 / spread)
        return Growth(half_log_two_pi() - arb(self.b).log(), (y * y + spread) / 2, power, z)


def _root(x: Ball) -> Ball:
    """The principal root; not finite on a complex ball that meets (−∞, 0]."""
    return x.sqrt(analytic=True) if type(x) is acb else x.sqrt()


@dataclass(frozen=True)
class JohnsonBounded(Formula):
    """b φ(a + b log(z/(1 − z)))/(z(1 − z))."""

    a: float
    b: float
    singular: tuple[float, ...] = (0.0, 1.0)

    def density(self, place: Place) -> LogDensity | None:
        """As above."""
        if not place.within(0.0, 1.0):
            return None
        a, b = arb(self.a), arb(self.b)
        constant = b.log() - half_log_two_pi()

        def value(at: Point) -> Ball:
            rise, fall = at.log_minus(0.0), at.log_minus(1.0)
            y = a + b * (rise - fall)
            return constant - rise - fall - y * y / 2

        return value

    def cdf(self, at: Point) -> Ball:
        """Φ(a + b log(z/(1 − z)))."""
        z, rest = at.minus(0.0), -at.minus(1.0)
        if z <= 0:
            return arb(0)
        if rest <= 0:
            return arb(1)
        return below(arb(self.a) + arb(self.b) * (z / rest).log())

    def _depth(self, cut: Cut) -> Ball:
        """−y, y the normal score towards the end."""
        u = cut.distance
        a = arb(self.a) if cut.end == 0 else -arb(self.a)
        return -a - arb(self.b) * (u / (1 - u)).log()

    def end_exponent(self, cut: Cut) -> Ball | None:
        """−1 − b y at the cut, where y < 0: it grows towards the end."""
        if cut.end not in (0, 1):
            return None
        depth = self._depth(cut)
        return -1 + arb(self.b) * depth if depth > 0 else arb(-2)

    def end_growth(self, cut: Cut) -> Growth:
        """y²/2, as log z and log(1 − z) are negative."""
        depth, u = self._depth(cut), cut.distance
        if not depth > 0:
            return Growth(arb(0), arb.pos_inf())
        power = 2 * arb(self.b) / (depth * (1 - u))
        return Growth(half_log_two_pi() - arb(self.b).log(), depth * depth / 2, power, u)


@dataclass(frozen=True)
class KumaraswamyFormula(Formula):
    """a b z^{a−1} (1 − z^a)^{b−1}."""

    a: float
    b: float

    @property
    def singular(self) -> tuple[float, ...]:  # type: ignore[override]
        """0 where a is not 1, and 1 where b is not."""
        whole = float(self.a).is_integer() and self.a == 1
        return ((0.0,) if not whole else ()) + ((1.0,) if self.b != 1 else ())

    def density(self, place: Place) -> LogDensity | None:
        """With 1 − z^a by whichever of z and 1 − z is small."""
        if not place.within(0.0, 1.0):
            return None
        a, b = arb(self.a), arb(self.b)
        constant, rise = (a * b).log(), log_power(a - 1, 0.0)
        upper = place.inside > arb(0.5)

        def value(at: Point) -> Ball:
            logs = log1p(at.minus(1.0)) if upper else at.log_minus(0.0)
            rest = arb(0) if self.b == 1 else (b - 1) * log(-expm1(a * logs))
            return constant + rise(at) + rest

        return value

    def cdf(self, at: Point) -> Ball:
        """1 − (1 − z^a)^b."""
        z, rest = at.minus(0.0), -at.minus(1.0)
        if z <= 0:
            return arb(0)
        if rest <= 0:
            return arb(1)
        logs = (-rest).log1p() if rest < z else z.log()
        return -(arb(self.b) * (-(arb(self.a) * logs).expm1()).log()).expm1()

    def end_exponent(self, cut: Cut) -> Ball | None:
        """At 0 a − 1 less what 1 − z^a turns; at 1 by the mean value theorem."""
        if cut.end not in (0, 1):
            return None
        a, b, u = arb(self.a), arb(self.b), cut.distance
        if cut.end == 0:
            power = (a * u.log()).exp()
            return a - 1 - arb(0).max(b - 1) * a * power / (1 - power)
        stretch = ((a - 1) * (1 - u).log()).exp()
        least, most = arb(1).min(stretch), arb(1).max(stretch)
        falling = arb(0).max(a - 1) * u / (1 - u)
        return (b - 1) * (least if self.b >= 1 else most) - falling

    def end_growth(self, cut: Cut) -> Growth:
        """1 − z^a = a u ξ^{a−1} next to 1, for some ξ between z and 1."""
        a, b, u = arb(self.a), arb(self.b), cut.distance
        offset = -(a * b).log()
        if cut.end == 0:
            bend = arb(0).max(-(b - 1) * (-(a * u.log()).expm1()).log())
            return power_growth(self.a, offset + bend, cut)
        slack = -(1 - u).log()
        offset += arb(0).max(a - 1) * slack - (b - 1) * a.log() + abs((b - 1) * (a - 1)) * slack
        return power_growth(self.b, offset, cut)


@dataclass(frozen=True)
class Elementary(Formula):
    """A law on [0, high] that is analytic on each of its stretches, by log p and F.

    `at_zero` and `at_high` are the powers of the distance that p is, exactly, next to the ends.
    """

    log_p: Callable[[Place], LogDensity]
    share: Callable[[Ball], Ball]
    high: float = 1.0
    at_zero: float = 0.0
    at_high: float = 0.0

    @property
    def singular(self) -> tuple[float, ...]:  # type: ignore[override]
        """Ends where p is a power of the distance."""
        return ((0.0,) if self.at_zero else ()) + ((self.high,) if self.at_high else ())

    def density(self, place: Place) -> LogDensity | None:
        """As given."""
        return self.log_p(place) if place.within(0.0, self.high) else None

    def cdf(self, at: Point) -> Ball:
        """As given, between 0 and 1."""
        z = at.minus(0.0)
        if z <= 0:
            return arb(0)
        return arb(1) if z >= self.high else self.share(z)

    def end_exponent(self, cut: Cut) -> Ball | None:
        """The power."""
        power = self._power(cut)
        return arb(power) if power else None

    def _power(self, cut: Cut) -> float:
        return {0.0: self.at_zero, self.high: self.at_high}.get(float(cut.end or 0.0), 0.0)

    def end_growth(self, cut: Cut) -> Growth:
        """That of the power, from its value at the cut."""
        power = self._power(cut)
        here = self.log_p(cut.place)(cut.place.point(cut.distance.log()))
        return power_growth(arb(power) + 1, -here + power * cut.distance.log(), cut)


def triangular(c: float) -> Elementary:
    """2z/c up to c, 2(1 − z)/(1 − c) beyond; c strictly between."""

    def log_p(place: Place) -> LogDensity:
        if place.right_of(c):
            top = arb(2).log() - (1 - arb(c)).log()
            return lambda at: top + at.log_minus(1.0)
        top = arb(2).log() - arb(c).log()
        return lambda at: top + at.log_minus(0.0)

    def share(z: Ball) -> Ball:
        rising, falling = z * z / arb(c), 1 - (1 - z) ** 2 / (1 - arb(c))
        if z <= c:
            return rising
        return falling if z >= c else rising.union(falling)

    return Elementary(log_p, share, at_zero=1.0, at_high=1.0)


def continuous_bernoulli(logit: float) -> Elementary:
    """t e^{tz}/(e^t − 1)."""
    t = logit

    def log_p(place: Place) -> LogDensity:
        if t == 0:
            return lambda at: 0 * at.x
        constant = (arb(t) / arb(t).expm1()).log()
        return lambda at: constant + t * at.minus(0.0)

    return Elementary(log_p, lambda z: (t * z).expm1() / arb(t).expm1() if t else z)


def truncated_exponential(b: float) -> Elementary:
    """e^{−z}/(1 − e^{−b}) on [0, b]."""

    def log_p(place: Place) -> LogDensity:
        constant = (-(-arb(b)).expm1()).log()
        return lambda at: -at.minus(0.0) - constant

    return Elementary(log_p, lambda z: (-z).expm1() / (-arb(b)).expm1(), b)


def power_law(a: float) -> Elementary:
    """a z^{a−1}."""

    def log_p(place: Place) -> LogDensity:
        constant, rise = arb(a).log(), log_power(arb(a) - 1, 0.0)
        return lambda at: constant + rise(at)

    return Elementary(log_p, lambda z: (arb(a) * z.log()).exp(), at_zero=a - 1)
