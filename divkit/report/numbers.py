"""Numbers and text as the page writes them."""

from __future__ import annotations

import html
import math


def text(words: str) -> str:
    """Escape what a user may have written: <, >, &, quotes; what is no UTF-8 becomes ?."""
    return html.escape(words.encode(errors="replace").decode(), quote=True)


def value(x: float, digits: int = 12) -> str:
    """A number with a true minus sign; "∞" and "NaN" in words of their own."""
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    return _minus(f"{x:.{digits}g}")


def size(x: float) -> str:
    """A difference or an error: two figures are enough."""
    return value(x, 2)


def _minus(number: str) -> str:
    mantissa, mark, exponent = number.partition("e")
    if mark:
        mantissa = f"{mantissa}e{int(exponent)}"
    return mantissa.replace("-", "−")
