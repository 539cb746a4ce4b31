"""A formula in ball arithmetic, evaluated at the precision that its cancellations take.

Parameters are exact floats, so that a formula has one true value; the ball encloses it, and the
precision is doubled until the float nearest to its middle is off by hardly more than its own
rounding. Textbook formulas are then safe for laws that nearly agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import flint
from flint import arb

from divkit.distributions.ball_precision import own_precision
from divkit.divergences.base import FDivergence
from divkit.exact.method import NotApplicableError
from divkit.types import Ball

_GOOD_BITS = 62
_FIRST, _LAST = 96, 1 << 14
_TINY = 1e-320


def settle(formula: Callable[[], arb]) -> tuple[float, float]:
    """Return the float nearest to a formula's value, and a bound of its error.

    A value of ±inf with error 0 is infinite; with error inf it is finite, and no float holds it.

    Raises
    ------
    ArithmeticError
        If 16384 bits leave fewer than 62 of the value.
    """
    prec = _FIRST
    while prec <= _LAST:
        with own_precision(prec):
            ball = formula()
            if ball == arb.pos_inf() or ball == arb.neg_inf():
                return math.copysign(math.inf, 1.0 if ball > 0 else -1.0), 0.0
            if not ball.is_finite():  # too wide a ball met a branch point
                prec *= 2
                continue
            if ball.rel_accuracy_bits() >= _GOOD_BITS or float(ball.abs_upper()) < _TINY:
                value = float(ball.mid())
                far = math.isinf(value)
                return value, math.inf if far else _upper(abs(ball - arb(value)))
        prec *= 2
    raise ArithmeticError(f"{_LAST} bits do not settle {ball}; the formula may be 0 exactly.")


def _upper(ball: arb) -> float:
    bound = float(ball.abs_upper())
    return 0.0 if bound == 0.0 else math.nextafter(bound, math.inf)


def exact(value: float | Fraction) -> Any:
    """The ball of a float (radius 0) or of a fraction."""
    if isinstance(value, Fraction):
        return arb(flint.fmpq(value.numerator, value.denominator))
    return arb(value)


def inverted(matrix: Sequence[Sequence[float]]) -> tuple[tuple[Fraction, ...], ...]:
    """The exact inverse of a matrix of floats."""
    rows = [[flint.fmpq(*x.as_integer_ratio()) for x in row] for row in matrix]
    inverse = flint.fmpq_mat(rows).inv()
    size = range(len(rows))
    return tuple(
        tuple(Fraction(int(inverse[i, j].p), int(inverse[i, j].q)) for j in size) for i in size
    )


def from_quantity(divergence: FDivergence, quantity: Ball) -> Ball:
    """Return factor · quantity + log2s · log 2, the divergence by what it is a multiple of."""
    multiple = divergence.multiple
    if multiple is None:
        raise NotApplicableError(f"{divergence!r} is no multiple of a quantity with a formula.")
    scaled = quantity if multiple.factor == 1 else exact(multiple.factor) * quantity
    return scaled + exact(multiple.log2s) * arb.const_log2() if multiple.log2s else scaled
