"""Checks of parameters of laws of counts."""

from __future__ import annotations

from numbers import Integral

from divkit.distributions.base import finite
from divkit.plain import short

_MOST = 2.0**1000


def whole(name: str, value: float, least: int = 0) -> int:
    """Return a whole number of at least `least`, or raise an error that names it."""
    if isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number; got {value!r}.")
    number = value if isinstance(value, Integral) else finite(name, value)
    if number != int(number) or not least <= number <= _MOST:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {short(value)}.")
    return int(number)
