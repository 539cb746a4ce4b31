r"""Monotone functions of a result, with its error: exp of an entropy, the log of a divergence.

Where f is monotone on the interval [a, b], the interval's image has the ends f(a) and f(b), each
rounded outward by two floats. A one-sided result keeps its side where f rises and turns it where f
falls. A standard error is carried to first order, |f'(value)| · error; a bound is the distance to
the farther end. A logarithm is of the number alone: of a result in nats it is that of so many
nats, and its unit says so, so that it adds to no logarithm of bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from divkit.arithmetic import FLIPPED
from divkit.plain import outward
from divkit.powers import in_brackets

if TYPE_CHECKING:
    from divkit.results import Result

_LOG = "log "


def _pure(unit: str) -> str:
    """The unit of an exponential: none, but where it undoes a logarithm."""
    return unit[len(_LOG) :] if unit.startswith(_LOG) else ""


def _counted(unit: str) -> str:
    return f"{_LOG}{unit}" if unit else ""


@dataclass(frozen=True)
class Monotone:
    """A function that is monotone on (lowest, ∞), its slope, and the unit of what it gives.

    Examples
    --------
    >>> from divkit.results import Result
    >>> kl = Result.exact(0.0, 1e-9, "quadrature", "by hand", name="kl")
    >>> Monotone("exp ", math.exp, math.exp)(kl)
    exp kl = 1.0 ± 1e-09 (quadrature)
    """

    word: str
    at: Callable[[float], float]
    slope: Callable[[float], float]
    lowest: float = -math.inf
    unit: Callable[[str], str] = _pure
    rises: bool = True

    def __call__(self, base: Result) -> Result:
        """The function of a result.

        Raises
        ------
        ValueError
            If the interval reaches where the function is not defined or not finite.
        """
        low = base.interval[0]
        if min(low, base.value) <= self.lowest and math.isfinite(self.lowest):
            raise ValueError(
                f"{self.word}{base.name} is not finite on all of its interval, which starts at "
                f"{low:.3g}; of the value alone it is math.{self.word.strip()}(float(result))."
            )
        value = self._image(base.value)
        ends = sorted(map(self._image, base.interval))
        interval = outward(ends[0], -math.inf), outward(ends[1], math.inf)
        return replace(
            base,
            value=value,
            error=self._error(base, value, interval),
            interval=interval,
            diagnostics={},
            name=f"{self.word}{in_brackets(base)}",
            unit=self.unit(base.unit),
            one_sided=base.one_sided if self.rises else FLIPPED[base.one_sided],
        )

    def _image(self, x: float) -> float:
        try:
            return self.at(x)
        except OverflowError:
            raise ValueError(f"{self.word}({x!r}) is beyond float64.") from None

    def _error(self, base: Result, value: float, interval: tuple[float, float]) -> float:
        if math.isinf(value):
            return base.error
        if not (base.is_estimate or base.one_sided):
            return max(interval[1] - value, value - interval[0])
        if math.isinf(base.error):
            return base.error
        return abs(self.slope(base.value)) * base.error + 2 * math.ulp(value)


def exponential(base: float) -> Monotone:
    """A number above 0 to the power of a result: 2 to an entropy in bits is a perplexity.

    Raises
    ------
    ValueError
        If the number is not finite and above 0.

    Examples
    --------
    >>> from divkit.results import Result
    >>> 2 ** Result.exact(1.0, 1e-9, "quadrature", "by hand", name="kl", unit="bits")
    2^kl = 2.0 ± 1.4e-09 (quadrature)
    """
    if not 0 < base < math.inf:
        raise ValueError(f"the base of a power must be in (0, inf); got {base!r}.")
    rate = math.log(base)
    return Monotone(
        f"{base:g}^",
        lambda x: math.pow(base, x),
        lambda x: rate * math.pow(base, x),
        rises=rate >= 0,
    )


LOG = Monotone("log ", math.log, lambda x: 1 / x, 0.0, _counted)
LOG2 = Monotone("log2 ", math.log2, lambda x: 1 / (x * math.log(2)), 0.0, _counted)
LOG10 = Monotone("log10 ", math.log10, lambda x: 1 / (x * math.log(10)), 0.0, _counted)
LOG1P = Monotone("log1p ", math.log1p, lambda x: 1 / (1 + x), -1.0)
EXP = Monotone("exp ", math.exp, math.exp)
EXPM1 = Monotone("expm1 ", math.expm1, math.exp)
