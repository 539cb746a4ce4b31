"""The entry at one point of a curve: a Result, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from divkit.plain import PlainFields
from divkit.results import Result
from divkit.types import OneSided

_REFUSED = "refused"


@dataclass(frozen=True)
class Refusal(PlainFields):
    """A point without a value: its laws do not exist, or no method applies to them.

    It answers to the words of a `Result`; its numbers are NaN.

    Attributes
    ----------
    name : of the divergence.
    reason : what was refused, in the words of the refusal.

    Examples
    --------
    >>> from divkit import curve
    >>> found = curve("normal(0, 1)", "normal(0, t)", "kl", over={"t": [-1.0, 1.0]})
    >>> print(found.results[0][0].reason)
    normal: scale must be in (0, inf); got -1 (column 1).
      normal(0, t)
      ^
    """

    name: str
    reason: str
    value: ClassVar[float] = math.nan
    error: ClassVar[float] = math.nan
    interval: ClassVar[tuple[float, float]] = (math.nan, math.nan)
    unit: ClassVar[str] = ""
    method: ClassVar[str] = _REFUSED
    one_sided: ClassVar[OneSided | None] = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """The reason, in one line."""
        return (f"refused: {self.reason.splitlines()[0].rstrip('.')}",)


_REFUSAL_KEYS = {"name", "reason"}
Entry: TypeAlias = Result | Refusal


def entry_from(plain: Mapping[str, Any]) -> Entry:
    """Return the entry of which `to_dict` made these values."""
    if plain.keys() == _REFUSAL_KEYS:
        return Refusal(**plain)
    return Result.from_dict(plain)


def words_of(entries: Iterable[Entry], places: Sequence[str]) -> tuple[str, ...]:
    """Return each warning once, with how often and where first it stands.

    Parameters
    ----------
    entries : of one divergence.
    places : one for each entry, "t = 3".
    """
    seen: dict[str, list[str]] = {}
    name, count = "", 0
    for entry, place in zip(entries, places, strict=True):
        name, count = entry.name, count + 1
        for words in entry.warnings:
            seen.setdefault(_alike(entry, words), []).append(f"{place}: {words}")
    return tuple(_line(name, count, found) for found in seen.values())


def _alike(entry: Entry, words: str) -> str:
    """Refusals are one thing that happens to several points; other warnings differ by words."""
    return _REFUSED if isinstance(entry, Refusal) else words


def _line(name: str, count: int, found: list[str]) -> str:
    if count == 1:
        return f"{name} at {found[0]}"
    return f"{name} at {len(found)} of {count} points, first at {found[0]}"
