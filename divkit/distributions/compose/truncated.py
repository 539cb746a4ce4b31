r"""A law on the line given that it lies in an interval: log p − log P(low ≤ X ≤ high) there.

The mass is formed from whichever tail is smaller, so that a cut far out keeps its digits; what a
narrow cut loses, as a difference of two nearly equal probabilities, is the law's blur.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Feature, Law1D, bound
from divkit.distributions.families.numerics import floats, off_support
from divkit.distributions.given import given_law
from divkit.distributions.quantile import invert
from divkit.distributions.support import Boxes, interval, span
from divkit.distributions.tails import Tail, make
from divkit.types import FloatArray, Tensor

_EPS = sys.float_info.epsilon
_MOST_BLUR = 1e-6


@dataclass(frozen=True)
class Truncated(Law1D):
    """The law of X given low ≤ X ≤ high; make one by `truncated`.

    Parameters
    ----------
    base : the law of X, a `Law1D` on one interval.
    low, high : the cuts; an infinite one cuts nothing.

    Raises
    ------
    TypeError
        If base is no law on the line with one interval as its support.
    ValueError
        If low ≥ high, the base has no mass between them, or its distribution function cannot tell
        how much.

    Examples
    --------
    >>> from divkit.distributions.families.normal import Normal
    >>> round(float(Truncated(Normal(0, 1), 0.0, math.inf).log_prob(0.0)[0]), 12)
    -0.225791352645
    """

    base: Law1D
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        support = self.base.support if isinstance(self.base, Law1D) else None
        if not isinstance(support, Boxes) or len(support.boxes) != 1:
            raise TypeError(f"base must be a law on one interval of the line; got {self.base!r}.")
        object.__setattr__(self, "low", bound("low", self.low))
        object.__setattr__(self, "high", bound("high", self.high))
        if not self.low < self.high:
            raise ValueError(f"low must be below high; got {self.low!r} and {self.high!r}.")
        if not self._mass > 0:
            raise ValueError(
                f"{self.base!r} has no mass from {self.low!r} to {self.high!r}, or too little for "
                f"a float."
            )
        if self.blur > _MOST_BLUR:
            raise ValueError(
                f"from {self.low!r} to {self.high!r} the distribution function of {self.base!r} "
                f"does not tell the mass to 6 digits. Take wider cuts."
            )

    @property
    def support_is_known(self) -> bool:
        """As the base."""
        return self.base.support_is_known

    @property
    def support(self) -> Boxes:
        """The base's, cut."""
        return interval(*self._ends)

    @cached_property
    def _ends(self) -> tuple[float, float]:
        low, high = span(self.base.support)  # type: ignore[arg-type]  # checked when it is made
        return max(low, self.low), min(high, self.high)

    @cached_property
    def _below(self) -> tuple[float, float]:
        return float(self.base.cdf(self.low)), float(self.base.cdf(self.high))

    @cached_property
    def _above(self) -> tuple[float, float]:
        return float(self.base.sf(self.low)), float(self.base.sf(self.high))

    @property
    def _by_upper_tail(self) -> bool:
        return self._above[0] < self._below[1]

    @cached_property
    def _mass(self) -> float:
        if self._by_upper_tail:
            return self._above[0] - self._above[1]
        return self._below[1] - self._below[0]

    @cached_property
    def blur(self) -> float:
        """The base's, and the rounding of the mass and of a log density as small as its log."""
        parts = self._above if self._by_upper_tail else self._below
        lost = 8 * (parts[0] + parts[1]) / self._mass + 4 * abs(math.log(self._mass))
        return self.base.blur + _EPS * lost

    @property
    def anchored(self) -> bool:
        """As the base."""
        return self.base.anchored

    def displacement(self, anchor: float) -> float:
        """As the base."""
        return self.base.displacement(anchor)

    @property
    def doubtful(self) -> bool:
        """As the base."""
        return self.base.doubtful

    def _doubt_at(self, anchor: float, offset: Tensor) -> Tensor:
        return self.base._doubt_at(anchor, offset)

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        inside = ((anchor - self.low) + offset >= 0) & ((anchor - self.high) + offset <= 0)
        logs = self.base._log_prob_at(anchor, offset) - math.log(self._mass)
        return off_support(inside, logs)

    def cdf(self, x: Any) -> FloatArray:
        """(F(x) − F(low)) over the mass."""
        point = np.clip(floats(x), self.low, self.high)
        if self._by_upper_tail:
            return floats((self._above[0] - self.base.sf(point)) / self._mass)
        return floats((self.base.cdf(point) - self._below[0]) / self._mass)

    def sf(self, x: Any) -> FloatArray:
        """(F(high) − F(x)) over the mass."""
        point = np.clip(floats(x), self.low, self.high)
        if self._by_upper_tail:
            return floats((self.base.sf(point) - self._above[1]) / self._mass)
        return floats((self._below[1] - self.base.cdf(point)) / self._mass)

    def ppf(self, u: Any) -> FloatArray:
        """The quantile function, by inverting the distribution function."""
        level = floats(u)
        low, high = self._ends
        flat = level.reshape(-1)
        ends = np.full(flat.shape, low), np.full(flat.shape, high)
        return invert(self.cdf, self.sf, flat, *ends).reshape(level.shape)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The base's within the cuts; at a cut the length over which the density falls."""
        low, high = self._ends
        width = high - low
        kept = [
            Feature(f.center, (min(f.scale[0], width),))
            for f in self.base.features
            if low <= f.center[0] <= high
        ]
        cuts = [end for end in (low, high) if math.isfinite(end)]
        return (*kept, *(Feature((end,), (self._length(end, width),)) for end in cuts))

    def _length(self, end: float, width: float) -> float:
        """1/|d log p/dx| next to an end, no more than the base's narrowest scale or the width."""
        narrowest = min(min(f.scale[0] for f in self.base.features), width)
        inward = 1.0 if end == self._ends[0] else -1.0
        steps = inward * narrowest * torch.tensor([1e-4, 2e-4], dtype=torch.float64)
        first, second = self.base._log_prob_at(end, steps).tolist()
        slope = abs(second - first) / (1e-4 * narrowest)
        return min(narrowest, 1 / slope) if math.isfinite(slope) and slope > 0 else narrowest

    @property
    def kinks(self) -> tuple[float, ...]:
        """The base's within the cuts."""
        low, high = self._ends
        return tuple(k for k in self.base.kinks if low < k < high)

    @property
    def ridges(self) -> tuple[Feature, ...]:
        """The base's within the cuts."""
        low, high = self._ends
        return tuple(r for r in self.base.ridges if low < r.center[0] < high)

    @property
    def reach(self) -> tuple[float, float]:
        """The base's within the cuts; all of the support where the base's lies outside."""
        (low, high), (least, most) = self._ends, self.base.reach
        found = max(low, least), min(high, most)
        return found if found[0] < found[1] else (low, high)

    @cached_property
    def tails(self) -> tuple[Tail | None, Tail | None]:
        """The base's at its own ends; bounded at a cut."""
        own, cut = span(self.base.support), self._ends  # type: ignore[arg-type]
        bounded = make({}, "endpoint")
        lower, upper = (
            tail if here == end else bounded
            for tail, here, end in zip(self.base.tails, own, cut, strict=True)
        )
        return (lower, upper)


def truncated(base: Any, low: float = -math.inf, high: float = math.inf) -> Law1D:
    """Return the law of X given low ≤ X ≤ high; the base itself where nothing is cut.

    The base may be whatever `divkit.as_law` reads.

    Returns
    -------
    Law1D
        A law with density, distribution function and draws, exactly normalised.

    Raises
    ------
    TypeError
        If the base is no law on one interval of the line, or an end no real number.
    ValueError
        If low is not below high, or the base has next to no mass between them.

    See Also
    --------
    divkit.transformed : under a map.
    divkit.mixture : of several.

    Examples
    --------
    >>> from divkit.distributions.families.bounded import Uniform
    >>> truncated(Uniform(0, 1), -1.0, 2.0)
    Uniform(low=0.0, high=1.0)
    """
    base = given_law(base, "base must be a law on one interval of the line; got")
    if isinstance(base, Truncated):
        return truncated(base.base, max(base.low, low), min(base.high, high))
    law = Truncated(base, low, high)
    return base if law.support == base.support else law
