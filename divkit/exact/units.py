"""In what a divergence is measured, and how a base other than e changes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext
from numbers import Real
from typing import Any

from divkit.divergences.base import Divergence
from divkit.results import Result

_ROUNDING = 2.0**-51
_ROOTS = frozenset({"√nats"})
_PER_NAT: Mapping[str, Callable[[float], float]] = {"nats": float, "√nats": math.sqrt}
"""From the logarithm of a base, nats of each unit in one of that base."""


def in_base(result: Result, divergence: Divergence, base: float | None) -> Result:
    """Return the result with its unit, converted to logarithms of `base` if one is given.

    Raises
    ------
    ValueError
        If base is not above 1 and finite, or the divergence is not logarithmic.
    TypeError
        If base is no real number.
    """
    unit = divergence.unit
    if base is None:
        return replace(result, unit=unit)
    if isinstance(base, bool) or not isinstance(base, Real):
        raise TypeError(f"base must be a real number, such as 2 or math.e; got {base!r}.")
    if not 1 < base < math.inf:  # below 1 a divergence would change its sign
        raise ValueError(f"base must be above 1 and finite; got {base!r}.")
    base = float(base)
    if unit not in _PER_NAT:
        raise ValueError(f"{divergence!r} is not measured in nats; leave base out.")
    factor = 1 / _PER_NAT[unit](math.log(base))
    rounding = _ROUNDING * abs(result.value * factor) if math.isfinite(result.value) else 0.0
    ends = sorted((result.interval[0] * factor, result.interval[1] * factor))
    return replace(
        result,
        diagnostics=_nearest(_proved_digits(result.diagnostics, base, unit), factor),
        value=result.value * factor,
        error=result.error * abs(factor) + rounding,
        interval=(ends[0] - rounding, ends[1] + rounding),
        unit=_renamed(unit, base),
    )


def _nearest(notes: Mapping[str, Any], factor: float) -> Mapping[str, Any]:
    """The diagnostics with the nearest possible value, "bounded", in the new unit."""
    return {**notes, "bounded": notes["bounded"] * factor} if "bounded" in notes else notes


def _proved_digits(notes: Mapping[str, Any], base: float, unit: str) -> Mapping[str, Any]:
    """The decimal ends of an enclosure in the new unit, rounded outwards."""
    if "lower" not in notes or "upper" not in notes:
        return notes
    ends = [Decimal(str(notes[end])) for end in ("lower", "upper")]
    digits = max(len(end.as_tuple().digits) for end in ends)
    with localcontext(prec=digits + 20):
        factor = 1 / Decimal(base).ln()
        factor = factor.sqrt() if unit in _ROOTS else factor
        low, high = sorted(end * factor for end in ends)
        slack = Decimal(10) ** (-digits - 15)
        low, high = low - slack * abs(low), high + slack * abs(high)
    down = Context(prec=digits + 2, rounding=ROUND_FLOOR)
    up = Context(prec=digits + 2, rounding=ROUND_CEILING)
    return {**notes, "lower": str(down.plus(low)), "upper": str(up.plus(high))}


def _renamed(unit: str, base: float) -> str:
    word = {2: "bits", 10: "hartleys", math.e: "nats"}.get(base, f"log base {base:g}")
    return unit.replace("nats", word)
