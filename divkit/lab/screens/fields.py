"""A screen's state: a frozen dataclass of choices, changed by patches that come from outside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from divkit.choices import require_among, require_within
from divkit.plain import jsonable

S = TypeVar("S")

MOST_TEXT = 1500
"""Characters of a text, such as a law."""
MOST_NUMBERS = 256
"""Of one field that is a list."""


def changed(state: S, patch: Mapping[str, Any]) -> S:
    """Return a state with the fields of a patch.

    Raises
    ------
    ValueError
        If there is no such field, a value is of another type than the field's default, or it is
        out of the field's limits.
    """
    own: Any = state
    known = {each.name: each.default for each in fields(own)}
    odd = sorted(set(patch) - set(known))
    if odd:
        raise ValueError(f"there is no field {odd[0]!r} here; there are {', '.join(known)}.")
    given = {name: _typed(name, value, known[name]) for name, value in patch.items()}
    made: Any = replace(own, **given)
    require_among(made)
    require_within(made)
    return made  # type: ignore[no-any-return]  # a dataclass of the same type


def plain_fields(state: Any) -> dict[str, Any]:
    """Return a state's fields by name, ready for JSON."""
    return {each.name: jsonable(getattr(state, each.name)) for each in fields(state)}


def _typed(name: str, value: Any, default: Any) -> Any:
    """The value as the type of the field's default."""
    if isinstance(default, tuple):
        return _numbers(name, value, default)
    if isinstance(default, str):
        return _text(name, value)
    if type(value) is type(default):
        return _finite(name, value)
    if isinstance(default, float) and type(value) is int and abs(value) < 2**53:
        return float(value)
    raise ValueError(f"{name} must be of type {type(default).__name__}; got {value!r}.")


def _numbers(name: str, value: Any, default: tuple[Any, ...]) -> tuple[Any, ...]:
    whole = bool(default) and all(type(each) is int for each in default)
    known = (int,) if whole else (int, float)
    if not isinstance(value, list) or not all(type(each) in known for each in value):
        raise ValueError(f"{name} must be a list of {'whole ' if whole else ''}numbers.")
    if len(value) > MOST_NUMBERS:
        raise ValueError(f"{name} may hold {MOST_NUMBERS} numbers; got {len(value)}.")
    return tuple(_finite(name, each if whole else float(each)) for each in value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text; got {value!r}.")
    if len(value) > MOST_TEXT or not value.isprintable():
        raise ValueError(f"{name} may be a line of {MOST_TEXT} characters.")
    return value


def _finite(name: str, value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} must be finite; got {value!r}.")
    return value
