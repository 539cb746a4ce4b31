r"""The pair copula of two columns of scores, by Akaike's criterion.

Every family, turned so that its τ has the sign of Kendall's τ of the rows, starts where its τ is
theirs (for Student's law on a grid of ν); the best few are climbed to their largest likelihood,
and the one of the largest log likelihood less parameters is taken, or none (independence) where
no family gains more than its parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from scipy import optimize, stats

from divkit.distributions.copulas.archimedean import ClaytonPair, FrankPair, GumbelPair, JoePair
from divkit.distributions.copulas.elliptical import NormalPair, StudentPair
from divkit.distributions.copulas.pair import FlippedPair, IndependentPair, PairCopula
from divkit.types import Tensor

_FREEDOMS = (2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 25.0)
_CLIMBED, _BEHIND, _LEAST = 3, 3.0, -1.0
"""Starts that are climbed from, at most, the nats by which they may be behind the best, and the
criterion below which a start is not climbed from."""
_NEAR, _EXACT = 0.7, 0.1
"""The way from the start in which a maximum is looked for first, and the error of its place in
units of 1/√n, which loses a hundredth of what a parameter costs."""
_EDGE = 0.02


@dataclass(frozen=True)
class PairFamily:
    """Pair copulas of one parameter on the line: s ↦ a copula of τ that rises with s.

    Attributes
    ----------
    make : of s.
    low, high : between which s is looked for.
    parameters : of the copula.
    """

    make: Callable[[float], PairCopula]
    low: float
    high: float
    parameters: int = 1

    def of_tau(self, tau: float) -> float:
        """Return the s of a τ, or the end next to it."""
        ends = (self.low, self.high)
        least, most = (self.make(s).tau for s in ends)
        if not least < tau < most:
            return self.low if tau <= least else self.high
        return float(
            optimize.brentq(lambda s: self.make(s).tau - tau, *ends, xtol=1e-3)  # a start
        )

    def climbed(self, start: float, a: Tensor, b: Tensor) -> tuple[float, PairCopula]:
        """Return the largest log likelihood at scores (n,) less parameters, and its copula."""

        def cost(s: float) -> float:
            return -likelihood(self.make(s), a, b)

        low, high = max(self.low, start - _NEAR), min(self.high, start + _NEAR)
        exact = _EXACT / math.sqrt(len(a))
        s = _least(cost, low, high, exact)
        if min(s - low, high - s) < _EDGE and (low, high) != (self.low, self.high):
            s = _least(cost, self.low, self.high, exact)
        pair = self.make(s)
        return likelihood(pair, a, b) - self.parameters, pair


def likelihood(pair: PairCopula, a: Tensor, b: Tensor) -> float:
    """Return the log likelihood of scores (n,), in nats; −inf where a density is no number."""
    total = float(pair.log_density(a, b).sum())
    return -math.inf if math.isnan(total) else total


def pair_of(a: Tensor, b: Tensor, tau: float) -> tuple[PairFamily | None, PairCopula]:
    """Return the copula of scores (n,) of the best criterion, with its family; None is none."""
    tried = [(family, family.of_tau(tau)) for family in _families(tau < 0)]
    tried += _students(a, b, tau)
    starts = [(likelihood(f.make(s), a, b) - f.parameters, k) for k, (f, s) in enumerate(tried)]
    best: tuple[float, PairFamily | None, PairCopula] = (0.0, None, IndependentPair())
    first = max(starts)[0]
    for begun, k in sorted(starts, reverse=True)[:_CLIMBED]:
        if begun < max(first - _BEHIND, _LEAST):
            break
        family, start = tried[k]
        value, pair = family.climbed(start, a, b)
        if value > best[0]:
            best = (value, family, pair)
    return best[1], best[2]


def refitted(family: PairFamily, pair: PairCopula, a: Tensor, b: Tensor) -> PairCopula:
    """Return the copula of a family at more rows, from the one of some."""
    return family.climbed(family.of_tau(pair.tau), a, b)[1]


def tau_of(a: Tensor, b: Tensor) -> float:
    """Return Kendall's τ of scores (n,)."""
    return float(stats.kendalltau(a.numpy(), b.numpy()).statistic)


def _least(cost: Callable[[float], float], low: float, high: float, exact: float) -> float:
    options = {"xatol": exact}
    return float(
        optimize.minimize_scalar(cost, bounds=(low, high), method="bounded", options=options).x
    )


def _students(a: Tensor, b: Tensor, tau: float) -> Iterable[tuple[PairFamily, float]]:
    """Student's copulas of the best degrees of freedom at the τ."""
    rho = math.sin(0.5 * math.pi * tau)
    start = math.atanh(min(max(rho, -0.99), 0.99))
    values = [likelihood(StudentPair(df, math.tanh(start)), a, b) for df in _FREEDOMS]
    df = _FREEDOMS[int(np.argmax(values))]
    yield PairFamily(partial(_student, df), -4.0, 4.0, parameters=2), start


@lru_cache
def _families(negative: bool) -> tuple[PairFamily, ...]:
    """Those of one parameter, turned for negative τ."""
    turns = ((True, False), (False, True)) if negative else ((False, False), (True, True))
    found = [PairFamily(_normal, -4.0, 4.0)]
    frank = partial(_turned, _frank, turns[0])
    found.append(_rising(frank, math.log(0.05), math.log(45.0), negative))
    for make in (_clayton, _gumbel, _joe):
        for turn in turns:
            part = partial(_turned, make, turn)
            found.append(_rising(part, math.log(0.01), math.log(25.0), negative))
    return tuple(found)


def _rising(
    make: Callable[[float], PairCopula], low: float, high: float, negative: bool
) -> PairFamily:
    """The family with s of the sign that lets τ rise."""
    if negative:
        return PairFamily(partial(_mirrored, make), -high, -low)
    return PairFamily(make, low, high)


def _mirrored(make: Callable[[float], PairCopula], s: float) -> PairCopula:
    return make(-s)


def _turned(make: Callable[[float], PairCopula], turn: tuple[bool, bool], s: float) -> PairCopula:
    return FlippedPair(make(s), *turn) if any(turn) else make(s)


def _normal(s: float) -> PairCopula:
    return NormalPair(math.tanh(s))


def _student(df: float, s: float) -> PairCopula:
    return StudentPair(df, math.tanh(s))


def _frank(s: float) -> PairCopula:
    return FrankPair(math.exp(s))


def _clayton(s: float) -> PairCopula:
    return ClaytonPair(math.exp(s))


def _gumbel(s: float) -> PairCopula:
    return GumbelPair(1 + math.exp(s))


def _joe(s: float) -> PairCopula:
    return JoePair(1 + math.exp(s))
