r"""Tails under a change of the variable.

With y = T(x) monotone, p_Y(y) = p_X(x)/T'(x). Near an end let u be the old variable (|x|, or
1/|x − end|) and v the new one. Every growth g(u) is rewritten as a sum of growths in v, up to
O(1), and log T' adds its own. Where that leaves the algebra of `divkit.distributions.tails` (a
log log v, an irrational coefficient), the answer is None: not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import comb
from typing import Literal, TypeAlias

from divkit.distributions.exponents import Coefficient, ExpSum, exp_of
from divkit.distributions.tails import (
    FACTORIAL,
    LOG,
    LOG_SQUARED,
    Growth,
    Tail,
    exponential,
    make,
    power,
)

Expansion: TypeAlias = Mapping[Growth, Coefficient]
Substitution: TypeAlias = Callable[[Growth], Expansion | None]
End: TypeAlias = Literal["infinity", "endpoint"]

ONE = Fraction(1)


def change(tail: Tail, substitution: Substitution, log_slope: Expansion, at: End) -> Tail | None:
    """Return the tail of T(X): each growth rewritten, log T' (in the new variable) added."""
    total: dict[Growth, Coefficient] = dict(log_slope)
    for growth, coefficient in tail.terms:
        expansion = None if growth == FACTORIAL else substitution(growth)
        if expansion is None:
            return None
        for new, factor in expansion.items():
            total[new] = _times(coefficient, factor) + total.get(new, Fraction(0))
    return make(total, at)


def only_logarithm(growth: Growth) -> Expansion | None:
    """Substitute u = c·v + O(1) with a c that is not rational: only log u has a known image."""
    return {LOG: ONE} if growth == LOG else None


def scaled_and_shifted(factor: Fraction, shift: Fraction) -> Substitution:
    """Substitute u = (v − shift)/factor, factor > 0, at infinity."""

    def substitute(growth: Growth) -> Expansion | None:
        rank, exponent = growth[:2]
        if rank == 2 and _rational(factor, exponent):
            return _binomial(exponent, -shift, _root_power(1 / factor, exponent))
        if rank == 3:
            return {exponential(exponent / factor): exp_of(-exponent * shift / factor)}
        return {growth: ONE} if growth == LOG or factor == 1 else None

    return substitute


def scaled(factor: Fraction) -> Substitution:
    """Substitute u = factor·v, factor > 0, at an end point."""

    def substitute(growth: Growth) -> Expansion | None:
        rank, exponent = growth[:2]
        if rank == 2 and _rational(factor, exponent):
            return {growth: _root_power(factor, exponent)}
        if rank == 3:
            return {exponential(exponent * factor): ONE}
        return {growth: ONE} if growth == LOG or factor == 1 else None

    return substitute


def nearly_scaled_and_shifted(factor: Fraction, shift: Fraction) -> Substitution:
    """As `scaled_and_shifted`, irrational coefficients rounded: leading growths stay right."""
    exact = scaled_and_shifted(factor, shift)

    def substitute(growth: Growth) -> Expansion | None:
        rank, exponent = growth[:2]
        if rank == 2 and not _rational(factor, exponent):
            return _binomial(exponent, -shift, Fraction(float(factor) ** -float(exponent)))
        return exact(growth)

    return substitute


def nearly_scaled(factor: Fraction) -> Substitution:
    """As `scaled`, irrational coefficients rounded."""
    exact = scaled(factor)

    def substitute(growth: Growth) -> Expansion | None:
        rank, exponent = growth[:2]
        if rank == 2 and not _rational(factor, exponent):
            return {growth: Fraction(float(factor) ** float(exponent))}
        return exact(growth)

    return substitute


def logarithm(growth: Growth) -> Expansion | None:
    """Substitute u = log v: the new variable is e^u."""
    rank, exponent = growth[:2]
    if growth == power(1):
        return {LOG: ONE}
    if growth == power(2):
        return {LOG_SQUARED: ONE}
    return {power(exponent): ONE} if rank == 3 else None


def exponential_of(growth: Growth) -> Expansion | None:
    """Substitute u = e^v: the new variable is log u."""
    rank, exponent = growth[:2]
    if growth == LOG:
        return {power(1): ONE}
    if growth == LOG_SQUARED:
        return {power(2): ONE}
    return {exponential(exponent): ONE} if rank == 2 else None


def logistic(growth: Growth) -> Expansion | None:
    """Substitute u = log(v − 1): the new variable is 1 + e^u."""
    rank, exponent = growth[:2]
    return _binomial(exponent, -ONE, ONE) if rank == 3 else logarithm(growth)


def hyperbolic(growth: Growth) -> Expansion | None:
    """Substitute u = ½ log(2v − 1): the new variable is (1 + e^{2u})/2."""
    rank, exponent = growth[:2]
    if growth == power(1):
        return {LOG: ONE / 2}
    half = exponent / 2
    if rank == 3 and half.denominator == 1:
        return _binomial(half, Fraction(-1, 2), Fraction(2) ** half.numerator)
    return None


def inverse_sinh(growth: Growth) -> Expansion | None:
    """Substitute u = arsinh v = log 2v + O(v⁻²)."""
    if growth == power(1):
        return {LOG: ONE}
    if growth in (exponential(1), exponential(2)):
        return {power(growth[1]): Fraction(2) ** growth[1].numerator}
    return None


def sinh(growth: Growth) -> Expansion | None:
    """Substitute u = sinh v."""
    rank, exponent = growth[:2]
    if growth == LOG:
        return {power(1): ONE}
    if rank == 2 and exponent.denominator == 1:
        k = exponent.numerator
        return {
            exponential(k - 2 * j): Fraction((-1) ** j * comb(k, j), 2**k)
            for j in range((k + 1) // 2)
        }
    return None


def root(k: int) -> Substitution:
    """Substitute u = v^{1/k}."""

    def substitute(growth: Growth) -> Expansion | None:
        rank, exponent = growth[:2]
        if rank == 3:
            return None
        if rank == 2:
            return {power(exponent / k): ONE}
        return {growth: Fraction(1, k if growth == LOG else k * k)}

    return substitute


def _times(coefficient: Coefficient, factor: Coefficient) -> Coefficient:
    """The product, where `factor` is rational or one exponential."""
    if isinstance(factor, Fraction):
        return coefficient * factor
    if not isinstance(factor, ExpSum) or not isinstance(coefficient, Fraction | ExpSum):
        raise TypeError(f"{coefficient!r} · {factor!r} is no coefficient of this algebra.")
    ((shift, scale),) = factor.terms
    if isinstance(coefficient, ExpSum):
        return ExpSum(tuple((a + shift, f) for a, f in coefficient.terms)) * scale
    return factor * coefficient


def _binomial(k: Fraction, shift: Fraction, scale: Fraction) -> Expansion:
    """scale·(v + shift)^k, its terms of positive power."""
    out: dict[Growth, Coefficient] = {}
    term, j = scale, 0
    while k - j > 0:
        if term != 0:
            out[power(k - j)] = term
        term, j = term * (k - j) * shift / (j + 1), j + 1
    return out


def _rational(factor: Fraction, exponent: Fraction) -> bool:
    return factor == 1 or exponent.denominator == 1


def _root_power(base: Fraction, exponent: Fraction) -> Fraction:
    return Fraction(base**exponent.numerator) if base != 1 else ONE
