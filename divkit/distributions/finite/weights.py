"""Probabilities that a user hands over: used as the floats they are, if they are probabilities."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from divkit.distributions.finite.sums import exact_sum
from divkit.distributions.held import numbers
from divkit.types import FloatArray

_TOLERANCE = 1e-12


def check_weights(weights: Iterable[float], *, name: str = "weights") -> tuple[float, ...]:
    """Return probabilities as floats; raise unless they are ≥ 0 and sum to 1 within 1e-12."""
    return tuple(check_shares(weights, name=name)[0].tolist())


def check_shares(weights: Iterable[float], *, name: str = "weights") -> tuple[FloatArray, float]:
    """Return probabilities as a new array, and their sum less 1; raise as `check_weights` does."""
    shares = _nonnegative(weights, name)
    excess = exact_sum(shares, -1.0)
    if abs(excess) > _TOLERANCE:
        raise ValueError(
            f"{name} must sum to 1 within {_TOLERANCE}; they sum to {1 + excess!r}. "
            f"Divide them by their sum, or pass normalize=True."
        )
    return shares, excess


def _nonnegative(weights: Iterable[float], name: str) -> FloatArray:
    shares = numbers(weights)
    if not len(shares):
        raise ValueError(f"{name} must not be empty.")
    if not (shares.min() >= 0 and shares.max() < math.inf):
        k = int(np.flatnonzero(~((shares >= 0) & (shares < math.inf)))[0])
        raise ValueError(f"{name} must be in [0, inf); got {float(shares[k])!r} at place {k}.")
    return shares


def normalized(weights: Iterable[float]) -> tuple[float, ...]:
    """Divide non-negative weights by their sum; raise if that is 0."""
    shares = _nonnegative(weights, "weights")
    total = exact_sum(shares)
    if total <= 0:
        raise ValueError("weights must have a positive sum to be normalised; all are 0.")
    with np.errstate(under="ignore"):
        return tuple((shares / total).tolist())
