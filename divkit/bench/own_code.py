"""Version of a user's object: what it is, and the modules that it stands on.

A function that can be imported is its module (`divkit.bench.own_modules`), for so it comes to the
processes that work. Any other goes there by value, and by value it is read: its code, defaults,
closure, attributes and the globals that it uses, and theirs in turn; an object is its class and
what it would be pickled as. Two objects with one version give the same values. What cannot be
read so is refused.
"""

from __future__ import annotations

import copyreg
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    ModuleType,
)
from typing import Any

import numpy as np
import torch

from divkit.bench.code import beneath, digest
from divkit.bench.own_functions import imported_in, modules_of, taken_by
from divkit.bench.own_modules import versions_of
from divkit.bench.own_places import place_of
from divkit.bench.own_state import require_no_state

_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented))
_NOT_READ = frozenset({
    "__dict__", "__weakref__", "__doc__", "__module__", "__slotnames__", "__annotations__",
    "__abstractmethods__", "_abc_impl", "__dataclass_fields__", "__dataclass_params__",
    "__firstlineno__", "__static_attributes__", "__match_args__",
})  # fmt: skip
"""Attributes of a class that say nothing of what it does, or say it twice."""


@dataclass(frozen=True)
class OwnVersion:
    """A version of an object, in two parts.

    Attributes
    ----------
    value : digest of what goes to other processes by value.
    modules : names of those that go by name, whose version is told where they are.
    """

    value: str
    modules: tuple[str, ...]

    def sources(self) -> list[str]:
        """Return both, the modules as they are now, and what is beneath."""
        return [*beneath(), f"object:{self.value}", *versions_of(self.modules)]


def own_version(name: str, given: object) -> OwnVersion:
    """Return the version of a user's object.

    Parameters
    ----------
    name : of the estimator, for messages.

    Raises
    ------
    ValueError
        If a part of it cannot be told (a lock, an open file), or is a random generator, whose
        draws would hang on the order of cells.

    Examples
    --------
    >>> def make(k):
    ...     return lambda x, y: float(k)
    >>> own_version("mine", make(3)) == own_version("mine", make(3))
    True
    >>> own_version("mine", make(3)) == own_version("mine", make(5))
    False
    """
    reader = _Reader(name)
    value = reader.read(given, "it")
    return OwnVersion(value, tuple(sorted(reader.modules)))


