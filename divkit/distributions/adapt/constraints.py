"""Supports as torch and numpyro say them, read by what a constraint has and not by its class.

A constraint has `is_discrete` and `event_dim`; an interval has `lower_bound` and `upper_bound`;
`independent` has a `base_constraint` for each coordinate. Nothing of either library is imported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from divkit.distributions.support import Boxes, Support, full_space

_ALL_REAL = frozenset({"real", "realvector"})


@dataclass(frozen=True)
class Domain:
    """Where a law lives, as an object says.

    Attributes
    ----------
    support : boxes of R^d.
    told : whether the object says so; else all of R^d is assumed.
    whole : whether it has whole numbers only.
    """

    support: Support
    told: bool = True
    whole: bool = False


def is_constraint(said: Any) -> bool:
    """Whether an object says where a law lives as torch's constraints do."""
    return hasattr(said, "is_discrete") and hasattr(said, "event_dim")


def read(said: Any, dim: int) -> Domain | None:
    """Return the domain that a constraint means; None where it is no box of R^d."""
    while hasattr(said, "base_constraint"):
        said = said.base_constraint
    low, high = (_bound(said, name) for name in ("lower_bound", "upper_bound"))
    bounded = low is not None or high is not None
    whole = bool(said.is_discrete)
    if not bounded and type(said).__name__.strip("_").lower() not in _ALL_REAL:
        return None
    lows = np.broadcast_to(-math.inf if low is None else low, (dim,)).tolist()
    highs = np.broadcast_to(math.inf if high is None else high, (dim,)).tolist()
    if not bounded:
        return Domain(full_space(dim), whole=whole)
    return Domain(Boxes((tuple(zip(lows, highs, strict=True)),)), whole=whole)


def _bound(said: Any, name: str) -> Any:
    """An end for each coordinate, or one for all; None where there is none."""
    value = getattr(said, name, None)
    return None if value is None else np.asarray(value, dtype=np.float64).reshape(-1)
