"""Arithmetic progressions of exact step on the line: where they meet, and which covers which."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from divkit.types import Tensor

_MOST_CLASSES = 4096
_SLIP = 4 * 2.0**-53


@dataclass(frozen=True)
class Progression:
    """The points start + step·k, k = low … high; either end may be infinite.

    It is kept in one form, so that equal sets are equal: k runs from 0 where there is a first
    point, to 0 where there is only a last one, and 0 ≤ start < step where there is neither.

    Raises
    ------
    ValueError
        If step is not positive, or no k is left.
    """

    start: Fraction
    step: Fraction
    low: float = 0
    high: float = math.inf

    def __post_init__(self) -> None:
        start, step, low, high = Fraction(self.start), Fraction(self.step), self.low, self.high
        if step <= 0 or not low <= high:
            raise ValueError(f"a progression needs step > 0 and low <= high; got {self!r}.")
        if low > -math.inf:
            start, low, high = start + step * int(low), 0, high - low
        elif high < math.inf:
            start, high = start + step * int(high), 0
        else:
            start %= step
        if low == high:
            step = Fraction(1)
        for name, value in (("start", start), ("step", step), ("low", low), ("high", high)):
            object.__setattr__(self, name, value)

    @property
    def count(self) -> float:
        """The number of points."""
        return self.high - self.low + 1

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest point, ±inf where there is none."""
        return self._at(self.low), self._at(self.high)

    def _at(self, k: float) -> float:
        return float(self.start + self.step * int(k)) if math.isfinite(k) else k

    def contains(self, x: Tensor) -> Tensor:
        """Whether numbers (n,) are points, but for a few roundings."""
        start, step = float(self.start), float(self.step)
        k = ((x - start) / step).round()
        missed = (x - (start + step * k)).abs()
        near = (missed <= _SLIP * (abs(start) + (step * k).abs())) & (missed < 0.25 * step)
        return near & (k >= float(self.low)) & (k <= float(self.high)) & x.isfinite()

    def index(self, x: float) -> int | None:
        """The k whose point is x, or rounds to the float x; None if there is none."""
        k = round((Fraction(x) - self.start) / self.step)
        return k if self.low <= k <= self.high and float(self.start + self.step * k) == x else None


def gcd(a: Fraction, b: Fraction) -> Fraction:
    """The largest rational of which both are multiples."""
    denominator = math.lcm(a.denominator, b.denominator)
    return Fraction(math.gcd(int(a * denominator), int(b * denominator)), denominator)


def lcm(a: Fraction, b: Fraction) -> Fraction:
    """The least rational that is a multiple of both."""
    return a * b / gcd(a, b)


def meet(a: Progression, b: Progression) -> Progression | None:
    """The points of both; None where there is none."""
    shared = gcd(a.step, b.step)
    offset = (b.start - a.start) / shared
    if offset.denominator != 1:
        return None
    m, n = int(a.step / shared), int(b.step / shared)
    k = (
        int(offset) * pow(m, -1, n) % n if n > 1 else 0
    )  # a.start + k·a.step is a point of b's line
    start, step = a.start + k * a.step, a.step * n
    ranges = [_range(one, start, step) for one in (a, b)]
    low, high = max(r[0] for r in ranges), min(r[1] for r in ranges)
    return Progression(start, step, low, high) if low <= high else None


def _range(one: Progression, start: Fraction, step: Fraction) -> tuple[float, float]:
    """The k for which start + step·k lies between the ends of `one`."""
    low, high = -math.inf, math.inf
    if math.isfinite(one.low):
        low = math.ceil((one.start + one.step * int(one.low) - start) / step)
    if math.isfinite(one.high):
        high = math.floor((one.start + one.step * int(one.high) - start) / step)
    return low, high


def covered(one: Progression, others: Sequence[Progression]) -> bool | None:
    """Whether all points of one lie in the union of the others; None where that takes too long."""
    if any(meet(one, other) == one for other in others):
        return True
    near = [other for other in others if meet(one, other) is not None]
    if len(near) < 2:
        return False
    step = one.step
    for other in near:
        step = lcm(step, other.step)
    classes = step / one.step
    if one.count < classes:
        points = (Progression(one.start + one.step * k, step, 0, 0) for k in _indices(one))
        return all(any(meet(point, other) for other in near) for point in points)
    if classes > _MOST_CLASSES:
        return None
    return all(_spanned(part, near) for part in _classes(one, step, int(classes)))


def _indices(one: Progression) -> Iterable[int]:
    return range(int(one.low), int(one.high) + 1)


def _classes(one: Progression, step: Fraction, count: int) -> Iterable[Progression]:
    """The points of a progression, every count-th in one class."""
    for k in range(count):
        start = one.start + one.step * k
        low, high = _range(one, start, step)
        if low <= high:
            yield Progression(start, step, low, high)


def _spanned(part: Progression, others: Sequence[Progression]) -> bool:
    """Whether the stretches of a class that lie in the others leave no gap."""
    shared = (meet(part, other) for other in others)
    pieces = sorted(_range(each, part.start, part.step) for each in shared if each is not None)
    reach = part.low - 1
    for low, high in pieces:
        if low > reach + 1 and not (reach == -math.inf and low == -math.inf):
            return False
        reach = max(reach, high)
    return reach >= part.high
