"""Supports as torch and numpyro say them, read by what a constraint has and not by its class.

A constraint has `is_discrete` and `event_dim`; an interval has `lower_bound` and `upper_bound`;
`independent` has a `base_constraint` for each coordinate. Nothing of either library is imported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from divkit.distributions.support import Boxes, Support

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


def ends(said: Any) -> tuple[Any, Any] | None:
    """The two ends of each coordinate, numbers or arrays; None of what is no box of R^d."""
    said = _of_a_coordinate(said)
    low, high = (getattr(said, name, None) for name in ("lower_bound", "upper_bound"))
    if low is None and high is None and type(said).__name__.strip("_").lower() not in _ALL_REAL:
        return None
    return -math.inf if low is None else low, math.inf if high is None else high


def read(said: Any, dim: int) -> Domain | None:
    """Return the domain that a constraint means; None where it is no box of R^d."""
    found = ends(said)
    if found is None:
        return None
    plain = (end.detach() if hasattr(end, "detach") else end for end in found)
    flat = (np.asarray(end, dtype=np.float64).reshape(-1) for end in plain)
    lows, highs = (np.broadcast_to(end, (dim,)).tolist() for end in flat)
    box = tuple(zip(lows, highs, strict=True))
    return Domain(Boxes((box,)), whole=bool(_of_a_coordinate(said).is_discrete))


def _of_a_coordinate(said: Any) -> Any:
    """The constraint of one coordinate, where it is one for several."""
    while hasattr(said, "base_constraint"):
        said = said.base_constraint
    return said
