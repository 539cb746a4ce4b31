"""Sums, multiples, products, ratios and powers of results, with their errors, and their order.

What is claimed of a and of b is that each lies in its interval; what is claimed of a + b, a·b or
a/b is that it lies in the interval of these, each end rounded outward by two floats. The kind is
the weaker of the two: enclosures stay proofs, and a proof beside an estimate is an estimate.

Two results may come from the same samples, so nothing is taken for independent. Errors are added
to first order, |da|·σ_a + |db|·σ_b, which bounds the standard error of a combination whatever the
correlation; and confidences by Bonferroni's rule, 1 − (1 − level_a) − (1 − level_b).

A lower limit plus a lower limit is one, and the negative of a lower limit is an upper one. What
would claim neither side (a lower limit minus a lower limit), or products of limits, is refused.

A result is below another where its interval is: `a < b` is true or false if the intervals decide
it, and refused where they overlap, since the truths may then stand in either order.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, cast

from divkit.plain import as_float, outward, unwrapped
from divkit.types import LOWER, UPPER, Kind, OneSided
from divkit.ufuncs import NumpyFunctions

if TYPE_CHECKING:
    from divkit.results import Result

Interval = tuple[float, float]
WEAKEST_LAST: tuple[Kind, ...] = ("enclosure", "closed form", "quadrature", "standard error")
FLIPPED: dict[OneSided | None, OneSided | None] = {None: None, LOWER: UPPER, UPPER: LOWER}


class Arithmetic(NumpyFunctions):
    """The operators of a result; what they mean stands in the module."""

    def __neg__(self) -> Result:
        return _negative(_own(self))

    def __pos__(self) -> Result:
        return _own(self)

    def __add__(self, other: Any) -> Result:
        return _combined(_SUM, self, other)

    def __radd__(self, other: Any) -> Result:
        if other == 0 and isinstance(other, int):
            return _own(self)  # where `sum` starts
        return _combined(_SUM, other, self)

    def __sub__(self, other: Any) -> Result:
        return _combined(_DIFFERENCE, self, other)

    def __rsub__(self, other: Any) -> Result:
        return _combined(_DIFFERENCE, other, self)

    def __mul__(self, other: Any) -> Result:
        return _combined(_PRODUCT, self, other)

    def __rmul__(self, other: Any) -> Result:
        return _combined(_PRODUCT, other, self)

    def __truediv__(self, other: Any) -> Result:
        return _combined(_RATIO, self, other)

    def __rtruediv__(self, other: Any) -> Result:
        return _combined(_RATIO, other, self)

    def __pow__(self, exponent: Any) -> Result:
        from divkit.powers import power  # few results are raised to a power

        return power(_own(self), exponent)

    def __rpow__(self, base: Any) -> Result:
        from divkit.monotone import exponential

        base = unwrapped(base)
        if isinstance(base, bool) or not isinstance(base, Real):
            return cast("Result", NotImplemented)
        return exponential(float(base))(_own(self))

    def __abs__(self) -> Result:
        """The result itself or its negative; |a| where the interval [l, u] of a holds both signs.

        Then |a| lies in [0, max(−l, u)].

        Raises
        ------
        ValueError
            If the result is one-sided, so that its other end is no claim, and holds both signs.
        """
        low, high = _own(self).interval
        if low >= 0 or high < 0:
            return -_own(self) if high < 0 else _own(self)
        return _magnitude(_own(self))

    def __round__(self, digits: int | None = None) -> float:
        """The value, rounded; the error is left behind, as by `float`."""
        return round(_own(self).value, digits)

    def __lt__(self, other: Any) -> bool:
        return _below(self, other, strict=True)

    def __gt__(self, other: Any) -> bool:
        return _below(other, self, strict=True)

    def __le__(self, other: Any) -> bool:
        return _below(self, other, strict=False)

    def __ge__(self, other: Any) -> bool:
        return _below(other, self, strict=False)

    def __format__(self, spec: str) -> str:
        """The value in a format for floats, or the whole line where there is none."""
        return format(_own(self).value, spec) if spec else str(self)


def _below(left: Any, right: Any, *, strict: bool) -> bool:
    """Whether left < right, or left ≤ right, for all that lies in their intervals.

    Raises
    ------
    ValueError
        If it is so for some of it only.
    """
    left, right = unwrapped(left), unwrapped(right)
    if any(isinstance(x, bool) or not isinstance(x, Arithmetic | Real) for x in (left, right)):
        return cast("bool", NotImplemented)  # Python asks the other side, then raises
    (low, high), (least, most) = _interval(left), _interval(right)
    if high < least or (not strict and high == least):
        return True
    if low > most or (strict and low == most):
        return False
    raise ValueError(
        f"{_shown(left)} {'<' if strict else '≤'} {_shown(right)} is not decided: their intervals "
        "overlap. Compare the values, float(result) or result.value, where chance may decide."
    )


def _interval(given: Any) -> Interval:
    if isinstance(given, Arithmetic):
        return _own(given).interval
    number = as_float("a number beside a result", given)
    return number, number


def _shown(given: Any) -> str:
    """A result in short, as it stands in a message."""
    if not isinstance(given, Arithmetic):
        return f"{given:g}"
    low, high = _own(given).interval
    return f"{_own(given).name} in [{low:.6g}, {high:.6g}]"


def _own(result: Any) -> Result:
    made: Result = result
    return made


@dataclass(frozen=True)
class Combination:
    """A function of two numbers with its derivatives at (a, b), its unit and its side."""

    sign: str
    value: Callable[[float, float], float]
    slopes: Callable[[float, float], tuple[float, float]]
    unit: Callable[[str, str], str]
    side: Callable[[Result, Result], OneSided | None]


def _one_unit(a: str, b: str) -> str:
    if a != b:
        raise ValueError(
            f"units must agree; got {a or 'a plain number'} and {b or 'a plain number'}. Convert "
            "one of them first, as by base=2 where it is made."
        )
    return a


def _no_limits(a: Result, b: Result) -> OneSided | None:
    """A limit times a number keeps its side by the number's sign; more is not claimed."""
    limits = [r for r in (a, b) if r.one_sided]
    if not limits:
        return None
    number = b if limits[0] is a else a
    if len(limits) > 1 or number.error or not math.isfinite(number.value) or number.value == 0:
        raise ValueError(
            "a one-sided result can be multiplied or divided by a number that is not 0, and no "
            "more: nothing else has a side."
        )
    return FLIPPED[limits[0].one_sided] if number.value < 0 else limits[0].one_sided


