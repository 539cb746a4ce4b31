r"""Ratios of gamma functions along the integers, whose logs keep their relative accuracy.

With y = x + d and Stirling's log Γ(x) = (x − ½) log x − x + ½ log 2π + δ(x),

    log Γ(y) − log Γ(x) = d log x + x φ(d/x) − ½ log(1 + d/x) + δ(y) − δ(x),
    φ(v) = (1 + v) log(1 + v) − v ≥ 0,

the deviance of Loader ("Fast and accurate computation of binomial probabilities", 2000): at the
mode the terms d log x cancel exactly, in balls, before anything is rounded, and what is left is of
the size of −log p. Where one gamma function stands over another, x and x + a with a ≪ x,

    log Γ(x + a)/Γ(x) = a log x + B(x),   B(x) = (x + a − ½) log(1 + a/x) − a + δ(x + a) − δ(x),

which has no part that grows with d.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from divkit.distributions.finite.log_weights import UNIT
from divkit.types import FloatArray

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
_TERMS = 19
_SMALL_STEP = 8


@dataclass(frozen=True, eq=False)
class Sized:
    """Values and bounds of their errors, of one shape."""

    value: FloatArray
    error: FloatArray

    def __add__(self, other: Sized) -> Sized:
        total = self.value + other.value
        return Sized(total, self.error + other.error + UNIT * np.abs(total))

    def times(self, factor: float, slip: float = 2.0**-52) -> Sized:
        """The product with a number that is known within slip·|factor|."""
        value = factor * self.value
        return Sized(value, abs(factor) * self.error + (slip + UNIT) * np.abs(value))


def stirling(x: FloatArray) -> FloatArray:
    """δ(x) for x ≥ 32; its relative error is below 2u."""
    inverse = 1 / x
    square = inverse * inverse
    total = np.zeros_like(x)
    for coefficient in reversed(_STIRLING):
        total = total * square + coefficient
    return total * inverse


def deviance(y: FloatArray, x: float, d: FloatArray) -> FloatArray:
    """x φ(d/x), y = x + d ≥ 0 known to a rounding: its relative error is below 24u."""
    v = d / x
    near = (v > -0.5) & (v < 1)
    r = np.where(near, d, 0.0) / (2 * x + np.where(near, d, 0.0))
    square, series = r * r, np.zeros_like(r)
    for k in range(_TERMS, 0, -1):
        series = series * square + 1 / (2 * k + 1)
    close = 2 * square / (1 - r) * (1 + (1 + r) * r * series) * x
    far = y * np.log(np.where(near, x, y) / x) - d
    return np.where(near, close, far)


def anchored(y: FloatArray, x: float, d: FloatArray) -> Sized:
    """log Γ(y) − log Γ(x) − d log x, y = x + d."""
    half = 0.5 * np.log1p(np.where(d > -0.5 * x, d, 0.0) / x)
    half = np.where(d > -0.5 * x, half, 0.5 * np.log(y / x))
    main, end = deviance(y, x, d), stirling(np.array([x]))[0]
    value = main - half + (stirling(y) - end)
    return Sized(value, UNIT * (26 * np.abs(main) + 6 * np.abs(half) + 2 + np.abs(value)))


def paired(y: FloatArray, x: float, d: FloatArray, a: float) -> Sized:
    """log of Γ(y + a)/Γ(y) · Γ(x)/Γ(x + a), y = x + d, a > 0."""
    if a == int(a) and a <= _SMALL_STEP:
        parts = [_log_quotient(y + i, x + i, d) for i in range(int(a))]
        value = np.sum(parts, axis=0)
        return Sized(value, UNIT * (4 + 6 * np.sum(np.abs(parts), axis=0)))
    grown = a * _log_quotient(y, x, d)
    rest, end = _bend(y, a), _bend(np.array([x]), a)
    value = grown + (rest.value - end.value)
    error = UNIT * (6 * np.abs(grown) + np.abs(value)) + rest.error + end.error
    return Sized(value, error)


def _log_quotient(y: FloatArray, x: float, d: FloatArray) -> FloatArray:
    """log(y/x)."""
    near = d > -0.5 * x
    close = np.log1p(np.where(near, d, 0.0) / x)
    return np.where(near, close, np.log(np.where(near, x, y) / x))


def _bend(x: FloatArray, a: float) -> Sized:
    """B(x)."""
    grown, gap = (x + a - 0.5) * np.log1p(a / x), stirling(x + a) - stirling(x)
    value = grown - a + gap
    return Sized(value, UNIT * (8 * np.abs(grown) + 2 * a + 2))
