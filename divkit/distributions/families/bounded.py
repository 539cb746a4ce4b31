r"""Laws on a bounded interval: uniform, beta.

The beta law is formed from x and 1 − x apart: with an anchor at 1 the offset is −(1 − x), to all
its digits. With A = a − 1 ≥ 1 and B = b − 1 ≥ 1 it is written around its mode m = A/(A+B),

    log p = log p(m) + A [log(x/m) − (x−m)/m] + B [log((1−x)/(1−m)) + (x−m)/(1−m)],

where the linear terms cancel because A/m = B/(1−m).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Feature, Law1D, finite, positive
from divkit.distributions.families.numerics import (
    UNDERFLOW,
    floats,
    log_beta,
    log_beta_peak,
    log_excess,
    off_support,
    split,
)
from divkit.distributions.support import Boxes, interval
from divkit.distributions.tails import LOG, Tail, make
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")


@dataclass(frozen=True)
class Uniform(Law1D):
    """The uniform law on [low, high]: log p = −log(high − low).

    Parameters
    ----------
    low, high : the ends, finite, low < high.

    Raises
    ------
    ValueError
        If an end is not finite, low ≥ high, or high − low overflows.

    See Also
    --------
    divkit.Beta : which it is at a = b = 1.
    divkit.DiscreteUniform : of whole numbers.

    Examples
    --------
    >>> float(Uniform(0, 1).log_prob(0.5)[0])
    0.0
    """

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", finite("low", self.low))
        object.__setattr__(self, "high", finite("high", self.high))
        if not self.low < self.high:
            raise ValueError(f"low must be below high; got {self.low!r} and {self.high!r}.")
        finite("high - low", self.high - self.low)

    @property
    def support(self) -> Boxes:
        """[low, high]."""
        return interval(self.low, self.high)

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        inside = ((anchor - self.low) + offset >= 0) & ((anchor - self.high) + offset <= 0)
        level = -math.log(self.high - self.low)
        return off_support(inside, 0.0 * torch.where(inside, offset, 0.0) + level)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.uniform(self.low, self.high, n)

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return floats(np.clip((floats(x) - self.low) / (self.high - self.low), 0.0, 1.0))

    def sf(self, x: Any) -> FloatArray:
        """P(X > x), to full relative accuracy."""
        return floats(np.clip((self.high - floats(x)) / (self.high - self.low), 0.0, 1.0))

    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        level = floats(u)
        return floats(self.low * (1.0 - level) + self.high * level)

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the middle, with half of the width."""
        half = 0.5 * (self.high - self.low)
        return (Feature((self.low + half,), (half,)),)

    @property
    def reach(self) -> tuple[float, float]:
        """(low, high)."""
        return (self.low, self.high)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Bounded at both ends."""
        return (make({}, "endpoint"), make({}, "endpoint"))

    @property
    def mean(self) -> FloatArray:
        """((low + high)/2,)."""
        return np.array([self.low + 0.5 * (self.high - self.low)])

    @property
    def covariance(self) -> FloatArray:
        """(((high − low)²/12,),)."""
        return np.array([[(self.high - self.low) ** 2 / 12]])


@dataclass(frozen=True)
class Beta(Law1D):
    """The beta law on [0, 1]: log p = (a−1) log x + (b−1) log(1−x) − log B(a, b).

    At an end the density is 0, finite or ∞, as its parameter is above, at or below 1.

    Parameters
    ----------
    a, b : positive; the mean is a/(a+b).

    Raises
    ------
    ValueError
        If a or b is not positive and finite.

    See Also
    --------
    divkit.Uniform : its case a = b = 1.
    divkit.Dirichlet : shares of more than two parts.

    Examples
    --------
    >>> round(float(Beta(2, 2).log_prob(0.5)[0]), 15)
    0.405465108108164
    """

    a: float
    b: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", positive("a", self.a))
        object.__setattr__(self, "b", positive("b", self.b))

    @property
    def support(self) -> Boxes:
        """[0, 1]."""
        return interval(0.0, 1.0)

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        x, y = anchor + offset, (1.0 - anchor) - offset
        inside = (x > 0) & (y > 0)
        safe_x, safe_y = torch.where(inside, x, 0.5), torch.where(inside, y, 0.5)
        if min(self.a, self.b) >= 2:
            value = self._around_mode(anchor, offset, safe_x, safe_y, inside)
        else:
            log_x, log_y = _log_pair(safe_x, safe_y)
            value = (self.a - 1) * log_x + (self.b - 1) * log_y - log_beta(self.a, self.b)
        at_low, at_high = (x.new_tensor(self._end(*pair)) for pair in self._pairs)
        at_end = torch.where(x == 0, at_low, torch.where(y == 0, at_high, -math.inf))
        return torch.where(inside, value, at_end)

    @property
    def _pairs(self) -> tuple[tuple[float, float], tuple[float, float]]:
        return (self.a, self.b), (self.b, self.a)

    @staticmethod
    def _end(here: float, there: float) -> float:
        """Log density at an end whose own parameter is `here`; it is `there` where here = 1."""
        return math.log(there) if here == 1 else math.copysign(math.inf, 1 - here)

    def _around_mode(
        self, anchor: float, offset: Tensor, x: Tensor, y: Tensor, inside: Tensor
    ) -> Tensor:
        up, down = Fraction(self.a) - 1, Fraction(self.b) - 1
        mode, rest = split(up / (up + down)), split(down / (up + down))
        if up <= down:
            rise = _beyond(anchor, offset, mode)
        else:
            rise = -_beyond(1.0 - anchor, -offset, rest)
        rise = torch.where(inside, rise, 0.5 - mode[0])
        fall = torch.where(inside, -rise, 0.5 - rest[0])
        kernel = (self.a - 1) * log_excess(x, rise, mode[0])
        return kernel + (self.b - 1) * log_excess(y, fall, rest[0]) + log_beta_peak(self.a, self.b)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.beta(self.a, self.b, n)

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return floats(special.betainc(self.a, self.b, np.clip(floats(x), 0.0, 1.0)))

    def sf(self, x: Any) -> FloatArray:
        """P(X > x)."""
        return floats(special.betaincc(self.a, self.b, np.clip(floats(x), 0.0, 1.0)))

    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        return floats(special.betaincinv(self.a, self.b, floats(u)))

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the mean, with the standard deviation."""
        return (Feature((float(self.mean[0]),), (math.sqrt(float(self.covariance[0, 0])),)),)

    @property
    def reach(self) -> tuple[float, float]:
        """Where the density exceeds e^{−750} of its peak (see `_half_width`), within [0, 1]."""
        up, down = self.a - 1, self.b - 1
        if up > 0 and down > 0:
            mode, half = up / (up + down), _half_width(up, down)
            return (max(mode - half, 0.0), min(mode + half, 1.0))
        low = max(1.0 - UNDERFLOW / up, 0.0) if up > 0 else 0.0
        return (low, min(UNDERFLOW / down, 1.0) if down > 0 else 1.0)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """(a−1) log(1/x) at 0, (b−1) log(1/(1−x)) at 1."""
        return (
            make({LOG: Fraction(self.a) - 1}, "endpoint"),
            make({LOG: Fraction(self.b) - 1}, "endpoint"),
        )

    @property
    def mean(self) -> FloatArray:
        """(a/(a+b),)."""
        return np.array([self.a / (self.a + self.b)])

    @property
    def covariance(self) -> FloatArray:
        """((ab/((a+b)²(a+b+1)),),)."""
        total = self.a + self.b
        return np.array([[(self.a / total) * (self.b / total) / (total + 1)]])


def _beyond(anchor: float, offset: Tensor, center: tuple[float, float]) -> Tensor:
    """anchor + offset − center, center = high + low below ½, by what is exact first."""
    high, low = center
    if anchor <= 0.5:
        return ((anchor - high) + offset) - low
    return ((anchor + offset) - high) - low


def _log_pair(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """log x and log y, y = 1 − x, each from whichever of the two is small."""
    low = x < 0.5
    small, large = torch.where(low, x, 0.5), torch.where(low, 0.5, y)
    log_x = torch.where(low, torch.log(small), torch.log1p(-large))
    log_y = torch.where(low, torch.log1p(-small), torch.log(large))
    return log_x, log_y


def _half_width(up: float, down: float) -> float:
    r"""The distance from the mode m at which x^A (1−x)^B has fallen by e^{−750}, at most.

    The fall is N KL(m‖x), N = A + B, and with e = |x − m| and ∂KL/∂v = (v−m)/(v(1−v)) it is at
    least N e²/(2(m(1−m) + e)), since v(1−v) ≤ m(1−m) + e between them. Solve for e.
    """
    total = up + down
    per = UNDERFLOW / total
    return per + math.sqrt(per * per + 2 * per * (up / total) * (down / total))