def _ratio_side(a: Result, b: Result) -> OneSided | None:
    if b.one_sided:
        raise ValueError("a one-sided result cannot be divided by: its reciprocal has no side.")
    return _no_limits(a, b)


def _one_side(a: Result, b: Result) -> OneSided | None:
    """The side that a sum claims: that of its parts, which must not pull apart."""
    sides = {r.one_sided for r in (a, b)} - {None}
    if len(sides) > 1:
        raise ValueError(
            f"{a.side() or a.name} and {b.side() or b.name} leave no side of the sum or "
            "difference that could be claimed."
        )
    return sides.pop() if sides else None


def _product_unit(a: str, b: str) -> str:
    return "·".join(filter(None, (a, b)))


def _ratio_unit(a: str, b: str) -> str:
    return "" if a == b else (f"{a or 1}/{b}" if b else a)


_SUM = Combination("+", operator.add, lambda a, b: (1.0, 1.0), _one_unit, _one_side)
_DIFFERENCE = Combination(
    "−", operator.sub, lambda a, b: (1.0, -1.0), _one_unit, lambda a, b: _one_side(a, -b)
)
_PRODUCT = Combination("·", operator.mul, lambda a, b: (b, a), _product_unit, _no_limits)
_RATIO = Combination(
    "/", operator.truediv, lambda a, b: (1 / b, -a / (b * b)), _ratio_unit, _ratio_side
)


