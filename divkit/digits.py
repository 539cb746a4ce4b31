"""The digits of a number that its error supports: two of the error, the value to the same place.

What is written so is for readers: `repr`, `float` and files keep every digit.
"""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

_MOST = 17
"""Significant digits by which floats are told apart."""
_UNKNOWN = 6
"""Digits of a value whose error is not known."""
_PLAIN = range(-6, 16)
"""Powers of ten of numbers that are written without an exponent."""


def place(error: float) -> int | None:
    """Return the power of ten of an error's second digit; None of 0 and of what is not finite.

    >>> place(0.0132), place(0.0998), place(250.0), place(0.0)
    (-3, -2, 1, None)
    """
    if not 0 < error < math.inf:
        return None
    return int(f"{error:.1e}".partition("e")[2]) - 1


def supported(value: float, error: float, most: int = _MOST, way: str = ROUND_HALF_EVEN) -> str:
    """Return a value to the place of its error's second digit.

    A value without error is whole, of at most so many digits; one whose error is not known has
    six. `way` is the rounding of `decimal`.

    >>> supported(0.10730324186124549, 0.013), supported(1.0, 0.0), supported(2 / 3, math.inf)
    ('0.107', '1.0', '0.666667')
    >>> supported(3.21987e-9, 1.2e-10), supported(0.1114214821847362, 4e-17)
    ('3.22e-09', '0.1114214821847362')
    """
    if not math.isfinite(value):
        return str(value)
    if math.isinf(error):
        return f"{value:.{min(most, _UNKNOWN)}g}"
    at = place(error)
    size = math.floor(math.log10(abs(value))) if value else None
    if at is None or (size is not None and size - at + 1 >= most):
        return repr(value) if most >= _MOST else f"{value:.{most}g}"
    found = Decimal(value).quantize(Decimal(1).scaleb(at), way)
    if not found:
        return f"{0:.{-at}f}" if -at in range(1, 6) else "0.0"
    top = found.adjusted()
    return f"{found:f}" if top in _PLAIN else f"{float(found):.{max(top - at, 0)}e}"


def supported_ends(interval: tuple[float, float], error: float) -> tuple[str, str]:
    """Return the ends of an interval to the place of the error, rounded outward.

    >>> supported_ends((0.08182, 0.13279), 0.013)
    ('0.081', '0.133')
    """
    low, high = interval
    return supported(low, error, _MOST, ROUND_FLOOR), supported(high, error, _MOST, ROUND_CEILING)


def of_error(error: float) -> str:
    """Return an error in two digits.

    >>> of_error(0.1), of_error(0.0132), of_error(3e-9), of_error(0.0), of_error(math.inf)
    ('0.10', '0.013', '3e-09', '0', 'inf')
    """
    at = place(error)
    return f"{error:.{-at}f}" if at is not None and -at in range(1, 6) else f"{error:.2g}"
