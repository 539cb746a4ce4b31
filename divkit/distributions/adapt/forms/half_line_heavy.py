"""Forms on a half-line z ≥ 0 that fall as a power of z, named as in scipy.stats.

Generalised Pareto laws are among them, whatever the sign of their shape.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import torch

from divkit.distributions.adapt.forms.form import (
    HALF_LOG_2PI,
    Form,
    blur_of_parts,
    far,
    near,
    softplus,
    xlogy,
)
from divkit.distributions.adapt.forms.half_line_light import gengamma
from divkit.distributions.families.numerics import log1p_square, log_beta
from divkit.distributions.tails import LOG
from divkit.distributions.tails import power as growth
from divkit.lazy import deferred
from divkit.types import Tensor

special = deferred("scipy.special")

MOST_SHIFT = 500.0  # a noncentrality whose powers stay in the floats


def betaprime(a: float, b: float) -> Form:
    """z^{a−1} (1 + z)^{−a−b}/B(a, b)."""
    constant = log_beta(a, b)
    peak = a / b
    size = abs((a - 1) * math.log(peak)) + (a + b) * math.log1p(peak) + abs(constant)
    return Form(
        lambda z, low, high: xlogy(a - 1, z) - (a + b) * torch.log1p(z) - constant,
        tails=(near({LOG: Fraction(a) - 1}), far({LOG: Fraction(b) + 1})),
        blur=blur_of_parts(size),
    )


def f(first: float, second: float) -> Form:
    """Fisher's F: a beta prime law of (first/second) z."""
    ratio = first / second
    inner = betaprime(first / 2, second / 2)
    return Form(
        lambda z, low, high: inner.log_density(ratio * z, low, high) + math.log(ratio),
        tails=inner.tails,
        blur=inner.blur,
    )


def ncf(first: float, second: float, shift: float) -> Form:
    """Fisher's F with noncentrality λ: f(z) e^{−λ/2} ₁F₁((m + n)/2; m/2; λ m z/(2 (n + m z)))."""
    inner, ratio = f(first, second), first / second

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        share = 1 / (1 + 1 / (ratio * z))
        powers = special.hyp1f1(
            0.5 * (first + second), 0.5 * first, 0.5 * shift * share.detach().numpy()
        )
        return inner.log_density(z, low, high) - 0.5 * shift + torch.log(torch.from_numpy(powers))

    blur = inner.blur + 64 * (1 + shift) * sys.float_info.epsilon
    return Form(log_density, tails=inner.tails, blur=blur)


def _burr(rise: Fraction, bend: float, fall: Fraction, constant: float) -> Form:
    """e^constant z^{rise} (1 + z^bend)^{−fall}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        log_z = torch.log(z)
        return constant + xlogy(float(rise), z) - float(fall) * softplus(bend * log_z)

    end = far({LOG: Fraction(bend) * fall - rise})
    peak = math.log(float((rise + 1) / (Fraction(bend) * fall - rise - 1)))  # of log z^bend
    parts = (constant, float(rise) * peak / bend, float(fall) * max(peak, math.log(2)))
    blur = blur_of_parts(sum(map(abs, parts)))
    return Form(log_density, tails=(near({LOG: rise}), end), blur=blur)


def burr(c: float, d: float) -> Form:
    """c d z^{cd−1} (1 + z^c)^{−d−1}."""
    rise = Fraction(c) * Fraction(d) - 1
    return _burr(rise, c, Fraction(d) + 1, math.log(c) + math.log(d))


def burr12(c: float, d: float) -> Form:
    """c d z^{c−1} (1 + z^c)^{−d−1}."""
    return _burr(Fraction(c) - 1, c, Fraction(d) + 1, math.log(c) + math.log(d))


def fisk(c: float) -> Form:
    """The log-logistic law: c z^{c−1} (1 + z^c)^{−2}."""
    return _burr(Fraction(c) - 1, c, Fraction(2), math.log(c))


def mielke(k: float, s: float) -> Form:
    """k z^{k−1} (1 + z^s)^{−1−k/s}."""
    return _burr(Fraction(k) - 1, s, 1 + Fraction(k) / Fraction(s), math.log(k))


def lomax(c: float) -> Form:
    """c (1 + z)^{−c−1}."""
    return Form(
        lambda z, low, high: math.log(c) - (c + 1) * torch.log1p(z),
        tails=(near(), far({LOG: Fraction(c) + 1})),
    )


def genpareto(c: float) -> Form:
    """(1 + cz)^{−1/c−1}; e^{−z} where c = 0; ends at −1/c where c < 0."""
    if c == 0:
        return Form(lambda z, low, high: -z, tails=(near(), far({growth(1): 1})))
    order = 1 / Fraction(c) + 1

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        inner = (c * z > -0.5) if c < 0 else torch.ones_like(z, dtype=torch.bool)
        shrunk = torch.log1p(torch.where(inner, c * z, 0.0))  # of z itself: high may hide it
        shrunk = torch.where(inner, shrunk, torch.log(-c * high))
        return -float(order) * shrunk if order else torch.zeros_like(z)

    if c > 0:
        return Form(log_density, tails=(near(), far({LOG: order})))
    return Form(log_density, 0.0, -1 / c, (near(), near({LOG: -order})))


def kappa3(a: float) -> Form:
    """a (a + z^a)^{−1−1/a}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        log_sum = math.log(a) + softplus(a * torch.log(z) - math.log(a))
        return math.log(a) - (1 + 1 / a) * log_sum

    return Form(log_density, tails=(near(), far({LOG: Fraction(a) + 1})))


