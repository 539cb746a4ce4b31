"""Counts on another lattice: shift + factor·K for a law of counts K, shift and factor exact."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch

from divkit.distributions.base import Feature, Law
from divkit.distributions.counts.law import MOST_LISTED, CountLaw
from divkit.distributions.progressions import Progression
from divkit.distributions.support import Atoms, Lattice
from divkit.types import FloatArray, Tensor

_SLIP = 4 * 2.0**-53


@dataclass(frozen=True)
class CountImage(Law):
    """The law of shift + factor·K; `transformed(law, Affine(shift, factor))` makes one.

    Parameters
    ----------
    base : the law of K.
    shift, factor : rationals, as all floats are; factor is not 0.

    Raises
    ------
    TypeError
        If base is no law of counts.
    ValueError
        If factor is 0.

    Examples
    --------
    >>> from divkit.distributions import Affine, Poisson, transformed
    >>> law = transformed(Poisson(3.0), Affine(1.0, 2.0))
    >>> law.log_prob([1.0, 2.0, 3.0])
    array([-3.        ,        -inf, -1.90138771])
    """

    is_image: ClassVar[bool] = True

    base: CountLaw
    shift: Fraction
    factor: Fraction

    def __post_init__(self) -> None:
        if not isinstance(self.base, CountLaw):
            raise TypeError(f"base must be a law of counts; got {self.base!r}.")
        object.__setattr__(self, "shift", Fraction(self.shift))
        object.__setattr__(self, "factor", Fraction(self.factor))
        if self.factor == 0:
            raise ValueError("factor must not be 0; the image would be a point.")

    def __repr__(self) -> str:
        return f"CountImage({self.base!r}, {float(self.shift)!r} + {float(self.factor)!r}·k)"

    @property
    def dim(self) -> int:
        """Always 1."""
        return 1

    @cached_property
    def support(self) -> Atoms | Lattice:
        """The points, each the float next to it where they are at most 1024."""
        low, high = self.base.ends
        if high - low < MOST_LISTED:
            counts = range(int(low), int(high) + 1)
            points = [float(self.shift + self.factor * k) for k in counts]
            return Atoms(tuple((x,) for x in sorted(points)))
        ends = (low, high) if self.factor > 0 else (-high, -low)
        return Lattice((Progression(self.shift, abs(self.factor), *ends),))

    @property
    def features(self) -> tuple[Feature, ...]:
        """The image of the base's."""
        place, scale = self.base.center
        center = float(self.shift) + float(self.factor) * place
        return (Feature((center,), (abs(float(self.factor)) * scale,)),)

    def _log_prob(self, x: Tensor) -> Tensor:
        points = x[:, 0].detach().cpu().double().numpy()
        shift, factor = float(self.shift), float(self.factor)
        with np.errstate(all="ignore"):
            counts = np.rint((points - shift) / factor)
            missed = np.abs(points - (shift + factor * counts))
        near = missed <= _SLIP * (abs(shift) + np.abs(factor * counts))
        held = near & (missed < 0.25 * abs(factor)) & np.isfinite(counts)
        logs = self.base.log_pmf(np.where(held, counts, self.base.center[0])).value
        return torch.from_numpy(np.where(held, logs, -math.inf)).to(x)

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor:
        return float(self.shift) + float(self.factor) * self.base.sample(n, rng)

    def _back(self, x: Any) -> FloatArray:
        return np.asarray(
            (np.asarray(x, dtype=np.float64) - float(self.shift)) / float(self.factor)
        )

    def cdf(self, x: Any) -> FloatArray:
        """P(shift + factor·K ≤ x)."""
        back = self._back(x)
        return self.base.cdf(back) if self.factor > 0 else self.base.sf(np.ceil(back) - 1)

    def sf(self, x: Any) -> FloatArray:
        """P(shift + factor·K > x)."""
        back = self._back(x)
        return self.base.sf(back) if self.factor > 0 else self.base.cdf(np.ceil(back) - 1)

    def ppf(self, u: Any) -> FloatArray:
        """The least point with P(· ≤ x) ≥ u."""
        levels = np.asarray(u, dtype=np.float64)
        own = self.base.ppf(levels if self.factor > 0 else 1 - levels)
        return float(self.shift) + float(self.factor) * own

    @property
    def mean(self) -> FloatArray | None:
        """shift + factor · the base's."""
        base = self.base.mean
        return None if base is None else float(self.shift) + float(self.factor) * base

    @property
    def covariance(self) -> FloatArray | None:
        """factor² · the base's."""
        base = self.base.covariance
        return None if base is None else float(self.factor) ** 2 * base


def count_image(base: CountLaw | CountImage, shift: Fraction, factor: Fraction) -> Law:
    """Return the law of shift + factor·X; the base itself where that is X."""
    if isinstance(base, CountImage):
        shift, factor = shift + factor * base.shift, factor * base.factor
        base = base.base
    return base if shift == 0 and factor == 1 else CountImage(base, shift, factor)
