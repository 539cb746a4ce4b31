r"""Variables t in which a density on the line is smooth up to the ends of a piece: x = x(t).

x = end ± scale·e^t next to an end of the support (poles and tails become exponentials), x = center
+ scale·sinh t on the whole line, x = start + t between two points where nothing happens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from divkit.types import FloatArray

_STRETCH = 700.0  # e^700 is a float


@dataclass(frozen=True)
class Straight:
    """x = start + t, between points where the density is bounded."""

    start: float

    @property
    def least(self) -> int:
        """The number of panels to begin with."""
        return 4

    def point(self, t: FloatArray) -> FloatArray:
        """x(t)."""
        return self.start + t

    def log_slope(self, t: FloatArray) -> FloatArray:
        """0."""
        return np.zeros_like(t)

    def inverse(self, x: FloatArray) -> FloatArray:
        """t(x)."""
        return x - self.start


@dataclass(frozen=True)
class SinhStretch:
    """x = center + scale sinh t."""

    center: float
    scale: float

    @property
    def least(self) -> int:
        """The number of panels to begin with."""
        return 64

    def point(self, t: FloatArray) -> FloatArray:
        """x(t)."""
        return self.center + self.scale * np.sinh(t)

    def log_slope(self, t: FloatArray) -> FloatArray:
        """log |dx/dt|."""
        return math.log(self.scale) + np.logaddexp(t, -t) - math.log(2)

    def inverse(self, x: FloatArray) -> FloatArray:
        """t(x), within the stretch."""
        with np.errstate(over="ignore"):
            t = np.arcsinh((x - self.center) / self.scale)
        return np.clip(t, -_most(self.scale), _most(self.scale))


@dataclass(frozen=True)
class ExpStretch:
    """x = end + side·scale·e^t, side = ±1; t runs with x."""

    end: float
    scale: float
    side: float

    @property
    def least(self) -> int:
        """The number of panels to begin with."""
        return 64

    def point(self, t: FloatArray) -> FloatArray:
        """x(t)."""
        return self.end + self.side * self.scale * np.exp(self.side * t)

    def log_slope(self, t: FloatArray) -> FloatArray:
        """log |dx/dt|."""
        return math.log(self.scale) + self.side * t

    def inverse(self, x: FloatArray) -> FloatArray:
        """t(x), within the stretch."""
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            t = self.side * np.log(np.maximum(self.side * (x - self.end), 0.0) / self.scale)
        nearest = 16 * math.ulp(self.end) / self.scale  # closer points are rounded to the end
        floor = max(math.log(nearest), -_STRETCH) if nearest > 0 else -_STRETCH
        most = _most(self.scale)
        return np.clip(t, floor, most) if self.side > 0 else np.clip(t, -most, -floor)


def _most(scale: float) -> float:
    """The largest t for which scale·e^t is a float."""
    return _STRETCH - max(math.log(scale), 0.0)


Stretch: TypeAlias = Straight | SinhStretch | ExpStretch
