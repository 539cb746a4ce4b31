r"""The rest beyond 1e300 of ∫ |F − G| and ∫ (F − G)², where tails are powers of x.

A tail S(x) ~ A x^{−a} has ∫_R^∞ S = R S(R)/(a − 1): of Student's t at 1.001 degrees of freedom
half of the mean lies beyond R = 1e300, where the panels end. Two tails A x^{−a} and B x^{−b}
cross at most once, at x^{a−b} = A/B, and between crossings

    ∫ (A x^{−a} − B x^{−b}) dx = A x^{1−a}/(1 − a) − B x^{1−b}/(1 − b).

The power is the law's own, exactly; A = S(r) r^a is read at r = 1e150, and what it differs by from
the one at 1e75 bounds what is left of its limit (Bingham, Goldie, Teugels 1987, theorem 1.5.11, is
the general case: Karamata's).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from divkit.distributions.base import Law1D
from divkit.distributions.compose.mixed_line import MixedCurve
from divkit.exact.ipm.ends import tail_power
from divkit.exact.ipm.slip import Slip
from divkit.exact.quadrature.fields import ROUNDOFF
from divkit.exact.quadrature.panels import FAR

_READ = (1e75, 1e150)
_LIGHT = 2.0
"""A tail that falls faster than 1/x² has less than 1e-300 of an integral beyond 1e300."""


@dataclass(frozen=True)
class PowerTail:
    """S(x) = e^height (x/1e300)^{−power}/1e300: x S at 1e300 is e^height, ± `share` of it."""

    height: float
    power: float
    share: float

    def integral(self, t: float = 0.0) -> float:
        """∫ S from 1e300 e^t on."""
        rate = self.power - 1
        return math.exp(self.height - rate * t) / rate if self.height > -math.inf else 0.0


_NOTHING = PowerTail(-math.inf, math.inf, 0.0)


def beyond(
    curves: tuple[Any, Any], slips: tuple[Slip, Slip], order: int
) -> tuple[float, float] | None:
    """Return ∫ |F − G|^order beyond ±1e300 with its error; None where a tail is no known power."""
    value = error = 0.0
    for side in (0, 1):
        tails = [_tail(c, slip, side, order) for c, slip in zip(curves, slips, strict=True)]
        first, second = tails
        if first is None or second is None:
            return None
        more, off = (_gap if order == 1 else _square)(first, second)
        value, error = value + more, error + off
    return value, error


def _gap(a: PowerTail, b: PowerTail) -> tuple[float, float]:
    """∫ |S − T| and its error."""

    def rest(t: float) -> float:
        return a.integral(t) - b.integral(t)

    error = a.share * a.integral() + b.share * b.integral()
    crossing = 0.0
    if a.power != b.power and math.isfinite(a.height) and math.isfinite(b.height):
        crossing = max((a.height - b.height) / (a.power - b.power), 0.0)
    return abs(rest(0.0) - rest(crossing)) + abs(rest(crossing)), error


def _square(a: PowerTail, b: PowerTail) -> tuple[float, float]:
    """∫ (S − T)² and its error, |2ST| ≤ S² + T²."""
    if a.height == b.height == -math.inf:
        return 0.0, 0.0
    squares = [_product(a, a), _product(b, b)]
    value = squares[0] - 2 * _product(a, b) + squares[1]
    return max(value, 0.0), 4 * (a.share + b.share) * sum(squares)


def _product(a: PowerTail, b: PowerTail) -> float:
    """∫ S T beyond 1e300."""
    height = a.height + b.height - math.log(FAR)
    return math.exp(height) / (a.power + b.power - 1) if height > -math.inf else 0.0


def _tail(curve: Any, slip: Slip, side: int, order: int) -> PowerTail | None:
    """The tail of a distribution function at an end; none where it holds next to nothing there."""
    law = curve.law if isinstance(curve, MixedCurve) else curve
    power = tail_power(law, side) if isinstance(law, Law1D) else math.inf
    if power is None:
        return None
    far = (1 if side else -1) * np.array([*_READ, FAR])
    heights = np.asarray(curve.sf(far) if side else curve.cdf(far), dtype=float)
    if float(power) - 1 > _LIGHT:
        return _NOTHING if float(heights[-1]) == 0.0 else None
    rate = float(power - 1)
    if rate * order <= 1 or not (heights[:2] > 0).all():
        return None
    logs = np.log(heights[:2]) + rate * np.log(_READ)
    off = float(np.max(slip(far[:2], heights[:2]) / heights[:2]))
    gap = abs(float(logs[1] - logs[0])) + off + 64 * ROUNDOFF * (1 + abs(math.log(heights[1])))
    return PowerTail(float(logs[1]) - (rate - 1) * math.log(FAR), rate, math.expm1(gap))
