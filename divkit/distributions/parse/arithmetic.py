r"""Numbers that are computed from free names: 2*t, 1/t, sqrt(t), -t; a table of rules, no code.

A node holds its column, so that what is no number at some value of a name says where it stands.
All is computed in floats, of finite numbers; a whole result is handed on as an int, as if it had
been typed.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Expression: TypeAlias = "Number | Name | Operation"

FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "abs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "floor": math.floor,
    "ceil": math.ceil,
}
"""Functions of one number that an expression may hold."""
CONSTANTS: Mapping[str, float] = {"pi": math.pi}
"""Names that have a value of their own."""
BINARY: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": math.pow,
    "**": math.pow,
}
"""Operations between two numbers, by their sign."""
_WHOLE = 2.0**53
"""Whole floats below it are one int each."""


class NoNumberError(ValueError):
    """An expression has no finite value; `column` says where, `shown` what was computed."""

    def __init__(self, column: int, shown: str) -> None:
        self.column = column
        super().__init__(shown)


@dataclass(frozen=True)
class Number:
    """A number; an int where it is written as one, ±inf only where a law takes it."""

    value: float | int
    column: int


@dataclass(frozen=True)
class Name:
    """A free name, whose value comes later."""

    name: str
    column: int


@dataclass(frozen=True)
class Operation:
    """A function of one or two expressions, with the word or the sign that it is written by."""

    sign: str
    apply: Callable[..., float]
    terms: tuple[Expression, ...]
    column: int


def names_in(node: Expression) -> Iterator[Name]:
    """Yield the free names of an expression, constants left out."""
    if isinstance(node, Name):
        if node.name not in CONSTANTS:
            yield node
    elif isinstance(node, Operation):
        for term in node.terms:
            yield from names_in(term)


def evaluate(node: Expression, values: Mapping[str, float]) -> float | int:
    """Return what an expression is at these values of its names.

    Raises
    ------
    NoNumberError
        If it is not finite there, or not defined.

    Examples
    --------
    >>> evaluate(Operation("*", operator.mul, (Number(2, 1), Name("t", 3)), 2), {"t": 1.5})
    3
    """
    if isinstance(node, Number):
        return node.value
    value = _value(node, values)
    return int(value) if value.is_integer() and abs(value) < _WHOLE else value


def _value(node: Expression, values: Mapping[str, float]) -> float:
    if isinstance(node, Number):
        return float(node.value)
    if isinstance(node, Name):
        return float({**CONSTANTS, **values}[node.name])
    terms = [_value(term, values) for term in node.terms]
    try:
        value = float(node.apply(*terms))
    except (ArithmeticError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise NoNumberError(node.column, f"{_shown(node.sign, terms)} is no finite number")
    return value


def _shown(sign: str, terms: list[float]) -> str:
    words = [f"{term:g}" for term in terms]
    if sign in BINARY and len(words) > 1:
        return f" {sign} ".join(words)
    return f"{sign}({words[0]})"
