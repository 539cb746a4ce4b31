r"""The ratio of neighbouring probabilities, r(k) = p(k+1)/p(k) = θ Π (offset_i ± k)^{power_i}.

All that is asked of a tail of counts follows from it, in exact numbers. Since r is a product of
linear factors, log p(k) is k log θ + Σ power · log Γ(k + offset), so that by Stirling

    −log p = −C k log k + (C − log θ) k − Σ power (offset − ½) log k + O(1),      C = Σ power,

and for k ≥ N, with |offset| < N,

    log r(k) ≤ log θ + C log N + Σ max(0, power · log(1 + offset/N))              if C ≤ 0,
    log r(k) ≤ −s/k,  s = −Σ power·offset − Σ |power| offset²/(2(N − |offset|))   if θ = 1, C = 0:

the sum over a tail is bounded by that of a geometric or of a power law. Ratios are closed under
powers and products, shifts, and strides k = a + m j; so a pair of laws is bounded as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from divkit.distributions.exponents import Coefficient, ExpSum, sign
from divkit.distributions.logarithms import LogSum, ball_of, log_of
from divkit.distributions.tails import FACTORIAL, LOG, Tail, make, power
from divkit.types import Ball

ONE = Fraction(1)


@dataclass(frozen=True)
class Factor:
    """(offset + slope·k)^power with slope ±1; those of slope −1 end a law, and have no tail."""

    power: Fraction
    offset: Fraction
    slope: int = 1

    def at(self, k: float) -> Fraction:
        """offset + slope·k, k a whole number."""
        return self.offset + self.slope * int(k)


def rising(offset: float | Fraction, power: float | Fraction = ONE) -> Factor:
    """(k + offset)^power."""
    return Factor(Fraction(power), Fraction(offset))


def falling(offset: float | Fraction, power: float | Fraction = ONE) -> Factor:
    """(offset − k)^power."""
    return Factor(Fraction(power), Fraction(offset), -1)


@dataclass(frozen=True)
class Ratio:
    """r(k) = e^{log_theta} Π factors; equal factors are merged when it is made by `ratio`."""

    log_theta: Coefficient
    factors: tuple[Factor, ...]

    @property
    def degree(self) -> Fraction:
        """C = Σ power."""
        return sum((f.power for f in self.factors), Fraction(0))

    def log_ball(self, k: float) -> Ball:
        """log r(k) as a ball."""
        logs = (ball_of(f.power) * ball_of(f.at(k)).log() for f in self.factors)
        return sum(logs, theta_ball(self.log_theta))

    def ball(self, k: float, theta: Ball) -> Ball:
        """r(k) as a ball, `theta` being e^{log_theta}."""
        value = theta
        for f in self.factors:
            base = ball_of(f.at(k))
            value = value * (
                base ** int(f.power) if f.power.denominator == 1 else base ** ball_of(f.power)
            )
        return value

    def strided(self, start: int, stride: int) -> Ratio:
        """The ratio in j of k = start + stride·j, stride ≥ 1."""
        if stride == 1:
            moved = [Factor(f.power, f.at(start), f.slope) for f in self.factors]
            return Ratio(self.log_theta, tuple(moved))
        factors = [
            Factor(f.power, (f.offset + start + i) / stride)
            for f in self.factors
            for i in range(stride)
        ]
        return ratio(
            stride * self.log_theta + stride * self.degree * log_of(Fraction(stride)), factors
        )

    def tail(self) -> Tail:
        """−log p towards +∞."""
        linear = -1 * self.log_theta + self.degree
        logs = sum((f.power * (f.offset - ONE / 2) for f in self.factors), Fraction(0))
        return make({FACTORIAL: -self.degree, power(1): linear, LOG: -logs})


def ratio(log_theta: Coefficient, factors: Iterable[Factor]) -> Ratio:
    """Return the ratio, factors of one base merged and those of power 0 dropped."""
    powers: dict[tuple[Fraction, int], Fraction] = {}
    for f in factors:
        powers[f.offset, f.slope] = powers.get((f.offset, f.slope), Fraction(0)) + f.power
    kept = (Factor(p, offset, slope) for (offset, slope), p in powers.items() if p != 0)
    return Ratio(log_theta, tuple(kept))


def theta_ball(log_theta: Coefficient) -> Ball:
    """log θ as a ball."""
    if isinstance(log_theta, ExpSum):
        raise TypeError(f"log θ must be rational or a sum of logs; got {log_theta!r}.")
    return log_theta.ball() if isinstance(log_theta, LogSum) else ball_of(log_theta)


@dataclass(frozen=True)
class Between:
    """The ratio lies between two ratios for k ≥ `start`; `lower` None is 0."""

    lower: Ratio | None
    upper: Ratio
    start: float = 0

    def strided(self, start: int, stride: int) -> Between:
        """The same in j of k = start + stride·j."""
        first = -(-(int(self.start) - start) // stride)
        below = None if self.lower is None else self.lower.strided(start, stride)
        return Between(below, self.upper.strided(start, stride), first)


@dataclass(frozen=True)
class Fall:
    """log r(k) ≤ −rate for k ≥ N; or ≤ −margin/k, where rate is None."""

    rate: Ball | None
    margin: Ball

    def log_sum(self, n: float) -> Ball:
        """Log of a bound of Σ_{k>N} t(k)/t(N); +∞ where there is none."""
        if self.rate is not None and self.rate > 0:
            return -self.rate - (-(-self.rate).expm1()).log()
        excess = self.margin - 1
        return arb(n).log() - excess.log() if excess > 0 else arb.pos_inf()


def fall(parts: Sequence[tuple[Fraction, Ratio]], n: float) -> Fall:
    """The fall of Π r_i(k)^{a_i} for k ≥ N, over the pairs (a_i, r_i)."""
    whole = ratio(
        sum((a * r.log_theta for a, r in parts), Fraction(0)),
        (Factor(a * f.power, f.offset) for a, r in parts for f in r.factors),
    )
    far = arb(n)
    if any(abs(f.offset) >= n for f in whole.factors) or whole.degree > 0:
        return Fall(None, arb.neg_inf())
    shares = [(ball_of(f.power), ball_of(f.offset)) for f in whole.factors]
    if whole.degree == 0 and sign(whole.log_theta) == 0:
        first = sum((p * a for p, a in shares), arb(0))
        rest = sum((abs(p) * a * a / (2 * (far - abs(a))) for p, a in shares), arb(0))
        return Fall(None, -first - rest)
    lift = sum((arb(0).max(p * (a / far).log1p()) for p, a in shares), arb(0))
    top = theta_ball(whole.log_theta) + ball_of(whole.degree) * far.log() + lift
    rate = -top if top < 0 else None
    return Fall(rate, -top * far)


def slowest(falls: Sequence[Fall]) -> Fall:
    """A fall that all obey, as a maximum of finitely many ratios does."""
    rates = [f.rate for f in falls if f.rate is not None]
    margin = falls[0].margin
    for other in falls[1:]:
        margin = margin.min(other.margin)
    if len(rates) < len(falls):
        return Fall(None, margin)
    rate = rates[0]
    for other in rates[1:]:
        rate = rate.min(other)
    return Fall(rate, margin)


def steepest(r: Ratio, n: float) -> Ball:
    """a ≥ 0 with −log r(i) ≤ a (i/N)^δ for all i ≥ N and δ ≥ 1/log N, N ≥ 3."""
    far = arb(n)
    if any(abs(f.offset) >= n for f in r.factors):
        return arb.pos_inf()
    shares = [(ball_of(f.power), ball_of(f.offset)) for f in r.factors]
    lift = sum((arb(0).max(-p * (a / far).log1p()) for p, a in shares), arb(0))
    level = arb(0).max(lift - theta_ball(r.log_theta))
    return level + arb(0).max(ball_of(-r.degree)) * far.log()


MOMENT = Ratio(Fraction(0), (rising(1), rising(0, -1)))
"""(k + 1)/k: what the factor k adds to a ratio."""
