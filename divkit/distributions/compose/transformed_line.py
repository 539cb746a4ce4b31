r"""Images of laws on the line under monotone maps: log p_Y(y) = log p_X(x) − log |T'(x)|.

The image of a law on the line keeps everything the exact engine uses: quantiles, tails where the
algebra of tails can say them, features, kinks. Next to the image of an end, a kink or a mode x₀ of
the base, x − x₀ is computed from y − T(x₀) without cancellation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch

from divkit.distributions.base import Feature, Law, Law1D
from divkit.distributions.maps.features import pushed
from divkit.distributions.maps.space import Map, ScalarMap
from divkit.distributions.nominal import require_points
from divkit.distributions.quantile import invert
from divkit.distributions.support import Boxes, Support, edges, manifolds, span
from divkit.distributions.tails import Tail
from divkit.types import FloatArray, Tensor

_STEEPEST_LOG_SLOPE = 700.0


class Image(Law):
    """The base of laws of T(X): what an affine map does to moments."""

    is_image: ClassVar[bool] = True

    base: Law
    map: Map

    @property
    def support_is_known(self) -> bool:
        """As the base."""
        return self.base.support_is_known

    @cached_property
    def support(self) -> Support:
        """The image of the base's; unknown where it is no union of boxes."""
        return self.map.image(self.base.support)

    @property
    def nominal(self) -> frozenset[int]:
        """None: a map moves points, which names are not, and such a base is refused."""
        return frozenset()

    @property
    def blur(self) -> float:
        """As the base."""
        return self.base.blur

    @cached_property
    def mean(self) -> FloatArray | None:
        """Aμ + b for an affine map; otherwise not known."""
        parts = self.map.affine(self.dim)
        if parts is None or self.base.mean is None:
            return None
        return np.asarray(parts[0] @ self.base.mean + parts[1])

    @cached_property
    def covariance(self) -> FloatArray | None:
        """A C Aᵀ for an affine map; otherwise not known."""
        parts = self.map.affine(self.dim)
        if parts is None or self.base.covariance is None:
            return None
        return np.asarray(parts[0] @ self.base.covariance @ parts[0].T)

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor:
        return self.map.forward(self.base.sample(n, rng))


