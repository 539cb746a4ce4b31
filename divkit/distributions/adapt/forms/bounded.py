"""Forms of families on an interval, named as in scipy.stats."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import numpy as np
import torch

from divkit.distributions.adapt.forms.form import (
    HALF_LOG_2PI,
    Form,
    blur_of_parts,
    far,
    log1m_exp,
    near,
    power,
    xlogy,
)
from divkit.distributions.families.numerics import log_beta, rounded
from divkit.distributions.tails import LOG, LOG_SQUARED
from divkit.distributions.tails import power as growth
from divkit.lazy import deferred
from divkit.types import Tensor

special = deferred("scipy.special")
_BEYOND_TWO_PI = 2.4492935982947064e-16  # by which 2π is above its float


def anglit() -> Form:
    """cos 2z on [−π/4, π/4]."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return torch.log(torch.sin(2 * torch.minimum(low, high)))

    ends = (near({LOG: 1}), near({LOG: 1}))
    return Form(log_density, -math.pi / 4, math.pi / 4, ends)


def arcsine() -> Form:
    """1/(π √(z(1 − z)))."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return -math.log(math.pi) - 0.5 * (torch.log(low) + torch.log(high))

    ends = (near({LOG: -0.5}), near({LOG: -0.5}))
    return Form(log_density, 0.0, 1.0, ends)


def argus(chi: float) -> Form:
    """∝ z √(1 − z²) e^{−χ²(1 − z²)/2}."""

    def mass() -> flint.arb:
        x = flint.arb(chi)
        root = (flint.arb(2) * flint.arb.pi()).sqrt()
        normal = (x / flint.arb(2).sqrt()).erf() / 2 - x * (-x * x / 2).exp() / root
        return 3 * x.log() - (root * normal).log()

    constant = rounded(mass)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        rest = high * (1 + z)
        return constant + torch.log(low) + 0.5 * torch.log(rest) - 0.5 * chi**2 * rest

    return Form(log_density, 0.0, 1.0, (near({LOG: 1}), near({LOG: 0.5})))


def bradford(c: float) -> Form:
    """c/((1 + cz) log(1 + c))."""
    constant = math.log(c) - math.log(math.log1p(c))
    return Form(lambda z, low, high: constant - torch.log1p(c * z), 0.0, 1.0, (near(), near()))


def continuous_bernoulli(logit: float) -> Form:
    """e^{logit·z} · logit/(e^{logit} − 1) on [0, 1] (torch's; not in scipy.stats)."""
    size = abs(logit)
    constant = math.log(size / -math.expm1(-size)) if size else 0.0

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return constant - size * (high if logit > 0 else low)

    return Form(log_density, 0.0, 1.0, (near(), near()))


def cosine() -> Form:
    """(1 + cos z)/(2π) on [−π, π]."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return 2 * torch.log(torch.sin(0.5 * torch.minimum(low, high))) - math.log(math.pi)

    return Form(log_density, -math.pi, math.pi, (near({LOG: 2}), near({LOG: 2})))


def gausshyper(a: float, b: float, c: float, z0: float) -> Form:
    """∝ z^{a−1} (1 − z)^{b−1} (1 + gz)^{−c}."""
    first, second, power_, at = map(flint.arb, (a, b, c, -z0))
    kummer = rounded(lambda: at.hypgeom_2f1(power_, first, first + second).log())
    constant, place = log_beta(a, b) + kummer, a / (a + b)
    parts = abs(a * math.log(place)) + abs(b * math.log1p(-place)) + abs(constant)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        rise = xlogy(a - 1, low) + xlogy(b - 1, high)
        return rise - c * torch.log1p(z0 * z) - constant

    ends = near({LOG: Fraction(a) - 1}), near({LOG: Fraction(b) - 1})
    blur = blur_of_parts(parts + abs(c * math.log1p(z0 * place)))
    return Form(log_density, 0.0, 1.0, ends, blur=blur)


def genhalflogistic(c: float) -> Form:
    """2 y^{1/c−1} (1 + y^{1/c})^{−2}, y = 1 − cz, on [0, 1/c]."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        log_y = torch.log(c * high)
        t = log_y / c
        return math.log(2.0) + t - log_y - 2 * torch.log1p(torch.exp(t))

    return Form(log_density, 0.0, 1 / c, (near(), near({LOG: 1 / Fraction(c) - 1})))


def johnsonsb(a: float, b: float) -> Form:
    """b φ(a + b log(z/(1 − z)))/(z(1 − z))."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        left, right = torch.log(low), torch.log(high)
        y = a + b * (left - right)
        return math.log(b) - HALF_LOG_2PI - left - right - 0.5 * y * y

    rate, tilt = Fraction(b) ** 2 / 2, Fraction(a) * Fraction(b)
    ends = near({LOG_SQUARED: rate, LOG: -1 - tilt}), near({LOG_SQUARED: rate, LOG: tilt - 1})
    return Form(log_density, 0.0, 1.0, ends, blur=blur_of_parts(2 * abs(a)))


def kumaraswamy(a: float, b: float) -> Form:
    """a b z^{a−1} (1 − z^a)^{b−1} (torch's; not in scipy.stats)."""
    constant = math.log(a) + math.log(b)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        upper = high < 0.5
        log_z = torch.log(torch.where(upper, torch.ones_like(low), low))
        log_z = torch.where(upper, torch.log1p(-torch.where(upper, high, 0.0)), log_z)
        return constant + (a - 1) * log_z + (b - 1) * torch.log(-torch.expm1(a * log_z))

    ends = near({LOG: Fraction(a) - 1}), near({LOG: Fraction(b) - 1})
    return Form(log_density, 0.0, 1.0, ends)


def loguniform(a: float, b: float) -> Form:
    """1/(z log(b/a)) on [a, b]."""
    constant = math.log(math.log(b / a))
    return Form(lambda z, low, high: -torch.log(z) - constant, a, b, (near(), near()))


def powerlaw(a: float) -> Form:
    """a z^{a−1}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return math.log(a) + xlogy(a - 1, low)

    return Form(log_density, 0.0, 1.0, (near({LOG: Fraction(a) - 1}), near()))


def rdist(c: float) -> Form:
    """(1 − z²)^{c/2−1}/B(½, c/2)."""
    constant, rise = log_beta(0.5, 0.5 * c), 0.5 * c - 1

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        inner = z.abs() < 0.5  # there 1 ± z would lose digits of z
        middle = torch.log1p(-torch.where(inner, z, 0.0).square())
        outer = torch.log(torch.where(inner, 1.0, low)) + torch.log(torch.where(inner, 1.0, high))
        return rise * torch.where(inner, middle, outer) - constant

    return Form(log_density, -1.0, 1.0, (near({LOG: rise}), near({LOG: rise})))


def semicircular() -> Form:
    """(2/π) √(1 − z²)."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return math.log(2 / math.pi) + 0.5 * (torch.log(low) + torch.log(high))

    return Form(log_density, -1.0, 1.0, (near({LOG: 0.5}), near({LOG: 0.5})))


def trapezoid(c: float, d: float) -> Form:
    """Rising to 2/(1 + d − c) at c, level to d, falling to 0 at 1."""
    height = math.log(2 / (1 + d - c))

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        rising, falling = low < c, high < 1 - d
        up = torch.log(torch.where(rising, low / c if c else low, 1.0))
        down = torch.log(torch.where(falling, high / (1 - d) if d < 1 else high, 1.0))
        return height + up + down

    ends = near({LOG: 1} if c > 0 else None), near({LOG: 1} if d < 1 else None)
    return Form(log_density, 0.0, 1.0, ends, tuple(x for x in (c, d) if 0 < x < 1))


def triang(c: float) -> Form:
    """2z/c up to c, 2(1 − z)/(1 − c) beyond."""
    return trapezoid(c, c)


def truncexpon(b: float) -> Form:
    """e^{−z}/(1 − e^{−b}) on [0, b]."""
    constant = math.log(-math.expm1(-b))
    return Form(lambda z, low, high: -z - constant, 0.0, b, (near(), near()))


def _erfc(x: float) -> flint.arb:
    """erfc(x/√2)."""
    if math.isinf(x):
        return flint.arb(0 if x > 0 else 2)
    return (flint.arb(x) / flint.arb(2).sqrt()).erfc()


def truncnorm(a: float, b: float) -> Form:
    """∝ e^{−z²/2} on [a, b], either end possibly infinite; formed from its highest point."""
    top = min(max(0.0, a), b)

    def mass() -> flint.arb:
        left, right = (a, b) if a > 0 else (-b, -a)  # erfc keeps its digits where erf is nearly 1
        share = _erfc(left) - _erfc(right)
        return (share * (flint.arb.pi() / 2).sqrt()).log() + flint.arb(top) ** 2 / 2

    constant = rounded(mass)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        if a > 0:
            return -0.5 * low * (z + a) - constant
        if b < 0:
            return 0.5 * high * (z + b) - constant
        return -0.5 * z * z - constant

    lower = near() if math.isfinite(a) else far({growth(2): 0.5})
    upper = near() if math.isfinite(b) else far({growth(2): 0.5})
    return Form(log_density, a, b, (lower, upper))


def truncpareto(b: float, c: float) -> Form:
    """b z^{−b−1}/(1 − c^{−b}) on [1, c]."""
    size = abs(b) * math.log(c)
    constant = math.log(abs(b)) - math.log(-math.expm1(-size)) - (size if b < 0 else 0.0)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return constant - (b + 1) * torch.log1p(low)

    return Form(log_density, 1.0, c, (near(), near()), blur=blur_of_parts(size if b < 0 else 0.0))


def truncweibull_min(c: float, a: float, b: float) -> Form:
    """c z^{c−1} e^{−z^c}/(e^{−a^c} − e^{−b^c}) on [a, b]."""
    first = float(np.float_power(a, c))
    if first == math.inf:
        raise ValueError(
            f"truncweibull_min({c}, {a}, {b}) has all its mass within e^-709 of {a}: a^c leaves "
            "the floats. Take the point, dirac(a), or the law of log x."
        )
    log_gap = c * math.log(b) + (math.log(-math.expm1(c * math.log(a / b))) if a > 0 else 0.0)
    log_mass = float(log1m_exp(torch.tensor(log_gap, dtype=torch.float64)))

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return math.log(c) - log_mass + xlogy(c - 1, z) - (power(z, c) - first)

    ends = (near({LOG: Fraction(c) - 1} if a == 0 else None), near())
    return Form(log_density, a, b, ends, blur=blur_of_parts(abs(log_mass)))


def vonmises_line(kappa: float) -> Form:
    """e^{κ cos z}/(2π I₀(κ)) on [−π, π]."""
    constant = math.log(2 * math.pi) + math.log(special.i0e(kappa))

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return -2 * kappa * torch.sin(0.5 * z) ** 2 - constant

    return Form(log_density, -math.pi, math.pi, (near(), near()))


def wrapcauchy(c: float) -> Form:
    """(1 − c²)/(2π (1 + c² − 2c cos z)) on [0, 2π]."""
    constant = math.log(1 - c) + math.log1p(c) - math.log(2 * math.pi)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        wave = torch.sin(0.5 * torch.minimum(low, high + _BEYOND_TWO_PI)) ** 2
        return constant - torch.log((1 - c) ** 2 + 4 * c * wave)

    return Form(log_density, 0.0, 2 * math.pi, (near(), near()))
