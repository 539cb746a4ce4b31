"""Whether an own estimator holds what goes on from call to call: a generator, an iterator.

What such a part gives would hang on the cells before. It is looked for in all that the estimator
stands on: defaults, closures, attributes, the globals that its functions use, and theirs in turn,
through the modules of the user's; installed packages are taken to be in order, and so are the
generators that everybody shares, which start anew in each cell.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType, ModuleType
from typing import Any

from divkit.bench.own_functions import attributes_of, modules_of, taken_by
from divkit.bench.own_modules import is_local
from divkit.bench.own_places import SHARED, place_of

_Parts = Iterator[tuple[str, object]]


def require_stateless(name: str, given: object) -> None:
    """Raise if an own estimator holds what goes on from call to call.

    Parameters
    ----------
    name : of the estimator, for messages.

    Raises
    ------
    ValueError
        If it does; the message says where.

    Examples
    --------
    >>> require_stateless("mine", lambda x, y, k=3: k)
    """
    seen: set[int] = set()
    held: list[object] = []  # so that ids stay their own
    waiting: list[tuple[str, object]] = [("", given)]
    while waiting:
        place, part = waiting.pop()
        if id(part) not in seen and place_of(part) is None:
            seen.add(id(part))
            held.append(part)
            require_no_state(name, part, place or "it")
            inner = f"{place}, " if place else ""
            waiting += [(inner + at, each) for at, each in _parts(part)]


def require_no_state(name: str, part: object, place: str) -> None:
    """Raise if a part of an estimator goes on from call to call.

    Raises
    ------
    ValueError
        If it does.
    """
    if isinstance(part, SHARED):
        raise ValueError(
            f"estimator {name!r} holds a random generator ({place}): what it draws would hang on "
            "the cells before. Make one in the function, from a parameter called seed, which is "
            "given; an object takes a whole number in its place."
        )
    if isinstance(part, Iterator):
        raise ValueError(
            f"estimator {name!r} holds an iterator ({place}), a {type(part).__name__}: what it "
            "gives would hang on the cells before. Make one in the function."
        )


def _parts(part: Any) -> _Parts:
    """The parts of an object that is no installed package's."""
    if isinstance(part, FunctionType):
        if is_local(part.__module__ or "__main__"):
            yield from _of_function(part)
    elif isinstance(part, type):
        if is_local(part.__module__):
            yield from tuple(vars(part).items())
            yield from ((each.__name__, each) for each in part.__bases__)
    elif isinstance(part, MethodType):
        yield from (("self", part.__self__), (part.__name__, part.__func__))
    elif isinstance(part, functools.partial):
        yield from (("function", part.func), ("arguments", part.args), ("options", part.keywords))
    elif isinstance(part, property):
        yield from (("get", part.fget), ("set", part.fset))
    elif isinstance(part, Mapping):
        yield from ((repr(key), value) for key, value in tuple(part.items()))
    elif isinstance(part, list | tuple | set | frozenset):
        yield from ((str(place), each) for place, each in enumerate(part))
    elif not isinstance(part, ModuleType):
        yield from _of_object(part)


def _of_function(part: FunctionType) -> _Parts:
    """Things that a function holds, and that it takes of its module and of those that it names."""
    yield from ((f"{part.__name__}'s {key}", value) for key, value in vars(part).items())
    yield from ((part.__name__, each) for each in part.__defaults__ or ())
    yield from (part.__kwdefaults__ or {}).items()
    yield from taken_by(part)
    for module in modules_of(part):
        if is_local(module.__name__):
            names = attributes_of(part.__code__) & vars(module).keys()
            yield from (
                (f"{module.__name__}.{name}", vars(module)[name]) for name in sorted(names)
            )


def _of_object(part: object) -> _Parts:
    """The class of an object, and its attributes."""
    yield type(part).__name__, type(part)
    yield from tuple(getattr(part, "__dict__", {}).items())
    for kind in type(part).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(part, name):
                yield name, getattr(part, name)