def halfcauchy() -> Form:
    """2/(π (1 + z²))."""
    return Form(
        lambda z, low, high: math.log(2 / math.pi) - log1p_square(z, 1.0),
        tails=(near(), far({LOG: 2})),
    )


def foldcauchy(c: float) -> Form:
    """1/(π (1 + (z − c)²)) + 1/(π (1 + (z + c)²))."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        left, right = -log1p_square(z - c, 1.0), -log1p_square(z + c, 1.0)
        return torch.logaddexp(left, right) - math.log(math.pi)

    return Form(log_density, tails=(near(), far({LOG: 2})))


def rel_breitwigner(rho: float) -> Form:
    """k/(1 + ((z² − ρ²)/ρ)²)."""
    ratio = 1 + 1 / rho**2
    constant = 0.5 * math.log(2 * ratio / (1 + math.sqrt(ratio))) + math.log(2 / math.pi)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        wide = z > 1e100
        gap = torch.where(wide, torch.ones_like(z), z)
        bent = log1p_square((gap - rho) * ((gap + rho) / rho), 1.0)
        return constant - torch.where(wide, 4 * torch.log(z) - 2 * math.log(rho), bent)

    return Form(log_density, tails=(near(), far({LOG: 4})))


def loglaplace(c: float) -> Form:
    """(c/2) z^{c−1} below 1, (c/2) z^{−c−1} above."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        log_z = torch.log(z)
        return math.log(0.5 * c) - c * log_z.abs() - log_z

    tails = near({LOG: Fraction(c) - 1}), far({LOG: Fraction(c) + 1})
    return Form(log_density, tails=tails, kinks=(1.0,))


def alpha(a: float) -> Form:
    """φ(a − 1/z)/(z² Φ(a))."""
    constant = HALF_LOG_2PI + float(special.log_ndtr(a))
    return Form(
        lambda z, low, high: -0.5 * (a - 1 / z) ** 2 - 2 * torch.log(z) - constant,
        tails=(near({growth(2): 0.5, growth(1): -a, LOG: -2}), far({LOG: 2})),
    )


def levy() -> Form:
    """(2π)^{−½} z^{−3/2} e^{−1/(2z)}."""
    return Form(
        lambda z, low, high: -HALF_LOG_2PI - 1.5 * torch.log(z) - 0.5 / z,
        tails=(near({growth(1): 0.5, LOG: -1.5}), far({LOG: 1.5})),
    )


def invgamma(a: float) -> Form:
    """z^{−a−1} e^{−1/z}/Γ(a)."""
    return gengamma(a, -1.0)


def invweibull(c: float) -> Form:
    """c z^{−c−1} e^{−z^{−c}}."""
    return gengamma(1.0, -c)
