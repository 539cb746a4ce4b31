r"""The rest beyond the end of a sum over counts, bounded by the ratios of neighbours.

With t = p^α q^{1−α} of two mixtures of leaves, p(v+1)/p(v) is at most the largest of its leaves'
ratios, and q at least its heaviest leaf, so that for α > 1

    Σ_{v>N} t(v) ≤ p(N)^α q_j(N)^{1−α} Σ_v Π max_i r_i^α r_j^{1−α},

and `ratio.fall` bounds the last sum. A divergence costs at most price · mass where its price is
finite; powers are themselves. p log(p/q) is at most p^{1+ε} q^{−ε}/(eε) for every ε > 0. Where q
falls faster than any power of p, −log q counts: with −log r_q(i) ≤ A + B log i ≤ a (i/N)^δ for
i ≥ N, a = A + B log N and δ = 1/log N,

    −log q(k) ≤ −log q(N) + Σ_{i=N}^{k−1} a (i/N)^δ ≤ [−log q(N) + a N] (k/N)^{1+δ}.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.counts.alignment import CountClass, Placed
from divkit.distributions.counts.ratio import MOMENT, Between, fall, slowest, steepest
from divkit.divergences.base import FDivergence
from divkit.divergences.quantities import Quantity
from divkit.types import Ball

_BITS = 64
_SLACK = 1e-3
_TILTS = (Fraction(1), Fraction(1, 2), Fraction(1, 8), Fraction(1, 64), Fraction(1, 1024))


@dataclass(frozen=True)
class PowerCost:
    """gain · p^order q^{1−order}."""

    order: Fraction
    log_gain: float

    def log_sum(self, p: Sequence[Leg], q: Sequence[Leg], n: float) -> float:
        """Log of a bound of its sum beyond n."""
        return self.log_gain + _power(p, q, n, self.order)


@dataclass(frozen=True)
class EntropyCost:
    """gain · p log(p/q), or gain · q log(q/p) where `swapped`."""

    log_gain: float
    swapped: bool = False

    def log_sum(self, p: Sequence[Leg], q: Sequence[Leg], n: float) -> float:
        """Log of a bound of its sum beyond n."""
        if self.swapped:
            p, q = q, p
        if not p:
            return -math.inf
        found = [_power(p, q, n, 1 + tilt) - 1 - math.log(tilt) for tilt in _TILTS]
        found += [_cross_entropy(p, leg, n) for leg in q]
        return self.log_gain + min(found)


@dataclass(frozen=True)
class Costs:
    """The costs of unit mass of p and of q beyond a cut, and sums where that has no bound."""

    p: float
    q: float
    sums: tuple[PowerCost | EntropyCost, ...] = ()


MASSES = Costs(1.0, 1.0)


def costs_of(divergence: FDivergence) -> Costs | None:
    """The bounds of the non-negative integrand; None where its price is infinite and not known."""
    p, q = divergence.slope_at_infinity, divergence.at_zero
    if math.isfinite(p) and math.isfinite(q):
        return Costs(p, q)
    match divergence.quantity:
        case Quantity("kl"):
            return Costs(0.0, q, (EntropyCost(math.log(divergence.factor)),))
        case Quantity("reverse_kl"):
            return Costs(p, 0.0, (EntropyCost(math.log(divergence.factor), swapped=True),))
        case Quantity("jeffreys"):
            gain = math.log(divergence.factor)
            return Costs(0.0, 0.0, (EntropyCost(gain), EntropyCost(gain, swapped=True)))
        case Quantity("affinity", order):
            own = PowerCost(Fraction(order), math.log(abs(divergence.factor)))
            return Costs(_finite_or_0(p), _finite_or_0(q), (own,))
    return None


def _finite_or_0(price: float) -> float:
    return price if math.isfinite(price) else 0.0


def log_remainder(
    found: CountClass, side: int, cut: float, costs: Costs, moment: int = 0
) -> float:
    """Log of a bound of the sum over v > side·cut, v = side·j; +inf where there is none.

    With `moment`, of the sum of |v|^moment times the masses' prices.
    """
    legs = _legs(found.p, side, cut), _legs(found.q, side, cut)
    if not legs[0] and not legs[1]:
        return -math.inf
    if any(leg.between is None for leg in (*legs[0], *legs[1])) or side * cut < 1:
        return math.inf
    with own_precision(_BITS):
        parts = [_mass(leg, side * cut, Fraction(moment)) for leg in legs]
        logs = [x + math.log(c) for x, c in zip(parts, (costs.p, costs.q), strict=True) if c > 0]
        logs += [each.log_sum(*legs, side * cut) for each in costs.sums]
    return log_sum(logs)


def log_overlap(found: CountClass, side: int, cut: float, order: Fraction) -> float:
    """Log of a bound of Σ p^α q^{1−α} over v > side·cut."""
    legs = _legs(found.p, side, cut), _legs(found.q, side, cut)
    if not legs[0] or not legs[1]:
        return -math.inf
    if any(leg.between is None for leg in (*legs[0], *legs[1])) or side * cut < 1:
        return math.inf
    with own_precision(_BITS):
        if not 0 < order < 1:
            return _power(*legs, side * cut, order)
        masses = [_mass(leg, side * cut, Fraction(0)) for leg in legs]  # Hölder
    return float(order) * masses[0] + float(1 - order) * masses[1]


@dataclass(frozen=True)
class Leg:
    """A leaf that goes on beyond a cut: its log there, and its ratio."""

    log: float
    between: Between | None


def _legs(leaves: Sequence[Placed], side: int, cut: float) -> list[Leg]:
    place = np.array([cut])
    return [
        Leg(float(leaf.logs(place).value[0]), leaf.between(side))
        for leaf in leaves
        if _goes_on(leaf, side, cut)
    ]


def _goes_on(leaf: Placed, side: int, cut: float) -> bool:
    return leaf.ends[1] > cut if side > 0 else leaf.ends[0] < cut


def _mass(legs: Sequence[Leg], n: float, moment: Fraction) -> float:
    """Log Σ p |v|^moment."""
    return log_sum([leg.log + _sum(leg.between, n, moment) for leg in legs])


def _sum(between: Between | None, n: float, moment: Fraction) -> float:
    if between is None or between.start > n:
        return math.inf
    extra = [(moment, MOMENT)] if moment else []
    found = _float(fall([(Fraction(1), between.upper), *extra], n).log_sum(n))
    return found + float(moment) * math.log(n)


def _power(p: Sequence[Leg], q: Sequence[Leg], n: float, order: Fraction) -> float:
    """Log Σ p^α q^{1−α}, α > 1 or α < 0."""
    top, low = p, q
    if order < 0:
        order, top, low = 1 - order, q, p
    if not top:
        return -math.inf
    size = float(order) * log_sum([leg.log for leg in top])
    found = [size + float(1 - order) * leg.log + _falls(top, leg, order, n) for leg in low]
    return min(found, default=math.inf)


def _falls(top: Sequence[Leg], low: Leg, order: Fraction, n: float) -> float:
    """Log Σ Π max_i r_i^α r_j^{1−α}."""
    known = [
        leg.between for leg in (*top, low) if leg.between is not None and leg.between.start <= n
    ]
    if len(known) < len(top) + 1:
        return math.inf
    below = known[-1].lower
    if below is None:
        return math.inf
    falls = [fall([(order, each.upper), (1 - order, below)], n) for each in known[:-1]]
    return _float(slowest(falls).log_sum(n))


def _cross_entropy(p: Sequence[Leg], q: Leg, n: float) -> float:
    """Log Σ p (−log q), by the bound of −log q by a power; see the module."""
    if q.between is None or q.between.lower is None or q.between.start > n or n < 3:
        return math.inf
    steep = _float(steepest(q.between.lower, n))
    delta = Fraction(math.ceil(1e6 / math.log(n)), 10**6)
    size = max(-q.log, 0.0) + steep * n
    moment = _mass(p, n, 1 + delta) - float(1 + delta) * math.log(n)
    return math.inf if math.isinf(size) else (math.log(size) if size else -math.inf) + moment


def _float(ball: Ball) -> float:
    """A float above a ball, with what rounding of logs may take."""
    value = float(ball.upper()) if ball.is_finite() else math.inf
    return value + _SLACK * (1 + abs(value)) if math.isfinite(value) else value


def log_sum(logs: Sequence[float]) -> float:
    """An upper bound on log Σ e^x: what floats round is added."""
    top = max(logs, default=-math.inf)
    if math.isinf(top):
        return top
    return top + math.log(math.fsum(math.exp(x - top) for x in logs)) + 1e-12 * (1 + abs(top))
