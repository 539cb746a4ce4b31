"""Values that hold functions, and are pickled as the call that makes them.

A function without a name of its own (a lambda, a closure over a parameter) cannot be pickled. What
holds such functions here is made by a call that can: `named("js")`, `weighted_js(0.3)`,
`as_law(object)`. So that call is what travels to another process, what `copy.deepcopy` repeats,
and a name of a table comes back as the very value of the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import partial, wraps
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_CALL = "_made_by"


def name_functions(module: dict[str, Any]) -> None:
    """Name every lambda that is a field of a module's value by its place, as `KL.prime`.

    A function is pickled by its module and name, so that such a lambda travels, and what is made
    of it by `dataclasses.replace` too.
    """
    for name, value in module.items():
        _name_within(value, name, module["__name__"])


def _name_within(value: Any, path: str, module: str) -> None:
    if not is_dataclass(value) or isinstance(value, type):
        return
    for each in fields(value):
        held, place = getattr(value, each.name), f"{path}.{each.name}"
        if not isinstance(held, FunctionType):
            _name_within(held, place, module)
        elif held.__module__ == module and held.__qualname__ == "<lambda>":
            held.__qualname__ = place


class Remade:
    """Base of values that know the call that makes them; without one they pickle as usual."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        call = self.__dict__.get(_CALL)
        return object.__reduce_ex__(self, protocol) if call is None else call


def remember(value: T, maker: Callable[..., Any], *arguments: Any, always: bool = False) -> T:
    """Note the call that makes a value, unless it knows one, or `always`; return it."""
    if isinstance(value, Remade) and (always or _CALL not in value.__dict__):
        object.__setattr__(value, _CALL, (maker, arguments))
    return value


def remade(maker: Callable[P, T]) -> Callable[P, T]:
    """Let what a function of a module returns remember its call."""

    @wraps(maker)
    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(made, **kwargs) if kwargs else made
        return remember(maker(*args, **kwargs), call, *args)

    return made