@dataclass(frozen=True)
class Transformed1D(Image, Law1D):
    """The law of T(X) on the line, T monotone; make one by `transformed`.

    Parameters
    ----------
    base : the law of X, a `Law1D`.
    map : T, a `ScalarMap`.

    Raises
    ------
    TypeError
        If base is no `Law1D`, or map no `ScalarMap`.
    ValueError
        If the map is not defined on all of the base's support, or collapses it in float64.

    Examples
    --------
    >>> from divkit.distributions import Normal, Tanh, transformed
    >>> transformed(Normal(0, 1), Tanh()).cdf(0.0)
    array(0.5)
    """

    base: Law1D
    map: ScalarMap

    def __post_init__(self) -> None:
        check_map(self.base, self.map)
        if not isinstance(self.base, Law1D) or not isinstance(self.map, ScalarMap):
            raise TypeError(
                f"Transformed1D needs a law on the line and a ScalarMap; got {self.base!r} and "
                f"{self.map!r}. Call transformed(base, map)."
            )
        self.map.image(self.base.support)

    @cached_property
    def _sources(self) -> dict[float, float]:
        """From images of the base's ends, kinks and modes back to them, exactly.

        Left out are points whose image is so flat that rounding it means more than a few roundings
        of the point itself: next to 1 the floats of a sigmoid's image are far apart.
        """
        support = self.base.support
        ends = edges(support) if isinstance(support, Boxes) else ()
        modes = (f.center[0] for f in self.base.features)
        narrowest = min(f.scale[0] for f in self.base.features)
        found = {}
        for x in (*modes, *self.base.kinks, *ends):
            slope = math.exp(min(self._log_slope(x), _STEEPEST_LOG_SLOPE))
            if abs(self.map.at(x)) <= 8 * max(abs(x), narrowest) * slope:
                found[self.map.at(x)] = x
        return found

    def _log_slope(self, x: float) -> float:
        return float(self.map.log_slope(torch.tensor(x, dtype=torch.float64)))

    def _source(self, anchor: float) -> float | None:
        """The preimage of an anchor, if steps from it can be traced back, else None."""
        start = torch.tensor(anchor, dtype=torch.float64)
        x0 = self._sources.get(anchor, float(self.map.preimage(start)))
        if not math.isfinite(x0):
            return None
        return x0 if abs(self._log_slope(x0)) < _STEEPEST_LOG_SLOPE else None

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        plain, x0 = self.map.preimage_from(anchor, offset), self._source(anchor)
        if x0 is None:
            return self._log_prob_from(0.0, plain)
        step = self.map.step_back(x0, offset)
        logs = self._log_prob_from(x0, step)
        nearer_zero = plain.abs() < step.abs()  # then x itself has more digits than x − x0
        if x0 == 0.0 or not bool(nearer_zero.any()):  # a step from 0 is x, with all its digits
            return logs
        return torch.where(nearer_zero, self._log_prob_from(0.0, plain), logs)

    def _log_prob_from(self, x0: float, step: Tensor) -> Tensor:
        """Log density at T(x0 + step); −inf where the step is NaN."""
        outside = step.isnan()
        step = torch.where(outside, torch.zeros_like(step), step)
        logs = minus_slope(self.base._log_prob_at(x0, step), self.map.log_slope(x0 + step))
        return torch.where(outside, torch.full_like(logs, -math.inf), logs)

    def _back(self, y: Any) -> FloatArray:
        """T⁻¹ elementwise, points beyond an end of the image sent to that end."""
        points = np.asarray(y, float)
        low, high = sorted((self.map.at(self.map.domain[0]), self.map.at(self.map.domain[1])))
        inside = torch.as_tensor(np.clip(points, low, high))
        return np.asarray(self.map.preimage(inside).numpy()).reshape(points.shape)

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ T⁻¹(y)), or P(X ≥ T⁻¹(y)) where T falls."""
        curve = self.base.cdf if self.map.increasing else self.base.sf
        return curve(self._back(x))

    def sf(self, x: Any) -> FloatArray:
        """P(X > T⁻¹(y)), or P(X < T⁻¹(y)) where T falls."""
        curve = self.base.sf if self.map.increasing else self.base.cdf
        return curve(self._back(x))

    def ppf(self, u: Any) -> FloatArray:
        """T of the base's quantile; where T falls, by inverting the distribution function."""
        levels = np.asarray(u, float)
        if self.map.increasing:
            return np.asarray(self.map.value(torch.as_tensor(self.base.ppf(levels))).numpy())
        low, high = _bracket(self.support)
        flat = levels.reshape(-1)
        ends = (np.full(flat.shape, low), np.full(flat.shape, high))
        return invert(self.cdf, self.sf, flat, *ends).reshape(levels.shape)

    @cached_property
    def tails(self) -> tuple[Tail | None, Tail | None]:
        """The base's, rewritten in the new variable; None where that cannot be said exactly."""
        support = self.base.support
        if not isinstance(support, Boxes):
            return (None, None)
        ends = _bracket(support)
        found = [
            None if tail is None else self.map.tail(tail, end)
            for tail, end in zip(self.base.tails, ends, strict=True)
        ]
        lower, upper = found if self.map.increasing else reversed(found)
        return (lower, upper)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Images of the base's, and for curved maps of points up to 6 scales away."""
        low, high = _bracket(self.base.support)
        return pushed(self.map, self.base.features, lambda center: low < center[0] < high)

    @cached_property
    def kinks(self) -> tuple[float, ...]:
        """Images of the base's, and of the map's own."""
        low, high = _bracket(self.base.support)
        own = (k for k in self.map.kinks() if low < k < high)
        return tuple(sorted({self.map.at(x) for x in (*self.base.kinks, *own)}))

    @cached_property
    def ridges(self) -> tuple[Feature, ...]:
        """Images of the base's."""
        found = []
        for ridge in self.base.ridges:
            slope = math.exp(min(self._log_slope(ridge.center[0]), _STEEPEST_LOG_SLOPE))
            center, scale = self.map.at(ridge.center[0]), slope * ridge.scale[0]
            if math.isfinite(center) and 0 < scale < math.inf:
                found.append(Feature((center,), (scale,)))
        return tuple(found)

    @cached_property
    def reach(self) -> tuple[float, float]:
        """The image of the base's."""
        low, high = sorted(self.map.at(x) for x in _within(self.base.reach, self.map.domain))
        return (low, high)

    @property
    def anchored(self) -> bool:
        """As the base."""
        return self.base.anchored

    def displacement(self, anchor: float) -> float:
        """The base's, stretched, and what an affine map leaves between anchor and T(preimage)."""
        parts, x0 = self.map.affine(1), self._source(anchor)
        if parts is None or x0 is None or not math.isfinite(anchor):
            return 0.0
        factor, shift = Fraction(float(parts[0][0, 0])), Fraction(float(parts[1][0]))
        missed = abs(factor * Fraction(x0) + shift - Fraction(anchor))
        return float(missed) + float(abs(factor)) * self.base.displacement(x0)

    @property
    def doubtful(self) -> bool:
        """As the base."""
        return self.base.doubtful

    def _doubt_at(self, anchor: float, offset: Tensor) -> Tensor:
        source = self.map.preimage_from(anchor, offset)
        known = torch.where(source.isnan(), torch.zeros_like(source), source)
        return self.base._doubt_at(0.0, known)


def check_map(base: object, map: object) -> None:
    """Raise unless `map` is a map that acts on the space of the law `base`."""
    if not isinstance(base, Law):
        raise TypeError(f"base must be a law; got {base!r}. Pass divkit.as_law(base).")
    require_points(base, f"{map!r} moves points")
    if not isinstance(map, Map):
        raise TypeError(f"map must be a Map, such as Affine or Exp; got {map!r}.")
    if map.dim not in (None, base.dim):
        raise ValueError(f"{map!r} acts on R^{map.dim}; the law lives in R^{base.dim}.")
    for each in manifolds(base.support):
        raise ValueError(
            f"base must have a density on R^{base.dim}: one {each.words} refers to a measure of "
            "its own, which no determinant carries along. Divergences do not change under a map "
            "of both laws: pass the laws as they are."
        )


def minus_slope(log_density: Tensor, log_slope: Tensor) -> Tensor:
    """Their difference, −inf wherever the density is 0."""
    absent = log_density == -math.inf
    slope = torch.where(absent, torch.zeros_like(log_slope), log_slope)
    return torch.where(absent, log_density, log_density - slope)


def _bracket(support: Support) -> tuple[float, float]:
    """The ends of a support on the line; ±inf where it is not known."""
    return span(support) if isinstance(support, Boxes) else (-math.inf, math.inf)


def _within(ends: tuple[float, float], domain: tuple[float, float]) -> tuple[float, float]:
    return (max(ends[0], domain[0]), min(ends[1], domain[1]))
