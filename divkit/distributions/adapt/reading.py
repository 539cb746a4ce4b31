"""Adapters: which objects of other libraries are read as laws, and by what.

An `Adapter` says which objects it takes, by what they can do, and makes a law of one; one table of
readers (`divkit.distributions.adapt.api`) is asked in order, so that a library is added, by a user
too, with one line.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, is_dataclass
from typing import Any

from divkit.distributions.base import Law


@dataclass(frozen=True, eq=False)
class RoundedLaw:
    """One law, and those next to it where reading it rounded a parameter.

    Attributes
    ----------
    law : what the object is.
    moved : laws with parameters moved by all that rounding may have moved them; () if none was.
    """

    law: Law
    moved: tuple[Law, ...] = ()

    def as_law(self) -> Law:
        """The law."""
        return self.law


@dataclass(frozen=True, eq=False)
class LawBatch:
    """Several laws that one object holds.

    Attributes
    ----------
    shape : of the batch; its product is the number of items.
    items : laws, or objects that are read as one each, the last axis running fastest.
    """

    shape: tuple[int, ...]
    items: Sequence[Any]


def _none(obj: Any) -> None:
    return None


def _nothing(law: Any) -> str:
    return ""


def _no_laws(obj: Any) -> tuple[Law, ...]:
    return ()


@dataclass(frozen=True, eq=False)
class Adapter:
    """One way to read objects as laws.

    Attributes
    ----------
    what : the objects, in words for a refusal.
    takes : whether an object is one of them; cheap, and imports nothing.
    read : object -> law, or None where it is none after all.
    neighbours : object -> laws next to it, where reading rounds a parameter.
    unfold : object -> the batch of laws that it holds, None where it is a single one.
    says : law -> how the object was read, "" where there is nothing to say.
    """

    what: str
    takes: Callable[[Any], bool]
    read: Callable[[Any], Law | None]
    neighbours: Callable[[Any], tuple[Law, ...]] = field(default=_no_laws)
    unfold: Callable[[Any], LawBatch | None] = field(default=_none)
    says: Callable[[Any], str] = field(default=_nothing)


def later(module: str, function: str) -> Callable[[Any], Any]:
    """A function of a module that is imported when it is first called."""

    def call(obj: Any) -> Any:
        return getattr(importlib.import_module(module), function)(obj)

    return call


def libraries(obj: Any) -> frozenset[str]:
    """The packages that define the type of an object and what it is derived from."""
    return frozenset(kind.__module__.partition(".")[0] for kind in type(obj).__mro__)


def of_library(*names: str) -> Callable[[Any], bool]:
    """Whether an object, or what its type is derived from, comes from one of these packages."""
    wanted = frozenset(names)
    return lambda obj: not wanted.isdisjoint(libraries(obj))


def known_as(obj: Any, families: Any) -> type | None:
    """The first of the families, keys of a table, that an object's type is or is derived from."""
    return next((kind for kind in type(obj).__mro__ if kind in families), None)


def overridden(obj: Any, family: type, names: Sequence[str], trusted: str = "") -> list[str]:
    """Which of these methods a class derived from `family` writes anew.

    Classes of the package `trusted` are taken to keep the law.
    """
    before = type(obj).__mro__[: type(obj).__mro__.index(family)]
    owners = [c for c in before if not trusted or c.__module__.partition(".")[0] != trusted]
    return [name for name in names if any(name in vars(owner) for owner in owners)]


def calls(part: Any) -> bool:
    """Whether a law, or a part of it, holds a function: it is pickled as the call that made it."""
    if isinstance(part, tuple | list):
        return any(map(calls, part))
    if isinstance(part, Law) or is_dataclass(part):
        return any(map(calls, vars(part).values()))
    return callable(part)
