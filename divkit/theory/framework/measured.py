"""Numbers that carry their error, so that a tolerance is computed and never chosen.

    (a ± e) + (b ± f) = (a + b) ± (e + f + u|a + b|),
    (a ± e) · (b ± f) = ab ± (|a| f + |b| e + e f + u|ab|),      u = 2⁻⁵²:

worst cases, to which one rounding is added. Errors of two sides then add up to what their
difference may be.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TypeAlias

from divkit.plain import real
from divkit.results import Result

ROUNDING = sys.float_info.epsilon


@dataclass(frozen=True)
class Measured:
    """A value that is wrong by at most `error`; NumPy's numbers become Python's."""

    value: float
    error: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", real("value", self.value))
        object.__setattr__(self, "error", real("error", self.error))

    def __neg__(self) -> Measured:
        return Measured(-self.value, self.error)

    def __add__(self, other: Quantity) -> Measured:
        b = measured(other)
        return _rounded(self.value + b.value, self.error + b.error)

    def __sub__(self, other: Quantity) -> Measured:
        return self + (-measured(other))

    def __mul__(self, other: Quantity) -> Measured:
        b = measured(other)
        spread = _product(abs(self.value), b.error) + _product(abs(b.value), self.error)
        return _rounded(_product(self.value, b.value), spread + self.error * b.error)

    def __radd__(self, other: float) -> Measured:
        return self + other

    def __rsub__(self, other: float) -> Measured:
        return -self + other

    def __rmul__(self, other: float) -> Measured:
        return self * other

    def through(self, value: float, slope: float) -> Measured:
        """The image under a smooth function with this value and (largest) slope nearby."""
        return _rounded(value, abs(slope) * self.error)


class UnknownNumberError(ArithmeticError):
    """A number on which no verdict may rest: it has one side only, or comes with a warning."""


Quantity: TypeAlias = Measured | Result | float


def measured(quantity: Quantity) -> Measured:
    """Return the value and error of a Result; a plain float is taken to be one rounding off.

    Raises
    ------
    UnknownNumberError
        If the Result is one-sided or comes with a warning: no verdict may rest on it.
    """
    if isinstance(quantity, Measured):
        return quantity
    if isinstance(quantity, Result):
        if quantity.one_sided or quantity.warnings:
            why = "; ".join(quantity.warnings) or f"only {quantity.side()} is known"
            raise UnknownNumberError(f"no verdict rests on {str(quantity).splitlines()[0]}: {why}")
        return Measured(quantity.value, quantity.error)
    return _rounded(real("quantity", quantity), 0.0)


def log(x: Quantity) -> Measured:
    """Logarithm of a positive quantity."""
    a = measured(x)
    return a.through(math.log(a.value), 1 / (a.value - a.error))


def exp(x: Quantity) -> Measured:
    """Exponential."""
    a = measured(x)
    return a.through(math.exp(a.value), math.exp(a.value + a.error))


def root(x: Quantity) -> Measured:
    """Square root: off by at most √error, and by error/√x where that is less."""
    a = measured(x)
    value = math.sqrt(a.value)
    spread = a.error / value if a.value > a.error else math.sqrt(a.value + a.error)
    return _rounded(value, spread)


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _rounded(value: float, error: float) -> Measured:
    return Measured(value, error + ROUNDING * abs(value) if math.isfinite(value) else error)
