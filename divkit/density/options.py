"""Values that the options of density estimators may have, checked at `fit`.

Everything else is a ValueError that names the option, says what it may be, and shows what came.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any, Protocol


class AllowedValue(Protocol):
    """A kind of value that an option may have."""

    @property
    def words(self) -> str:
        """Words for it, after "must be"."""
        ...

    def allows(self, value: Any) -> bool:
        """Whether a value is one."""
        ...


@dataclass(frozen=True)
class WholeNumber:
    """An int of at least `least`."""

    least: int = 1

    @property
    def words(self) -> str:
        """Words for it, after "must be"."""
        return f"an int of at least {self.least}"

    def allows(self, value: Any) -> bool:
        """Whether it is one; True and False are none."""
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        return whole and value >= self.least


@dataclass(frozen=True)
class PositiveNumber:
    """A finite number above 0, not too small for its square."""

    words: str = "a positive number"

    def allows(self, value: Any) -> bool:
        """Whether it is one; True and False are none."""
        if not isinstance(value, Real) or isinstance(value, bool):
            return False
        number = float(value)
        return number > 0 and 0 < number**2 < math.inf


@dataclass(frozen=True)
class OneOf:
    """One of some words."""

    among: Collection[str]

    @property
    def words(self) -> str:
        """Words for it, after "must be"."""
        return f"one of {list(self.among)}"

    def allows(self, value: Any) -> bool:
        """Whether it is one."""
        return isinstance(value, str) and value in self.among


@dataclass(frozen=True)
class NoValue:
    """None: the estimator chooses."""

    words: str = "None"

    def allows(self, value: Any) -> bool:
        """Whether it is None."""
        return value is None


@dataclass(frozen=True)
class Either:
    """A value of one of two kinds."""

    first: AllowedValue
    second: AllowedValue

    @property
    def words(self) -> str:
        """Words for it, after "must be"."""
        return f"{self.first.words} or {self.second.words}"

    def allows(self, value: Any) -> bool:
        """Whether one of both allows it."""
        return self.first.allows(value) or self.second.allows(value)


@dataclass(frozen=True)
class SeveralOf:
    """A tuple of one value or more, each as another option may be."""

    each: AllowedValue

    @property
    def words(self) -> str:
        """Words for it, after "must be"."""
        return f"a tuple, each {self.each.words}"

    def allows(self, value: Any) -> bool:
        """Whether it is such a tuple, or list."""
        several = isinstance(value, tuple | list) and len(value) > 0
        return several and all(self.each.allows(one) for one in value)


@dataclass(frozen=True)
class TwoEnds:
    """Two numbers, the first below the second, each None where nothing is known."""

    words: str = "(low, high) with low < high, each a number or None"

    def allows(self, value: Any) -> bool:
        """Whether it is such a pair."""
        if not isinstance(value, tuple | list) or len(value) != 2:
            return False
        if not all(one is None or _is_number(one) for one in value):
            return False
        low, high = value
        return low is None or high is None or low < high


def options(**each: AllowedValue) -> Mapping[str, AllowedValue]:
    """Return what the options of these names may be."""
    return MappingProxyType(each)


def require_option(name: str, value: Any, option: AllowedValue) -> None:
    """Refuse a value that an option may not have.

    Raises
    ------
    ValueError
        If it is one.

    >>> require_option("k", 3, WholeNumber())
    """
    if not option.allows(value):
        raise ValueError(f"{name} must be {option.words}; got {value!r}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and not math.isnan(value)
