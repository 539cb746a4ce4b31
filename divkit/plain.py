"""Python's own numbers: what is stored must print, compare, pickle and enter JSON as itself.

A `numpy.float64` compares to a `numpy.bool`, which no JSON writer takes; so what keeps a number
makes it plain when it is built.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from numbers import Integral, Rational, Real
from typing import Any, Protocol, runtime_checkable

import numpy as np


def real(name: str, value: Any) -> float:
    """Return a real number, NumPy's included, as a float.

    Raises
    ------
    TypeError
        If it is a bool, text, complex, an array or anything else.
    ValueError
        If it is too large for a float.
    """
    found = unwrapped(value)
    if not is_number(found):
        raise TypeError(
            f"{name} must be a real number; got {value!r} of type {type(value).__name__}."
        )
    return as_float(name, found)


def reals(name: str, values: Iterable[Any]) -> tuple[float, ...]:
    """Return real numbers as a tuple of floats; raise as `real` does."""
    return tuple(real(name, value) for value in values)


def is_number(value: Any) -> bool:
    """Whether a value is one real number: Python's or NumPy's, a Fraction, a Decimal; no bool.

    >>> from fractions import Fraction
    >>> is_number(Fraction(1, 3)), is_number(np.float32(0.5)), is_number(True), is_number("1")
    (True, True, False, False)
    """
    return isinstance(value, Real | Decimal) and not isinstance(value, bool)


def unwrapped(value: Any) -> Any:
    """Return a tensor of one number and no axes as Python's own number; others as they are.

    Raises
    ------
    TypeError
        If it is on the device meta, which holds no numbers.
    """
    torch = sys.modules.get("torch")  # no tensor is made before its import
    if torch is None or not isinstance(value, torch.Tensor) or value.ndim:
        return value
    if value.is_meta:
        raise TypeError("a tensor on the device meta holds no numbers.")
    return value.detach().item()


def as_float(name: str, value: Any) -> float:
    """Return a number as the nearest float.

    Raises
    ------
    ValueError
        If it is too large for one: an int of 400 digits is no infinity.
    """
    try:
        return float(value)
    except OverflowError:
        raise ValueError(
            f"{name} must be a number that float64 holds, of a size up to 1.8e308; got "
            f"{short(value)}."
        ) from None


def short(value: Any) -> str:
    """A number as text; integers of many digits by their count.

    >>> short(10**400), short(2.5)
    ('an integer of 401 digits', '2.5')
    """
    if isinstance(value, Rational):
        most = max(abs(int(value.numerator)), int(value.denominator))
        if most >= 10**40:
            what = "an integer" if value.denominator == 1 else "a ratio of integers"
            return f"{what} of {int(most.bit_length() * 0.30103) + 1} digits"
    text = str(value)
    return text if len(text) <= 50 else f"{text[:50]}…"


def whole(name: str, value: Any) -> int:
    """Return an integer, NumPy's included, as an int.

    Raises
    ------
    TypeError
        If it is a bool or no integer.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an int; got {value!r} of type {type(value).__name__}.")
    return int(value)


def outward(end: float, way: float) -> float:
    """Return the float two beyond a finite end, towards `way`: it bounds what was rounded to it.

    >>> outward(1.0, math.inf)
    1.0000000000000004
    """
    return math.nextafter(math.nextafter(end, way), way) if math.isfinite(end) else end


def require_positive(name: str, value: float) -> None:
    """Refuse a number that is not in (0, inf).

    Raises
    ------
    ValueError
        If it is none.
    """
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be in (0, inf); got {value!r}.")


def require_count(name: str, value: Any, least: float) -> None:
    """Refuse what is no int, or less than `least`.

    Raises
    ------
    ValueError
        If it is so.
    """
    endless = isinstance(value, float) and not math.isfinite(value)
    if isinstance(value, bool) or endless or int(value) != value or value < least:
        raise ValueError(f"{name} must be an int of at least {least}; got {value!r}.")


def text(name: str, value: Any) -> str:
    """Return text as it is.

    Raises
    ------
    TypeError
        If it is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text; got {value!r} of type {type(value).__name__}.")
    return str(value)


@runtime_checkable
class Plain(Protocol):
    """A value that knows its own form in plain values."""

    def to_dict(self) -> dict[str, Any]:
        """The object as a mapping of names to values."""
        ...


class PlainFields:
    """A dataclass whose plain form is that of its fields."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, as strict JSON holds them."""
        own: Any = self
        return {each.name: jsonable(getattr(self, each.name)) for each in fields(own)}


def jsonable(value: Any) -> Any:
    """Return `value` as strict JSON holds it: floats that are not finite become strings.

    >>> jsonable({"a": (1.0, float("inf"))})
    {'a': [1.0, 'inf']}
    """
    if isinstance(value, Plain) and not isinstance(value, type):
        return jsonable(value.to_dict())
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, np.generic):
        return jsonable(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value)


def fields_of(kind: type, plain: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a dataclass by name, or a ValueError where others are given."""
    expected = {each.name for each in fields(kind)}
    if set(plain) != expected:
        odd = sorted(expected.symmetric_difference(plain))
        raise ValueError(f"a {kind.__name__} has {sorted(expected)}; missing or unknown: {odd}.")
    return dict(plain)
