r"""Text → number, strictly: decimal digits of ASCII, one point, one exponent, and no more.

`float` also takes `1_000`, digits of other scripts and blanks of every kind, gives 0 for `1e-400`,
and the nearest double for 9007199254740993. Here the first are no numbers, and figures that
float64 does not hold are refused: beyond the range, below it, integers with more digits than fit.
A figure is held if it is the shortest text of its double, too: that is how programs write.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
WHOLE = re.compile(r"[+-]?\d+(?:\.0*)?", re.ASCII)
_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE | re.ASCII)
_LIKE = re.compile(r"[\s(]*[-+−–]?[.,$€£]?\s*\d")
_MISSING = frozenset(
    ("", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "+nan", "nat", "null", "none", ".", "?", "-")
)
_POINTED = re.compile(r"^(\d{2})\.(\d{2})\.(\d{4})(?=$|[ T])", re.ASCII)
_EPOCH = datetime(1970, 1, 1)
_NORMAL, _EXACT = 2.0**-1022, 2**53


class Kind(Enum):
    """Kinds of cells."""

    NUMBER = "a number"
    INFINITE = "infinite"
    MISSING = "missing"
    LIKE = "like a number, but none"
    TEXT = "text"


class UnheldError(ValueError):
    """A number that float64 does not hold."""


def kind(text: str) -> Kind:
    """The kind of a cell without blanks around it.

    >>> [kind(text).name for text in ("1e5", "1_000", "NA", "u", "-inf")]
    ['NUMBER', 'LIKE', 'MISSING', 'TEXT', 'INFINITE']
    """
    if NUMBER.fullmatch(text):
        return Kind.NUMBER
    if _INFINITE.fullmatch(text):
        return Kind.INFINITE
    if text.lower() in _MISSING:
        return Kind.MISSING
    return Kind.LIKE if _LIKE.match(text) else Kind.TEXT


def number(text: str, rounded: bool = False) -> float:
    """The double of a text that `NUMBER` matches.

    Raises
    ------
    UnheldError
        If float64 does not hold it and `rounded` is False, or it is beyond the range.
    """
    value = float(text)
    if math.isinf(value):
        raise UnheldError("is beyond float64, whose largest is 1.8e308")
    if rounded or _NORMAL <= abs(value) < _EXACT:
        return value
    if abs(value) < _NORMAL and not _is_written(value, text):
        raise UnheldError("is smaller than float64 holds to full digits, 2.2e-308")
    if abs(value) >= _EXACT and WHOLE.fullmatch(text) and not _is_written(value, text):
        raise UnheldError("has more digits than float64 holds: integers are exact up to 2^53")
    return value


def days(text: str) -> tuple[float, bool] | None:
    """Days from 1970-01-01 to a date, and whether it has a zone; None for other texts.

    Dates are written by ISO 8601, or as 31.12.1970: points stand where the day comes first.

    >>> days("1970-01-02T12:00"), days("1970-01-02T12:00+06:00"), days("monday")
    ((1.5, False), (1.25, True), None)
    >>> days("02.01.1970"), days("01/02/1970")
    ((1.0, False), None)
    """
    try:
        found = datetime.fromisoformat(_POINTED.sub(r"\3-\2-\1", text))
    except ValueError:
        return None
    zoned = found.tzinfo is not None
    return (found - (_EPOCH.replace(tzinfo=UTC) if zoned else _EPOCH)) / timedelta(days=1), zoned


def _is_written(value: float, text: str) -> bool:
    """True if a text is the double itself, or its shortest text."""
    if value == 0:
        return not any(digit in "123456789" for digit in re.split("[eE]", text)[0])
    written = Decimal(text)
    return written in (Decimal(value), Decimal(repr(value)))
