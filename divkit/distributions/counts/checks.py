"""Checks of parameters of laws of counts."""

from __future__ import annotations

import math
from numbers import Real

_MOST = 2.0**1000


def whole(name: str, value: float, least: int = 0) -> int:
    """Return a whole number of at least `least`, or raise an error that names it."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a whole number; got {value!r}.")
    if not math.isfinite(value) or value != int(value) or not least <= value <= _MOST:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {value!r}.")
    return int(value)
