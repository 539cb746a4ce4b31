"""The values of a parameter: given, spread evenly, or placed where the curve bends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from divkit.plain import PlainFields, real, reals
from divkit.signs import plain_signs

MOST = 100_000
"""Values that a parameter may take."""
START = 17
"""Values from which placement starts."""
SHAPES = ("log", "int")
Range: TypeAlias = "str | tuple[float, float] | Iterable[float] | Axis"


@dataclass(frozen=True)
class Axis(PlainFields):
    """A parameter and its values.

    Attributes
    ----------
    name : of the parameter.
    values : its values, in order; where `placed`, those to start from.
    log : whether they are spread, and drawn, in the logarithm.
    whole : whether they are whole numbers.
    placed : whether values are put where the curve bends; else these are all.

    Raises
    ------
    ValueError
        If there are no values or too many, one is not finite, or a logarithm has none.

    Examples
    --------
    >>> Axis.read("t", "1:100:3:log").values
    (1.0, 10.0, 100.0)
    """

    name: str
    values: tuple[float, ...]
    log: bool = False
    whole: bool = False
    placed: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(dict.fromkeys(reals(self.name, self.values))))
        if not self.values:
            raise ValueError(f"{self.name} needs values; got none.")
        if len(self.values) > MOST:
            raise ValueError(f"{self.name} may have {MOST:,} values; got {len(self.values)}.")
        odd = [t for t in self.values if not math.isfinite(t)]
        if odd:
            raise ValueError(f"values of {self.name} must be finite; got {odd[0]!r}.")
        if self.log and min(self.values) <= 0:
            raise ValueError(f"{self.name} on a log axis must be above 0; got {self.values[0]!r}.")

    @classmethod
    def read(cls, name: str, given: Range) -> Axis:
        """Return the axis that a text, a range (low, high), or values mean.

        Parameters
        ----------
        given : "low:high", with a count or not, and the words log and int after it, as in
            "1:100:60:log"; or numbers with commas; or a tuple (low, high), without a count; or
            values, in a list or an array; or an axis, of which the name alone is replaced.

        Raises
        ------
        ValueError
            If it is none of these, or as for the fields.
        """
        if isinstance(given, Axis):
            return replace(given, name=name)
        if isinstance(given, str):
            return _of_text(name, given)
        if isinstance(given, tuple) and len(given) == 2:
            return spread(name, real(name, given[0]), real(name, given[1]))
        if isinstance(given, Mapping) or not isinstance(given, Iterable):
            raise TypeError(f"{name} must be 'low:high', (low, high) or values; got {given!r}.")
        return cls(name, tuple(real(name, t) for t in given))

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Axis:
        """Return the axis of which `to_dict` made these values."""
        return cls(**{**plain, "values": tuple(map(float, plain["values"]))})

    def between(self, low: float, high: float) -> float | None:
        """The value halfway from low to high on this axis; None if there is none."""
        middle = math.sqrt(low) * math.sqrt(high) if self.log else 0.5 * low + 0.5 * high
        middle = float(round(middle)) if self.whole else middle
        return middle if low < middle < high else None

    def across(self, t: float) -> float:
        """The place of a value along the axis, 0 at its first value and 1 at its last."""
        low, high, at = (self._scale(x) for x in (self.values[0], self.values[-1], t))
        return (at - low) / (high - low) if high > low else 0.5

    def _scale(self, t: float) -> float:
        return math.log(t) if self.log else t


def ranges(texts: Iterable[str], argument: str) -> dict[str, str]:
    """Return the ranges by name, of texts such as "t=1:100:60:log".

    Raises
    ------
    ValueError
        If one is not written so, or a name comes twice; `argument` is what the message names.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, sign, given = (part.strip() for part in plain_signs(text).partition("="))
        if not sign or not name.isidentifier() or not given:
            raise ValueError(
                f"{argument} is written NAME=RANGE, as in t=1:100:60:log; got {text!r}."
            )
        if name in found:
            raise ValueError(f"{argument} {name} is given twice.")
        found[name] = given
    return found


def spread(
    name: str,
    low: float,
    high: float,
    count: int | None = None,
    log: bool = False,
    whole: bool = False,
) -> Axis:
    """Return `count` values from low to high; without a count, an axis for placement."""
    if not low < high and (count is None or log or whole):
        raise ValueError(f"{name} must run from low to high; got {low:g} and {high:g}.")
    if low == high and count != 1:
        raise ValueError(f"{name} runs from {low:g} to {high:g}, one value: write {name}={low:g}.")
    if log and low <= 0:
        raise ValueError(f"{name} on a log axis must be above 0; got {low:g}.")
    if whole and (low != int(low) or high != int(high)):
        raise ValueError(f"{name} has whole values; its ends are {low:g} and {high:g}.")
    if count is not None and not 1 <= count <= MOST:
        raise ValueError(f"the count of {name} must be in 1 to {MOST:,}; got {count}.")
    grid = (np.geomspace if log else np.linspace)(low, high, START if count is None else count)
    values = sorted({float(round(t)) for t in grid}) if whole else list(map(float, grid))
    values[0], values[-1] = low, (high if len(values) > 1 else low)
    return Axis(name, tuple(values), log, whole, count is None)


def _of_text(name: str, text: str) -> Axis:
    text = plain_signs(text)
    parts = [part.strip() for part in text.split(":")]
    if len(parts) == 1:
        words = [word for word in text.split(",") if word.strip()]
        return Axis(name, tuple(_number(name, word.strip(), text) for word in words))
    shapes = [part for part in parts[2:] if part in SHAPES]
    counts = [part for part in parts[2:] if part not in SHAPES]
    counted = all(each.isascii() and each.isdecimal() and len(each) < 10 for each in counts)
    if len(counts) > 1 or len(set(shapes)) < len(shapes) or not counted:
        raise ValueError(
            f"{name} must be start:stop:count, with :log or :int after it where wanted, or "
            f"numbers with commas; got {text!r}."
        )
    low, high = (_number(name, part, text) for part in parts[:2])
    count = int(counts[0]) if counts else None
    return spread(name, low, high, count, log="log" in shapes, whole="int" in shapes)


def _number(name: str, word: str, text: str) -> float:
    try:
        value = float(word)
    except ValueError:
        raise ValueError(f"{name}: {word!r} in {text!r} is no number.") from None
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite; got {word!r} in {text!r}.")
    return value
