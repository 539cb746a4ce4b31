"""Probabilities that a user hands over: used as the floats they are, if they are probabilities."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

_TOLERANCE = 1e-12


def check_weights(weights: Iterable[float], *, name: str = "weights") -> tuple[float, ...]:
    """Return probabilities as floats; raise unless they are ≥ 0 and sum to 1 within 1e-12."""
    shares = _nonnegative(weights, name)
    total = math.fsum(shares)
    if abs(total - 1) > _TOLERANCE:
        raise ValueError(
            f"{name} must sum to 1 within {_TOLERANCE}; they sum to {total!r}. "
            f"Divide them by their sum, or pass normalize=True."
        )
    return shares


def _nonnegative(weights: Iterable[float], name: str) -> tuple[float, ...]:
    given = weights.tolist() if isinstance(weights, np.ndarray) else weights
    shares = tuple(map(float, given))
    values = np.array(shares)
    wrong = np.flatnonzero(~((values >= 0) & (values < math.inf)))
    if len(wrong):
        k = int(wrong[0])
        raise ValueError(f"{name} must be in [0, inf); got {shares[k]!r} at place {k}.")
    if not shares:
        raise ValueError(f"{name} must not be empty.")
    return shares


def normalized(weights: Iterable[float]) -> tuple[float, ...]:
    """Divide non-negative weights by their sum; raise if that is 0."""
    shares = _nonnegative(weights, "weights")
    total = math.fsum(shares)
    if total <= 0:
        raise ValueError("weights must have a positive sum to be normalised; all are 0.")
    return tuple(share / total for share in shares)
