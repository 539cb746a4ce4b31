"""Frozen dataclasses that hold long fields as arrays, and hand them out as tuples when asked.

A million atoms as tuples take seconds to make and hundreds of megabytes; most that is asked of
them is asked of an array. So the array is what is held, read-only, and decides whether two values
are equal; the field itself is a tuple, made when it is first read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from divkit.types import FloatArray

T = TypeVar("T", bound=type)


def held(**arrays: str) -> Callable[[T], T]:
    """Let fields of a dataclass be tuples of the arrays that `hold` is given, by these names.

    The class must be made with eq=False, as the dataclasses derived from it should be: equality
    and hash, of the arrays and all other fields, are set here.
    """

    def made(cls: T) -> T:
        for field, name in arrays.items():
            setattr(cls, field, _AsTuple(field, name))
            setattr(cls, name, property(_reader(name), doc=f"`{field}` as a read-only array."))
        added = {
            "_held": dict(arrays),
            "__eq__": _equal,
            "__hash__": _hash,
            "__getstate__": _state,
            "__setstate__": _restored,
        }
        for name, value in added.items():
            setattr(cls, name, value)
        return cls

    return made


def hold(value: Any, **arrays: FloatArray) -> None:
    """Give a value its arrays, by the names that `held` was told; they become read-only."""
    own = vars(value)
    for field, name in type(value)._held.items():
        if name in arrays:
            own.pop(field, None)
            own[_place(name)] = frozen(arrays[name])


def frozen(array: FloatArray) -> FloatArray:
    """The array, which can no longer be written to."""
    array.flags.writeable = False
    return array


def same(a: FloatArray, b: FloatArray) -> bool:
    """Whether two arrays hold the same numbers."""
    return a is b or np.array_equal(a, b)


def numbers(values: Iterable[Any]) -> FloatArray:
    """A new array (n,) of numbers, however they come."""
    if isinstance(values, np.ndarray):
        if values.ndim == 1 and np.can_cast(values.dtype, np.float64):
            return np.array(values, dtype=np.float64)
        values = values.tolist()
    return np.array(list(map(float, values)), dtype=np.float64)


class _AsTuple:
    """A field that is made of its array when it is first read; not a data descriptor."""

    def __init__(self, field: str, array: str) -> None:
        self.field, self.array = field, array

    def __get__(self, value: Any, owner: type | None = None) -> Any:
        if value is None:
            return self
        array = getattr(value, self.array)
        listed = array.tolist()
        made = tuple(listed) if array.ndim == 1 else tuple(map(tuple, listed))
        vars(value)[self.field] = made
        return made


def _place(name: str) -> str:
    return f"_{name}"


def _reader(name: str) -> Callable[[Any], FloatArray]:
    def read(value: Any) -> FloatArray:
        array: FloatArray = vars(value)[_place(name)]
        return array

    return read


def _rest(value: Any) -> tuple[Any, ...]:
    """The fields that are no arrays."""
    return tuple(getattr(value, f.name) for f in fields(value) if f.name not in value._held)


def _equal(self: Any, other: Any) -> bool:
    if self is other:
        return True
    if other.__class__ is not self.__class__:
        return NotImplemented  # type: ignore[no-any-return]
    names = self._held.values()
    alike = all(same(getattr(self, name), getattr(other, name)) for name in names)
    return alike and bool(_rest(self) == _rest(other))


def _hash(self: Any) -> int:
    held_bytes = ((getattr(self, name) + 0.0).tobytes() for name in self._held.values())
    return hash((type(self), *held_bytes, *_rest(self)))


def _state(self: Any) -> dict[str, Any]:
    """All but the tuples, which are made again when asked for."""
    return {name: value for name, value in vars(self).items() if name not in self._held}


def _restored(self: Any, state: dict[str, Any]) -> None:
    vars(self).update(state)
    for name in self._held.values():
        frozen(state[_place(name)])
