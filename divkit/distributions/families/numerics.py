r"""Functions that the families share, each exact to a few roundings where the plain form is not.

`torch.where` passes a NaN gradient from the branch that it does not take, so every branch below is
fed points at which it is finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
import numpy as np
import torch

from divkit.distributions.ball_precision import own_precision
from divkit.types import FloatArray, Tensor

UNDERFLOW = 750.0
"""A density e^{−750} times its peak is zero in float64."""

_FAR = 1e8  # beyond this 1 + z² and z² agree to 1e-16
_TINY = 1e-100
_NEAR = 0.3  # where the series of log(1 + w) − w takes over
_TERMS = 14  # r = w/(2 + w) ≤ 0.177 there, so the series errs by r^28 < 1e-21


quiet = np.errstate(over="ignore", divide="ignore", invalid="ignore")
"""Decorates what may overflow to the right limit, or take log 0 = −inf."""


def floats(x: Any) -> FloatArray:
    """Return x as a float64 array."""
    return np.asarray(x, dtype=np.float64)


def off_support(inside: Tensor, log_density: Tensor) -> Tensor:
    """Return the log density where `inside`, −inf elsewhere."""
    return torch.where(inside, log_density, -math.inf)


def log1p_square(distance: Tensor, scale: float) -> Tensor:
    """log(1 + (distance/scale)²), without overflow of the ratio."""
    far = distance.abs() > _FAR * scale
    near = torch.where(far, 0.0, distance) / scale
    tail = torch.log(torch.where(far, distance.abs(), 1.0)) - math.log(scale)
    return torch.where(far, 2.0 * tail, torch.log1p(near * near))


def log1p_ratio(distance: Tensor, scale: float) -> Tensor:
    """log(1 + distance/scale) for distance ≥ 0, without overflow of the ratio."""
    far = distance > _FAR * _FAR * scale
    near = torch.where(far, 0.0, distance) / scale
    tail = torch.log(torch.where(far, distance, 1.0)) - math.log(scale)
    return torch.where(far, tail, torch.log1p(near))


def log_excess(x: Tensor, distance: Tensor, center: float) -> Tensor:
    r"""log(x/center) − distance/center, where distance = x − center is known better than x.

    Near the centre, with w = distance/center and r = w/(2 + w), log(1 + w) = 2 atanh r gives

        log(1 + w) − w = −r w + 2 r³ (1/3 + r²/5 + r⁴/7 + …).
    """
    near = distance.abs() < _NEAR * center
    w = torch.where(near, distance, 0.0) / center
    r = w / (2.0 + w)
    total = torch.zeros_like(r)
    for k in range(_TERMS, 0, -1):
        total = total * r * r + 1.0 / (2 * k + 1)
    ratio = x / center
    plain = (ratio > _TINY) & (ratio < 1 / _TINY)  # log of a ratio rounds less than two logs do
    log_ratio = torch.log(torch.where(plain, ratio, 1.0))
    apart = torch.log(torch.where(plain, 1.0, x)) - math.log(center)
    far = torch.where(plain, log_ratio, apart) - torch.where(near, 0.0, distance) / center
    return torch.where(near, -r * w + 2.0 * r**3 * total, far)


def split(ratio: Fraction) -> tuple[float, float]:
    """Return a fraction as a float and what the float misses."""
    high = float(ratio)
    return high, float(ratio - Fraction(high))


def rounded(formula: Callable[[], flint.arb], prec: int = 96) -> float:
    """Return the float nearest to a ball formula, evaluated at whatever precision that takes."""
    while True:
        with own_precision(prec):
            ball = formula()
        if ball.rel_accuracy_bits() > 60 or float(ball.rad()) < 1e-40:
            return float(ball.mid())
        prec *= 2


@lru_cache(4096)
def log_student_constant(df: float) -> float:
    """log [Γ((df+1)/2) / (Γ(df/2) √(π df))]: the log of Student's density at its centre."""

    def formula() -> flint.arb:
        half = flint.arb(df) / 2
        spread = (flint.arb.pi() * flint.arb(df)).log() / 2
        return (half + flint.arb(0.5)).lgamma() - half.lgamma() - spread

    return rounded(formula)


@lru_cache(4096)
def log_gamma_peak(shape: float) -> float:
    """log of the largest value of the density x^{A} e^{−x}/Γ(A+1), A = shape − 1 ≥ 0."""

    def formula() -> flint.arb:
        a = flint.arb(shape) - 1
        return a * a.log() - a - flint.arb(shape).lgamma() if shape > 1 else flint.arb(0)

    return rounded(formula)


@lru_cache(4096)
def log_beta_peak(a: float, b: float) -> float:
    """log of the largest value of the density x^{a−1} (1−x)^{b−1}/B(a, b), a > 1 and b > 1."""

    def formula() -> flint.arb:
        up, down = flint.arb(a) - 1, flint.arb(b) - 1
        total = up + down
        kernel = up * (up / total).log() + down * (down / total).log()
        return kernel - _log_beta(a, b)

    return rounded(formula)


@lru_cache(4096)
def log_beta(a: float, b: float) -> float:
    """log B(a, b)."""
    return rounded(lambda: _log_beta(a, b))


def _log_beta(a: float, b: float) -> flint.arb:
    x, y = flint.arb(a), flint.arb(b)
    return x.lgamma() + y.lgamma() - (x + y).lgamma()


@lru_cache(4096)
def log_minus(x: float, shift: float) -> float:
    """log x − shift, rounded once."""
    return rounded(lambda: flint.arb(x).log() - flint.arb(shift))
