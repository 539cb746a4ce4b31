r"""Generalised hyperbolic and generalised inverse Gaussian laws, named as in scipy.stats.

Both are made of Bessel functions K_ν, whose size leaves the floats at orders of a hundred. From an
order of 50 on log K_ν is Debye's uniform expansion (DLMF 10.41.4),

    K_ν(νt) ~ √(π/2ν) e^{−νη} (1 + t²)^{−¼} Σ_k (−1)^k U_k(1/√(1 + t²))/ν^k,

    η = √(1 + t²) + log(t/(1 + √(1 + t²))),

of which 16 terms are right to the last bit there; below it is SciPy's, which is Amos's.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

import flint
import numpy as np
import torch
from numpy.polynomial import Polynomial

from divkit.distributions.adapt.forms.form import (
    HALF_LOG_2PI,
    Form,
    blur_of_parts,
    far,
    near,
    xlogy,
)
from divkit.distributions.families.numerics import rounded
from divkit.distributions.tails import LOG
from divkit.distributions.tails import power as growth
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")

_LARGE = 50.0
_TERMS = 16
_BESSEL = 2.0**-50  # error of SciPy's kve


def geninvgauss(p: float, b: float) -> Form:
    """z^{p−1} e^{−b(z + 1/z)/2}/(2 K_p(b))."""
    order, at = flint.arb(p), flint.arb(b)
    constant = rounded(lambda: (2 * at.bessel_k(order)).log() + at)
    mode = _mode_of_inverse(p, b)
    parts = abs((p - 1) * math.log(mode)) + 0.5 * b * (mode - 1) ** 2 / mode + abs(constant)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        gap = z - 1
        return xlogy(p - 1, z) - gap * (0.5 * b * gap / z) - constant

    half, rise = Fraction(b) / 2, Fraction(p) - 1
    tails = near({growth(1): half, LOG: rise}), far({growth(1): half, LOG: -rise})
    return Form(log_density, tails=tails, blur=blur_of_parts(parts))


def _mode_of_inverse(p: float, b: float) -> float:
    root = math.hypot(p - 1, b)
    return (p - 1 + root) / b if p > 1 else b / (root - (p - 1))


def genhyperbolic(p: float, a: float, b: float) -> Form:
    """(γ/a)^p √(a/2π) e^{bz} r^{p−½} K_{p−½}(ar)/K_p(γ), r² = 1 + z², γ² = a² − b²."""
    order = flint.arb(p)

    def ball() -> flint.arb:
        wide, lean = flint.arb(a), flint.arb(b)
        rate = ((wide - lean) * (wide + lean)).sqrt()
        whole = order * (rate / wide).log() + (wide / (2 * flint.arb.pi())).log() / 2
        return whole - rate.bessel_k(order).log()

    constant, power = rounded(ball), p - 0.5

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        root = torch.hypot(z, torch.ones_like(z))
        bessel = torch.from_numpy(_log_bessel_k(power, (a * root).numpy()))
        return constant + b * z + bessel + power * torch.log(root)

    left, right = Fraction(a) + Fraction(b), Fraction(a) - Fraction(b)
    fall = 1 - Fraction(p)
    tails = far({growth(1): left, LOG: fall}), far({growth(1): right, LOG: fall})
    blur = _BESSEL + blur_of_parts(abs(constant) + _parts(power, a, b))
    return Form(log_density, -math.inf, math.inf, tails, blur=blur)


def _parts(power: float, a: float, b: float) -> float:
    """The size of the parts of log p next to the mode, where γz = b (√(power² + γ²) + power)/γ."""
    square = (a - b) * (a + b)
    centre = b * (math.hypot(power, math.sqrt(square)) + power) / square
    root = math.hypot(1.0, centre)
    bessel = float(_log_bessel_k(power, np.array([a * root]))[0])
    return abs(b * centre) + abs(bessel) + abs(power * math.log(root))


def _log_bessel_k(order: float, x: FloatArray) -> FloatArray:
    """log K_order at x > 0, elementwise."""
    order = abs(order)
    if order >= _LARGE:
        return _debye(order, x)
    with np.errstate(over="ignore"):
        found = np.log(special.kve(order, x)) - x
    lost = np.isposinf(found)  # next to 0: Γ(ν)/2 (2/x)^ν (1 − x²/(4(ν − 1)) …)
    if lost.any():
        small = x[lost]
        leading = math.lgamma(order) - math.log(2.0) - order * np.log(0.5 * small)
        found[lost] = leading + np.log1p(-(small**2) / (4 * (order - 1)))
    return np.asarray(found)


def _debye(order: float, x: FloatArray) -> FloatArray:
    t = x / order
    root = np.hypot(1.0, t)
    p = 1 / root
    total = np.zeros_like(p)
    for k in range(_TERMS, -1, -1):
        total = total / -order + _debye_polynomials()[k](p)
    eta = root + np.log(t) - np.log1p(root)
    level = HALF_LOG_2PI - math.log(2.0) - 0.5 * math.log(order)
    return np.asarray(level - order * eta - 0.5 * np.log(root) + np.log(total))


@lru_cache(1)
def _debye_polynomials() -> list[Polynomial]:
    """U_0, U_1, …: U_{k+1}(p) = ½ p² (1 − p²) U_k′(p) + ⅛ ∫₀^p (1 − 5s²) U_k(s) ds."""
    outer, inner = Polynomial([0, 0, 0.5, 0, -0.5]), Polynomial([0.125, 0, -0.625])
    found = [Polynomial([1.0])]
    for _ in range(_TERMS):
        found.append(outer * found[-1].deriv() + (inner * found[-1]).integ())
    return found
