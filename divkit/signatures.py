"""Signatures that name their options: what help(), editors and the documentation show.

A function that passes options on takes them by one `**options`, typed by a `TypedDict` that lists
them, which type checkers and editors read. `listed` puts the same list in the signature that
Python tells: each option by its name, with the default of the table's own, or `...` where it is
that of the method which takes it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from functools import partial
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_UNPACKED = re.compile(r"Unpack\[(\w+)\]")


class OwnDefault:
    """The default of an option where each method has one of its own: it is shown as `...`."""

    def __repr__(self) -> str:
        return "..."


OWN_DEFAULT = OwnDefault()


def listed(function: F, defaults: type | None = None) -> F:
    """Return the function, with a signature in which its `**options` are named one by one.

    Parameters
    ----------
    function : whose last parameter is `**name: Unpack[Table]`, Table a TypedDict that its module
        has.
    defaults : a dataclass of which the options are fields, with the defaults that are shown.

    Raises
    ------
    TypeError
        If it has no such parameter.

    Examples
    --------
    >>> import inspect, divkit
    >>> list(inspect.signature(divkit.fit_density).parameters)[:4]
    ['x', 'method', 'folds', 'ends']
    """
    signature = inspect.signature(function)
    *others, last = signature.parameters.values()
    found = _UNPACKED.fullmatch(str(last.annotation))
    if last.kind is not inspect.Parameter.VAR_KEYWORD or found is None:
        raise TypeError(f"{function.__qualname__} takes no options of a table.")
    table = inspect.unwrap(function).__globals__[found[1]]
    own = {} if defaults is None else _defaults(defaults)
    named = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=own.get(name, OWN_DEFAULT),
            annotation=getattr(kind, "__forward_arg__", kind),
        )
        for name, kind in table.__annotations__.items()
        if name not in signature.parameters
    ]
    function.__signature__ = signature.replace(parameters=[*others, *named])  # type: ignore[attr-defined]
    return function


def with_defaults(kind: type) -> Callable[[F], F]:
    """Return `listed` with the defaults of a dataclass."""
    return partial(listed, defaults=kind)


def _defaults(kind: type) -> Mapping[str, Any]:
    found = {}
    for each in fields(kind):
        made = each.default_factory
        found[each.name] = each.default if made is MISSING else made()
    return found
