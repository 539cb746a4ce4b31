r"""Exact sums Σ f_k e^{a_k} with rational f_k and a_k: coefficients of doubly exponential tails.

A Gumbel law falls like exp(−e^{loc/scale} e^{u/scale}), and e^{loc/scale} is not rational. Two of
them may nearly cancel, and loc/scale may be 1e7, so neither floats nor Python integers will do.
By the Lindemann–Weierstrass theorem such a sum with distinct exponents is zero only if every
coefficient is; otherwise its sign shows at some finite precision of ball arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import flint

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.logarithms import LogSum, ball_of


@dataclass(frozen=True)
class ExpSum:
    """Σ f e^a over the pairs (a, f): distinct exponents, largest first, no zero coefficient."""

    terms: tuple[tuple[Fraction, Fraction], ...]

    def __add__(self, other: Coefficient | int) -> Coefficient:
        return _collect((*self.terms, *_terms(other)))

    __radd__ = __add__

    def __mul__(self, factor: Fraction | int) -> Coefficient:
        return _collect((a, f * factor) for a, f in self.terms)

    __rmul__ = __mul__

    def sign(self) -> int:
        """−1 or 1; a zero sum is the Fraction 0, never an ExpSum."""
        if len({f > 0 for _, f in self.terms}) == 1:
            return 1 if self.terms[0][1] > 0 else -1
        prec = 64
        while True:
            ball = self._ball(prec)
            if ball > 0 or ball < 0:
                return 1 if ball > 0 else -1
            prec *= 2

    def _ball(self, prec: int) -> flint.arb:
        top = self.terms[0][0]
        with own_precision(prec):
            return sum((ball_of(f) * ball_of(a - top).exp() for a, f in self.terms), flint.arb(0))


Coefficient: TypeAlias = Fraction | ExpSum | LogSum


def exp_of(exponent: Fraction) -> Coefficient:
    """Return e^exponent, exactly."""
    return _collect(((exponent, Fraction(1)),))


def sign(value: Coefficient) -> int:
    """Return −1, 0 or 1."""
    if isinstance(value, ExpSum | LogSum):
        return value.sign()
    return (value > 0) - (value < 0)


def _terms(value: Coefficient | int) -> tuple[tuple[Fraction, Fraction], ...]:
    if isinstance(value, LogSum):
        raise TypeError(f"{value!r} is of a law of counts, and no sum of exponentials.")
    return value.terms if isinstance(value, ExpSum) else ((Fraction(0), Fraction(value)),)


def _collect(terms: Iterable[tuple[Fraction, Fraction]]) -> Coefficient:
    total: dict[Fraction, Fraction] = {}
    for exponent, coefficient in terms:
        total[exponent] = total.get(exponent, Fraction(0)) + coefficient
    kept = tuple(sorted(((a, f) for a, f in total.items() if f != 0), reverse=True))
    if not kept:
        return Fraction(0)
    if len(kept) == 1 and kept[0][0] == 0:
        return kept[0][1]
    return ExpSum(kept)
