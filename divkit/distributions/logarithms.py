r"""Exact sums c + Σ f_i log r_i: coefficients of the tails of laws of counts.

A Poisson law falls like k log k − (1 + log rate) k, and log rate is not rational; χ² of two
geometric laws converges iff 2 log a − log b < 0, which may be 0 exactly, as for a = ½, b = ¼. The
logs of rationals are zero only if the powers of a coprime base of all numerators and denominators
cancel, which is decided in integers; by Lindemann's theorem they are otherwise no rational number,
so that the sign shows at some precision of ball arithmetic. Log odds that were given as such bring
log(1 + e^x), of which nothing but their balls is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from flint import arb, fmpq

from divkit.distributions.ball_precision import own_precision
from divkit.types import Ball

_FIRST, _LAST = 64, 1 << 13


@dataclass(frozen=True)
class SoftPlus:
    """log(1 + e^x) as a base: the number 1 + e^x, x > 0."""

    x: Fraction

    def log(self) -> Ball:
        """log(1 + e^x)."""
        return (1 + ball_of(self.x).exp()).log()


Base: TypeAlias = Fraction | SoftPlus


@dataclass(frozen=True)
class LogSum:
    """constant + Σ f log r over the pairs (r, f) of terms; r > 0 and f ≠ 0."""

    constant: Fraction
    terms: tuple[tuple[Base, Fraction], ...]

    def __add__(self, other: LogSum | Fraction | int) -> LogSum | Fraction:
        if not isinstance(other, LogSum):
            return _collect(self.constant + other, self.terms)
        return _collect(self.constant + other.constant, (*self.terms, *other.terms))

    __radd__ = __add__

    def __mul__(self, factor: Fraction | int) -> LogSum | Fraction:
        return _collect(self.constant * factor, ((r, f * factor) for r, f in self.terms))

    __rmul__ = __mul__

    def __float__(self) -> float:
        with own_precision(_FIRST):
            return float(self.ball())

    def ball(self) -> Ball:
        """The sum in balls of the present precision."""
        logs = (
            (r.log() if isinstance(r, SoftPlus) else ball_of(r).log(), f) for r, f in self.terms
        )
        return sum((ball_of(f) * log for log, f in logs), ball_of(self.constant))

    def sign(self) -> int:
        """−1, 0 or 1.

        Raises
        ------
        ArithmeticError
            If 8192 bits do not tell a sum with log(1 + e^x) from 0.
        """
        if self._vanishes():
            return 0
        prec = _FIRST
        while prec <= _LAST:
            with own_precision(prec):
                ball = self.ball()
                if ball > 0 or ball < 0:
                    return 1 if ball > 0 else -1
            prec *= 2
        raise ArithmeticError(f"{_LAST} bits do not tell {self!r} from 0.")

    def _vanishes(self) -> bool:
        """Whether the logs of rationals cancel, and nothing else is there."""
        if any(isinstance(r, SoftPlus) for r, _ in self.terms) or self.constant != 0:
            return False
        powers = [(r, f) for r, f in self.terms if isinstance(r, Fraction)]
        numbers = [n for r, _ in powers for n in (r.numerator, r.denominator)]
        return all(
            sum(f * (_order(r.numerator, b) - _order(r.denominator, b)) for r, f in powers) == 0
            for b in coprime_base(numbers)
        )


def ball_of(value: Fraction | int) -> Ball:
    """The ball of a rational."""
    return arb(fmpq(value.numerator, value.denominator))


def log_of(value: Fraction) -> LogSum | Fraction:
    """Log of a positive rational, exactly."""
    return _collect(Fraction(0), ((value, Fraction(1)),))


def softplus_of(x: Fraction) -> LogSum | Fraction:
    """log(1 + e^x), exactly: x + log(1 + e^{−x}) for x < 0."""
    if x == 0:
        return log_of(Fraction(2))
    constant = Fraction(0) if x > 0 else x
    return _collect(constant, ((SoftPlus(abs(x)), Fraction(1)),))


def coprime_base(numbers: Iterable[int]) -> list[int]:
    """Pairwise coprime integers above 1 of which all the numbers are products of powers."""
    base: list[int] = []
    waiting = [n for n in numbers if n > 1]
    while waiting:
        n = waiting.pop()
        for k, b in enumerate(base):
            shared = math.gcd(n, b)
            if shared > 1:
                del base[k]
                waiting += [m for m in (n // shared, b // shared, shared) if m > 1]
                break
        else:
            base.append(n)
    return base


def _order(n: int, b: int) -> int:
    """The power of b in n."""
    count = 0
    while n % b == 0:
        n, count = n // b, count + 1
    return count


def _collect(constant: Fraction, terms: Iterable[tuple[Base, Fraction]]) -> LogSum | Fraction:
    total: dict[Base, Fraction] = {}
    for base, factor in terms:
        total[base] = total.get(base, Fraction(0)) + factor
    kept: Mapping[Base, Fraction] = {b: f for b, f in total.items() if f != 0 and b != 1}
    return LogSum(constant, tuple(kept.items())) if kept else constant
