"""Polynomials as curves: z² of a normal z is χ²₁."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import polynomial as poly

from divkit.generators.folds.intervals import Interval
from divkit.types import FloatArray


@dataclass(frozen=True)
class PolynomialCurve:
    """G(z) = Σ c_k z^k.

    Parameters
    ----------
    coefficients : c_0, c_1, …; finite, and not all of c_1, … zero.

    Raises
    ------
    ValueError
        If a coefficient is not finite, or G is constant.
    """

    coefficients: tuple[float, ...]

    def __post_init__(self) -> None:
        given = tuple(float(c) for c in self.coefficients)
        if not all(map(math.isfinite, given)):
            raise ValueError(f"coefficients must be finite; got {given}.")
        kept = tuple(np.trim_zeros(given, "b"))
        if len(kept) < 2:
            raise ValueError(f"the polynomial {given} is constant: its law is one atom.")
        object.__setattr__(self, "coefficients", kept)

    def _derivative(self, order: int) -> FloatArray:
        return np.asarray(poly.polyder(self.coefficients, order))

    def jet(self, z: FloatArray, order: int) -> tuple[FloatArray, ...]:
        """By Horner's rule."""
        with np.errstate(over="ignore", invalid="ignore"):
            parts = [poly.polyval(z, self._derivative(k)) for k in range(order + 1)]
        return tuple(np.asarray(part) for part in parts)

    def change(self, start: float, step: FloatArray) -> FloatArray:
        """Σ_{k ≥ 1} G^{(k)}(start) step^k / k!."""
        orders = range(1, len(self.coefficients))
        taylor = [
            float(poly.polyval(start, self._derivative(k))) / math.factorial(k) for k in orders
        ]
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(poly.polyval(step, [0.0, *taylor]))

    def bounds(self, low: FloatArray, high: FloatArray) -> tuple[Interval, Interval]:
        """Horner's rule in intervals."""
        z = Interval(low, high)
        return self._enclosed(1, z), self._enclosed(2, z)

    def _enclosed(self, order: int, z: Interval) -> Interval:
        out = Interval(np.zeros_like(z.low), np.zeros_like(z.low))
        for c in self._derivative(order)[::-1]:
            out = out * z + Interval(np.full_like(z.low, c), np.full_like(z.low, c))
        return out

    def limit(self, side: int) -> float:
        """±inf, by the leading term."""
        degree = len(self.coefficients) - 1
        return math.copysign(math.inf, self.coefficients[-1] * side**degree)

    def extent(self) -> float:
        """Cauchy's bound on the roots of G′."""
        slope = np.abs(self._derivative(1))
        return float(1 + (slope[:-1] / slope[-1]).max(initial=0.0))
