"""Densities of SciPy, wrapped with its distribution and quantile functions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from divkit.distributions.base import Feature, Law1D
from divkit.distributions.callable.custom import as_features
from divkit.distributions.callable.law import CallableLaw1D, Curves, Sampler, on_numpy
from divkit.distributions.support import interval
from divkit.types import FloatArray

_ROUNDING = 2.0**-47  # of SciPy's own densities, in units of 1 + |log p|: 32 roundings
LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
"""Of the quantiles that show where a law has its features."""


class BrokenCurvesError(ValueError):
    """SciPy's distribution or quantile function raises an error of its own."""


@dataclass(frozen=True)
class ScipyCurves:
    """SciPy's distribution and quantile functions, without its warnings."""

    lower: Callable[[Any], Any]
    upper: Callable[[Any], Any]
    quantile: Callable[[Any], Any]

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x); where SciPy has none, 1 − P(X > x)."""
        return _or_complement(_quietly(self.lower, x), self.upper, x)

    def sf(self, x: Any) -> FloatArray:
        """P(X > x); where SciPy has none, 1 − P(X ≤ x)."""
        return _or_complement(_quietly(self.upper, x), self.lower, x)

    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        return _quietly(self.quantile, u)


def _or_complement(values: FloatArray, other: Callable[[Any], Any], x: Any) -> FloatArray:
    """Probabilities, NaN filled from the other tail; its lost digits show in `ipm.slip`."""
    missing = np.isnan(values)
    if not missing.any():
        return values
    return np.asarray(np.where(missing, 1 - _quietly(other, x), values))


def _quietly(function: Callable[[Any], Any], x: Any) -> FloatArray:
    points = np.asarray(x, dtype=np.float64)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return np.asarray(function(points), dtype=np.float64)
        except OverflowError:  # Boost raises it for one point among all
            each = [_or_nan(function, point) for point in points.reshape(-1)]
            return np.array(each).reshape(points.shape)
        except (ValueError, RuntimeError) as fault:
            raise BrokenCurvesError(
                f"SciPy's own functions fail for this law ({fault}); pass divkit.law(log_p, "
                "support=..., features=...), whose distribution function is an integral."
            ) from fault


def _or_nan(function: Callable[[Any], Any], point: float) -> float:
    try:
        return float(function(point))
    except OverflowError:
        return math.nan


def wrapped_line(
    label: str,
    ends: Any,
    logpdf: Callable[[Any], Any],
    curves: Curves | None,
    draw: Sampler | None,
    known: bool,
) -> Law1D:
    """`known` says that the density is SciPy's own, which is positive on all of its support."""
    domain = interval(*(float(end) for end in ends))
    density = on_numpy(lambda x: _quietly(logpdf, x))
    if curves is None:
        places = as_features(None, domain, 1, None)
        levels = CallableLaw1D(label, density, domain, places, overflows=True).ppf(LEVELS)
    else:
        levels = curves.ppf(LEVELS)
    return CallableLaw1D(
        label,
        density,
        domain,
        quantile_features(levels),
        (),
        draw,
        curves,
        overflows=True,
        underflows=known,
        known_blur=_ROUNDING if known else 0.0,
    )


def moment_features(obj: Any) -> tuple[Feature, ...]:
    """Return one feature: the mean and standard deviation that SciPy states of a frozen law.

    Raises
    ------
    BrokenCurvesError
        If they are no finite numbers.
    """
    mean, variance = _moments(obj)
    if not (math.isfinite(mean) and 0 < variance < math.inf):
        raise BrokenCurvesError(
            f"SciPy's quantiles of {obj.dist.name} fail, and its mean {mean!r} and variance "
            f"{variance!r} place it nowhere; pass divkit.law(log_p, support=..., features=...)."
        )
    return (Feature((mean,), (math.sqrt(variance),)),)


def _moments(obj: Any) -> tuple[float, float]:
    """SciPy's mean and variance, NaN where it fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            mean, variance = (float(moment) for moment in obj.stats("mv"))
        except (ValueError, RuntimeError, OverflowError, ZeroDivisionError):
            return math.nan, math.nan
    return mean, variance


def quantile_features(grid: FloatArray) -> tuple[Feature, ...]:
    """Return features at quantiles (k,): each with the width to its neighbours."""
    x = np.unique(grid[np.isfinite(grid)])
    if len(x) < 2:
        center = float(x[0]) if len(x) else 0.0
        return (Feature((center,), (max(abs(center), 1.0),)),)
    width = np.abs(np.gradient(x))
    return tuple(Feature((c,), (w,)) for c, w in zip(x.tolist(), width.tolist(), strict=True))
