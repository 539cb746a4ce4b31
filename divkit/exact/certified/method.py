r"""Divergences as proved enclosures, to any number of digits, by Arb's ball arithmetic.

Every operation rounds outward, every infinite range is cut with a bound of the rest, every
quadrature has a proved error: the interval of the Result contains the truth. The routes, in order:

    JS, GAN, Δ, Hellinger, Bhattacharyya   the affinity ρ(½ + iω), where it is closed form:
                                           Gaussians and products in any dimension,
                                           exponential families on the line;
    KL, reverse KL, Jeffreys               closed form for Gaussians, sums for products;
    total variation                        signs of log p − log q and distribution functions;
    all, on the line                       Gauss–Legendre with the error of a Bernstein ellipse.

Parameters are taken as the floats that they are, exactly, so that Normal(0, 0.1) has the scale
0.1000000000000000055…. The weights of a mixture are divided by their exact sum.

F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic", IEEE
Transactions on Computers 66 (2017); "Numerical integration in arbitrary-precision ball
arithmetic", ICMS 2018.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.base import Law
from divkit.divergences.base import Divergence
from divkit.exact.balls.place import ImprecisionError
from divkit.exact.certified.routes import route
from divkit.exact.method import NotApplicableError
from divkit.results import Result
from divkit.types import Ball

_TRIES = 7


@dataclass(frozen=True)
class Certified:
    """A proved enclosure of a divergence with `digits` significant digits.

    Parameters
    ----------
    digits : the enclosure's radius is at most 10^−digits times its value; or 10^−(4 digits + 40),
        which ends the search where a value is 0 or hardly differs from it.

    Raises
    ------
    ValueError
        If digits is not an int of at least 1.
    NotApplicableError
        On the call: if the laws or the divergence are out of reach, the value is infinite, or the
        digits are not reached.

    Notes
    -----
    The Result's `diagnostics` hold the enclosure as decimal strings `lower` and `upper`, rounded
    outward, with the precision in bits and the seconds. `error` covers the rounding of `value` to
    a float; only the strings show more than 16 digits.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import TV
    >>> found = Certified(digits=20)(Normal(0, 1), Normal(1, 1), TV)
    >>> found.diagnostics["lower"]
    '0.38292492254802620727540'
    """

    digits: int = 15

    def __post_init__(self) -> None:
        if isinstance(self.digits, bool) or not isinstance(self.digits, int) or self.digits < 1:
            raise ValueError(f"digits must be an int of at least 1; got {self.digits!r}.")

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence with its proved error."""
        with own_precision(ctx.prec):
            start = time.perf_counter()
            ball = self.enclose(route(p, q, divergence))
            return self._result(ball, divergence, ctx.prec, time.perf_counter() - start)

    def enclose(self, evaluate: Callable[[Ball], Ball]) -> Ball:
        """Call `evaluate(tolerance)` at rising precision until the digits are there."""
        floor = 3 * self.digits + 40
        size, spare, ball = 0, 48, arb.nan()
        for _ in range(_TRIES):
            exponent = self.digits + 1 + size
            ctx.prec = math.ceil(3.33 * exponent) + spare
            spare *= 2
            try:
                ball = evaluate(arb(10) ** -exponent)
            except ImprecisionError:
                continue
            if _is_sharp(ball, self.digits, floor):
                return ball
            size = min(size + _missing(ball, self.digits, size), floor)
        raise NotApplicableError(
            f"{self.digits} digits were not reached; the enclosure is {ball.str(10)}."
        )

    def _result(self, ball: Ball, divergence: Divergence, bits: int, seconds: float) -> Result:
        value = float(ball.mid())
        if math.isinf(value):
            raise NotApplicableError(f"the value {ball.str(10)} exceeds the range of a float.")
        error = _upward((ball - value).abs_upper())
        ends = (-_upward(-ball.lower()), _upward(ball.upper()))
        diagnostics = {
            "lower": decimal(ball.lower(), self.digits + 3, math.floor),
            "upper": decimal(ball.upper(), self.digits + 3, math.ceil),
            "digits": self.digits,
            "precision": bits,
            "seconds": seconds,
        }
        return Result(
            value, error, "enclosure", ends, 1.0, repr(self), diagnostics, divergence.name
        )


def _is_sharp(ball: Ball, digits: int, floor: int) -> bool:
    if not ball.is_finite():
        return False
    return bool(ball.rad() * arb(10) ** digits <= ball.abs_lower().max(arb(10) ** -floor))


def _missing(ball: Ball, digits: int, before: int) -> int:
    """Number of further decimals that the next try is to aim at."""
    if not ball.is_finite() or ball.contains(0):
        return before + 16
    excess = (ball.rad() / ball.abs_lower()).log().upper() / arb(10).log()
    return max(1, math.ceil(float(excess.upper()) + digits + 0.5))


def _upward(x: Ball) -> float:
    """A float at or above an exact ball."""
    nearest = float(x)
    return nearest if bool(arb(nearest) >= x) else math.nextafter(nearest, math.inf)


def decimal(x: Ball, digits: int, rounding: Callable[[Fraction], int]) -> str:
    """An exact ball as a decimal string with so many significant digits, rounded as given.

    >>> decimal(arb(2) / 3 * 0 + arb(0.125), 2, math.floor), decimal(arb(-0.125), 2, math.floor)
    ('0.12', '-0.13')
    """
    mantissa, exponent = (int(part) for part in x.man_exp())
    exact = Fraction(mantissa) * Fraction(2) ** exponent
    if exact == 0:
        return "0"
    places = digits - 1 - math.floor((abs(mantissa).bit_length() + exponent - 1) * math.log10(2))
    whole = rounding(exact * Fraction(10) ** places)
    sign, text = "-" if whole < 0 else "", str(abs(whole))
    if places <= 0:
        return f"{sign}{text}{'0' * -places}"
    if places > len(text) + 5:
        return f"{sign}{text[0]}.{text[1:]}e-{places - len(text) + 1}"
    text = text.rjust(places + 1, "0")
    return f"{sign}{text[:-places]}.{text[-places:]}"