@dataclass(eq=False)
class _Reader:
    """Digests of objects; those that are being read, or were, by their id."""

    name: str
    modules: set[str] = field(default_factory=set)
    known: dict[int, str] = field(default_factory=dict)
    held: list[object] = field(default_factory=list)

    def read(self, part: object, place: str) -> str:
        """Return the digest of a part of the estimator."""
        if type(part) in _PLAIN:
            return digest([type(part).__name__, repr(part)])
        if id(part) not in self.known:
            self.held.append(part)  # so that its id stays its own
            self.known[id(part)] = "being read"
            self.known[id(part)] = digest(self._said(part, place))
        return self.known[id(part)]

    def _said(self, part: Any, place: str) -> Iterator[str]:
        if found := place_of(part):
            yield self._by_name(*found)
            return
        require_no_state(self.name, part, place)
        if isinstance(part, ModuleType):
            yield self._by_name(part.__name__, "")
        elif isinstance(part, FunctionType | type | BuiltinFunctionType) and _is_found(part):
            yield self._by_name(part.__module__, part.__qualname__)
        elif isinstance(part, FunctionType):
            yield from self._function(part, place)
        elif isinstance(part, CodeType):
            yield from self._code(part, place)
        elif isinstance(part, type):
            yield from self._class(part, place)
        elif isinstance(part, torch.Tensor):
            yield from ("tensor", type(part).__name__, *self._tensor(part, place))
        elif type(part) is np.ndarray and not part.dtype.hasobject:
            yield from (str(part.dtype), str(part.shape), part.tobytes().hex())
        elif isinstance(part, staticmethod | classmethod):
            yield from (type(part).__name__, self.read(part.__func__, place))
        elif isinstance(part, property):
            yield from self._each("property", (part.fget, part.fset, part.fdel), place)
        else:
            yield from self._container(part, place)

    def _tensor(self, part: torch.Tensor, place: str) -> Iterator[str]:
        """Its kind, shape and bytes."""
        yield from (str(part.dtype), str(tuple(part.shape)), str(part.requires_grad))
        try:
            plain = part.detach().cpu().resolve_conj().resolve_neg().contiguous()
            yield plain.reshape(-1).view(torch.uint8).numpy().tobytes().hex()
        except (RuntimeError, NotImplementedError, TypeError) as error:
            raise self._untold(part, place, error) from None

    def _container(self, part: Any, place: str) -> Iterator[str]:
        kind = type(part)
        if kind in (tuple, list):
            yield from self._each(kind.__name__, part, place)
        elif kind in (set, frozenset):
            yield from (kind.__name__, *sorted(self.read(each, place) for each in part))
        elif kind is dict:
            yield "dict"
            for key, value in part.items():
                yield from (self.read(key, place), self.read(value, f"{place}[{key!r}]"))
        else:
            yield from self._object(part, place)

    def _each(self, kind: str, parts: Iterable[object], place: str) -> Iterator[str]:
        yield from (kind, *(self.read(each, place) for each in parts))

    def _by_name(self, module: str, path: str) -> str:
        self.modules.add(module)
        return f"{module}:{path}"

    def _function(self, part: FunctionType, place: str) -> Iterator[str]:
        inside = f"{place}, {part.__name__}"
        yield from ("function", part.__name__)
        for each in (part.__code__, part.__defaults__, part.__kwdefaults__, vars(part)):
            yield self.read(each, inside)
        for name, taken in taken_by(part):
            yield from (name, self.read(taken, f"{inside}, {name}"))
        self.modules.update(module.__name__ for module in modules_of(part))

    def _code(self, part: CodeType, place: str) -> Iterator[str]:
        """The instructions and what they name; not where they stand in a file."""
        self.modules.update(imported_in(part))
        names = (part.co_names, part.co_varnames, part.co_freevars, part.co_cellvars)
        counts = (part.co_argcount, part.co_posonlyargcount, part.co_kwonlyargcount, part.co_flags)
        yield from ("code", part.co_code.hex(), repr(names), repr(counts))
        yield from (part.co_exceptiontable.hex(), self.read(part.co_consts, place))

    def _class(self, part: type, place: str) -> Iterator[str]:
        yield from self._each("class", part.__bases__, place)
        for name, value in vars(part).items():
            if name not in _NOT_READ and not _is_slot(value):
                yield from (name, self.read(value, f"{place}, {part.__name__}.{name}"))

    def _object(self, part: Any, place: str) -> Iterator[str]:
        """An object as a pickle would have it."""
        kind = type(part)
        yield self.read(kind, place)
        try:
            reduce = copyreg.dispatch_table.get(kind)
            reduced = part.__reduce_ex__(4) if reduce is None else reduce(part)
        except Exception as error:  # of anybody's class
            raise self._untold(part, place, error) from None
        if isinstance(reduced, str):  # a global name
            yield reduced
            if module := getattr(part, "__module__", None):
                self.modules.add(module)
            yield self.read(getattr(part, "__wrapped__", None), place)
            return
        for each in reduced:
            listed = each if each is None or isinstance(each, tuple | dict) else _listed(each)
            yield self.read(listed, place)

    def _untold(self, part: object, place: str, error: Exception) -> ValueError:
        return ValueError(
            f"the version of estimator {self.name!r} cannot be told, for a {type(part).__name__} "
            f"is part of it ({place}): {error}"
        )


def _listed(each: Any) -> Any:
    """The items of a list or dictionary that a pickle would bring one by one."""
    return list(each) if isinstance(each, Iterator) else each


def _is_found(part: Any) -> bool:
    """Whether it is imported by its name in other processes: not what a script defines."""
    module = part.__module__
    held = None if module in (None, "__main__") else sys.modules.get(module)
    if getattr(held, "__spec__", None) is None:
        return False
    found: Any = held
    for name in part.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is part


def _is_slot(value: object) -> bool:
    """Whether an attribute of a class is the place of an object's attribute."""
    return isinstance(value, (MemberDescriptorType, GetSetDescriptorType))