def _combined(by: Combination, left: Any, right: Any) -> Result:
    left, right = unwrapped(left), unwrapped(right)
    if any(isinstance(x, bool) or not isinstance(x, Arithmetic | Real) for x in (left, right)):
        return cast("Result", NotImplemented)  # Python asks the other side, then raises
    a, b = _read(left, right, by), _read(right, left, by)
    side, unit = by.side(a, b), by.unit(a.unit, b.unit)
    level = a.level + b.level - 1
    if level <= 0:
        raise ValueError(
            f"of two intervals at {a.level:g} and {b.level:g} none can be claimed; make them at "
            "higher levels."
        )
    value = _at(by, a.value, b.value)
    ends = _ends(by, a.interval, b.interval)
    return replace(
        a,
        value=value,
        error=_error(by, a, b, value, ends),
        kind=max(a.kind, b.kind, key=WEAKEST_LAST.index),
        interval=ends,
        level=level,
        method=", ".join(dict.fromkeys(_methods(left, right))),
        diagnostics={},
        name=f"{_word(left, a)} {by.sign} {_word(right, b)}",
        unit=unit,
        warnings=tuple(dict.fromkeys((*a.warnings, *b.warnings, *_doubts(by, b)))),
        reason="; ".join(filter(None, (a.reason, b.reason))) or None,
        one_sided=side,
    )


def _read(given: Any, other: Any, by: Combination) -> Result:
    """A result as it is; a number as an exact one, in the unit of what it is added to."""
    if isinstance(given, Arithmetic):
        return _own(given)
    value, model = as_float("a number beside a result", given), _own(other)
    if not math.isfinite(value):
        raise ValueError(f"a result can be combined with finite numbers; got {value!r}.")
    unit = model.unit if by.unit is _one_unit else ""
    return replace(
        model,
        value=value,
        error=0.0,
        kind="enclosure",
        interval=(value, value),
        level=1.0,
        unit=unit,
        warnings=(),
        reason=None,
        one_sided=None,
    )


def _at(by: Combination, a: float, b: float) -> float:
    try:
        value = by.value(a, b)
    except ZeroDivisionError:
        raise ValueError("a result cannot be divided by one whose value is 0.") from None
    if math.isnan(value):
        raise ValueError(f"{a!r} {by.sign} {b!r} has no value.")
    return value


def _ends(by: Combination, a: Interval, b: Interval) -> Interval:
    """The interval of the function over two intervals, rounded outward."""
    if by is _RATIO and b[0] <= 0 <= b[1]:
        return -math.inf, math.inf
    corners = [_corner(by, x, y) for x in a for y in b]
    low, high = min(corners), max(corners)
    return outward(low, -math.inf), outward(high, math.inf)


def _corner(by: Combination, x: float, y: float) -> float:
    """The function at a corner; 0 · inf is 0 there, inf − inf cannot be for intervals."""
    if by is _PRODUCT and 0.0 in (x, y):
        return 0.0
    value = by.value(x, y)
    return value if not math.isnan(value) else math.copysign(math.inf, x)


def _error(by: Combination, a: Result, b: Result, value: float, ends: Interval) -> float:
    """The first order for standard errors; for bounds the distance to the farther end."""
    if math.isinf(value):
        return 0.0 if ends == (value, value) else math.inf
    if not (a.is_estimate or b.is_estimate or a.one_sided or b.one_sided):
        return max(ends[1] - value, value - ends[0])
    slopes = by.slopes(a.value, b.value)
    parts = [
        r.error if math.isinf(r.error) else abs(slope) * r.error
        for slope, r in zip(slopes, (a, b), strict=True)
    ]
    return math.fsum(parts) + 2 * math.ulp(value)


def _negative(result: Result) -> Result:
    low, high = result.interval
    return replace(
        result,
        value=-result.value,
        interval=(-high, -low),
        name=f"−{result.name}",
        one_sided=FLIPPED[result.one_sided],
    )


def _magnitude(result: Result) -> Result:
    """|a|, of an interval with both signs."""
    if result.one_sided:
        raise ValueError(
            f"the absolute value of {result.name}, {result.side()}, has no side that could be "
            "claimed. Take abs(float(result)) for that of the value alone."
        )
    low, high = result.interval
    value = abs(result.value)
    return replace(result, value=value, interval=(0.0, max(-low, high)), name=f"|{result.name}|")


def _doubts(by: Combination, b: Result) -> tuple[str, ...]:
    if by is _RATIO and b.interval[0] <= 0 <= b.interval[1]:
        return (f"the interval of {b.name}, which is divided by, holds 0",)
    return ()


def _methods(*given: Any) -> Iterator[str]:
    return (_own(each).method for each in given if isinstance(each, Arithmetic))


def _word(given: Any, result: Result) -> str:
    if not isinstance(given, Arithmetic):
        return f"{result.value:g}"
    return f"({result.name})" if " " in result.name else result.name
