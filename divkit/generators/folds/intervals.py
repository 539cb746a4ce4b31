r"""Arithmetic of intervals, many at once, rounded outwards.

Each operation widens its result by a few units in the last place of the largest number that enters
it (of the sum of magnitudes for a linear map), which covers its rounding.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from divkit.types import FloatArray

_ULP = sys.float_info.epsilon


@dataclass(frozen=True)
class Interval:
    """[low, high], elementwise."""

    low: FloatArray
    high: FloatArray

    @property
    def size(self) -> FloatArray:
        """The largest magnitude."""
        return np.maximum(np.abs(self.low), np.abs(self.high))

    @property
    def least(self) -> FloatArray:
        """The smallest magnitude, 0 where the interval holds 0."""
        inside = (self.low <= 0) & (self.high >= 0)
        return np.where(inside, 0.0, np.minimum(np.abs(self.low), np.abs(self.high)))

    @property
    def signed(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Whether 0 lies outside."""
        return np.asarray((self.low > 0) | (self.high < 0))

    def __add__(self, other: Interval) -> Interval:
        room = 2 * _ULP * (self.size + other.size)
        return Interval(self.low + other.low - room, self.high + other.high + room)

    def __mul__(self, other: Interval) -> Interval:
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        room = 2 * _ULP * self.size * other.size
        return Interval(np.minimum.reduce(corners) - room, np.maximum.reduce(corners) + room)

    def square(self) -> Interval:
        """The squares."""
        return Interval(self.least**2 * (1 - 2 * _ULP), self.size**2 * (1 + 2 * _ULP))

    def scaled(self, factor: float) -> Interval:
        """The product with one number."""
        ends = (factor * self.low, factor * self.high)
        return widened(np.minimum(*ends), np.maximum(*ends))

    def through(self, matrix: FloatArray, shift: FloatArray | float = 0.0) -> Interval:
        """The image (n, b) of boxes (n, a) under x ↦ matrix x + shift."""
        up, down = np.maximum(matrix, 0.0).T, np.minimum(matrix, 0.0).T
        room = (len(matrix.T) + 3) * _ULP * (self.size @ np.abs(matrix).T + np.abs(shift))
        low = self.low @ up + self.high @ down + shift
        high = self.high @ up + self.low @ down + shift
        return Interval(low - room, high + room)


def widened(low: FloatArray, high: FloatArray, ulps: int = 2) -> Interval:
    """[low, high] and a few units in the last place of either end."""
    return Interval(low - ulps * _ULP * np.abs(low), high + ulps * _ULP * np.abs(high))
