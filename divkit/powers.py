r"""Powers of a result, with its error: the root of JSD is a metric, and JSD is a result.

On an interval of one sign x ↦ xᵏ is monotone, so that its ends are the images of the ends; an even
power of an interval that holds 0 starts there. Roots, and powers below 0, need an interval that
stays where they are defined.
"""

from __future__ import annotations

import math
from dataclasses import replace
from numbers import Real
from typing import TYPE_CHECKING, Any, cast

from divkit.arithmetic import Arithmetic
from divkit.plain import as_float, outward, unwrapped

if TYPE_CHECKING:
    from divkit.results import Result

Interval = tuple[float, float]


def power(base: Result, exponent: Any) -> Result:
    """The result to a power, a real number.

    Raises
    ------
    TypeError
        If the exponent is a result, too.
    ValueError
        If the interval reaches where the power is not defined; if the base is one-sided and the
        power does not rise on all of its interval; if the power is infinite.

    Examples
    --------
    >>> from divkit.results import Result
    >>> root = Result.exact(0.25, 1e-9, "quadrature", "by hand", name="js") ** 0.5
    >>> root
    js^0.5 = 0.5 ± 1e-09 (quadrature)
    """
    if isinstance(exponent, Arithmetic):
        raise TypeError(
            "a result to the power of a result is not defined: take `base ** float(exponent)` or "
            "`float(base) ** exponent`, whichever number's error may be left behind."
        )
    exponent = unwrapped(exponent)
    if isinstance(exponent, bool) or not isinstance(exponent, Real):
        return cast("Result", NotImplemented)
    k = as_float("the exponent", exponent)
    if not math.isfinite(k):
        raise ValueError(f"the exponent must be finite; got {exponent!r}.")
    _require_defined(base, k)
    value, ends = _at(base.value, k), _ends(base.interval, k)
    if base.one_sided and (k <= 0 or base.interval[0] < 0):
        raise ValueError(
            "of a one-sided result powers above 0 are claimed, where its interval is at least 0."
        )
    return replace(
        base,
        value=value,
        error=_error(base, value, ends, k),
        interval=ends,
        diagnostics={},
        name=f"{in_brackets(base)}^{k:g}",
        unit=_unit(base.unit, k),
    )


def _require_defined(base: Result, k: float) -> None:
    low, high = base.interval
    if not k.is_integer() and min(low, base.value) < 0:
        raise ValueError(
            f"{base.name} may be below 0, where ^{k:g} is not defined: its interval starts at "
            f"{low:.3g}. Of the value alone it is float(result) ** {k:g}."
        )
    if k < 0 and low <= 0 <= high:
        raise ValueError(f"{base.name} may be 0, where ^{k:g} is infinite.")


def _at(x: float, k: float) -> float:
    try:
        return math.pow(x, k)
    except OverflowError:
        raise ValueError(f"{x!r}^{k:g} is beyond float64.") from None


def _ends(interval: Interval, k: float) -> Interval:
    """The interval's image, two floats wider at either end; none below 0 for an even power."""
    images = [_at(end, k) for end in interval]
    low, high = min(images), max(images)
    if k > 0 and k % 2 == 0 and interval[0] < 0 < interval[1]:
        low = 0.0
    least = outward(low, -math.inf)
    exact = low == 0.0 and (k % 2 == 0 or interval[0] >= 0)
    return 0.0 if exact else least, outward(high, math.inf)


def _error(base: Result, value: float, ends: Interval, k: float) -> float:
    """To first order for standard errors; for bounds the distance to the farther end."""
    if math.isinf(value):
        return base.error
    if base.value == 0 or not (base.is_estimate or base.one_sided):
        return max(ends[1] - value, value - ends[0])
    if base.error in (0.0, math.inf):
        return base.error
    return abs(k * _at(base.value, k - 1)) * base.error + 2 * math.ulp(value)


def in_brackets(base: Result) -> str:
    """The result's name as part of another, in brackets where it is several words."""
    return f"({base.name})" if " " in base.name else base.name


def _unit(unit: str, k: float) -> str:
    return unit if k == 1 or not unit else f"{unit}^{k:g}"
