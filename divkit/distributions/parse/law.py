"""Reads laws such as "mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))"; never evaluates code.

Text becomes a tree (`parse.tree`), the tree a law through the constructors in `LAWS`
(`parse.names`).
"""

from __future__ import annotations

import inspect
from typing import Any

from divkit.distributions.base import Law
from divkit.distributions.parse.names import LAWS, usage
from divkit.distributions.parse.tree import (
    Call,
    Items,
    LawSyntaxError,
    Number,
    Reader,
    Value,
    Weighted,
    fail,
)
from divkit.floats import own_rules
from divkit.registry import UnknownNameError

__all__ = ["LAWS", "LawSyntaxError", "parse_law", "usage"]


@own_rules
def parse_law(text: str) -> Law:
    """Return the law that a text means.

    Parameters
    ----------
    text : `name(values)`, values by order or by name; for a mixture `weight: law`, for a product
        laws, for vectors and matrices lists. Names are the keys of `LAWS`.

    Raises
    ------
    TypeError
        If `text` is no string.
    LawSyntaxError
        If it is no law (a ValueError); the message points to the column, and offers the nearest
        name where a name is unknown.

    >>> parse_law("mixture(0.3: normal(-3, 0.5), 0.7: laplace(loc=0, scale=1))").dim
    1
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a string; got {text!r}.")
    return _construct(Reader(text).whole(), text)


def _build(node: Value, text: str) -> Any:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Items):
        return [_build(value, text) for value in node.values]
    if isinstance(node, Weighted):
        return (node.weight.value, _build(node.law, text))
    return _construct(node, text)


def _construct(call: Call, text: str) -> Law:
    try:
        constructor = LAWS[call.name]
    except UnknownNameError as error:
        fail(text, call.column, str(error).rstrip("."))
    ordered = [_build(value, text) for name, value in call.parts if name is None]
    named = [(name, value) for name, value in call.parts if name is not None]
    if len({name for name, _ in named}) < len(named):
        fail(text, call.column, f"{call.name}: a value is named twice")
    keywords = {name: _build(value, text) for name, value in named}
    try:
        inspect.signature(constructor).bind(*ordered, **keywords)
    except TypeError as error:
        fail(text, call.column, f"{call.name}: {error}; usage {usage(call.name)}")
    try:
        return constructor(*ordered, **keywords)
    except (TypeError, ValueError) as error:
        fail(text, call.column, f"{call.name}: {str(error).rstrip('.')}")
