"""Forms of families on the whole line, or open to one side, named as in scipy.stats."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import torch

from divkit.distributions.adapt.forms.form import (
    HALF_LOG_2PI,
    Form,
    blur_of_parts,
    far,
    log_cosh,
    near,
    power,
    size_of_gamma,
    softplus,
    xlogy,
)
from divkit.distributions.adapt.forms.half_line_heavy import levy
from divkit.distributions.adapt.forms.half_line_light import weibull_min
from divkit.distributions.exponents import exp_of
from divkit.distributions.families.numerics import log1p_square, log_beta
from divkit.distributions.tails import LOG, LOG_SQUARED, exponential, make
from divkit.distributions.tails import power as growth
from divkit.lazy import deferred
from divkit.types import Tensor

special = deferred("scipy.special")

_LOG_2 = math.log(2.0)


def _log_ndtr(z: Tensor) -> Tensor:
    """log Φ(z); beyond −1e5, where z² hides the rest, by its leading terms."""
    deep = z < -1e5
    safe = torch.where(deep, torch.full_like(z, -1.0), z)
    depth = torch.where(deep, -z, torch.ones_like(z))
    tail = -0.5 * depth * depth - torch.log(depth) - HALF_LOG_2PI
    return torch.where(deep, tail, torch.special.log_ndtr(safe))


def dgamma(a: float) -> Form:
    """|z|^{a−1} e^{−|z|}/(2Γ(a))."""
    constant = _LOG_2 + math.lgamma(a)
    tail = far({growth(1): 1, LOG: 1 - Fraction(a)})

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return xlogy(a - 1, z.abs()) - z.abs() - constant

    blur = blur_of_parts(size_of_gamma(a))
    return Form(log_density, -math.inf, math.inf, (tail, tail), (0.0,), blur)


def dweibull(c: float) -> Form:
    """(c/2) |z|^{c−1} e^{−|z|^c}."""
    inner = weibull_min(c)
    tail = inner.tails[1]

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return inner.log_density(z.abs(), low, high) - _LOG_2

    return Form(log_density, -math.inf, math.inf, (tail, tail), (0.0,))


def crystalball(beta: float, m: float) -> Form:
    """A normal density with a power of order m below −β."""
    bulk = math.log(m / (beta * (m - 1))) - 0.5 * beta**2
    body = HALF_LOG_2PI + float(special.log_ndtr(beta))
    constant = float(np.logaddexp(bulk, body))
    top = m * math.log(m / beta) - 0.5 * beta**2

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        tail = z < -beta
        depth = torch.where(tail, m / beta - beta - z, torch.ones_like(z))
        inner = torch.where(tail, torch.zeros_like(z), z)
        return torch.where(tail, top - m * torch.log(depth), -0.5 * inner * inner) - constant

    tails = far({LOG: m}), far({growth(2): 0.5})
    return Form(log_density, -math.inf, math.inf, tails, (-beta,))


def exponnorm(rate: float) -> Form:
    """e^{1/(2K²) − z/K} Φ(z − 1/K)/K: a normal plus an exponential variable of mean K."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        y = z - 1 / rate
        below = y < -5  # there the exponents of both factors cancel to that of a normal law
        mills = torch.special.erfcx(-torch.where(below, y, -torch.ones_like(y)) / math.sqrt(2))
        left = -0.5 * z * z + torch.log(0.5 * mills)
        right = (0.5 / rate - torch.where(below, torch.zeros_like(z), z)) / rate
        right = right + torch.special.log_ndtr(torch.where(below, torch.zeros_like(y), y))
        return torch.where(below, left, right) - math.log(rate)

    tails = far({growth(2): 0.5, LOG: 1}), far({growth(1): 1 / Fraction(rate)})
    return Form(log_density, -math.inf, math.inf, tails)


def genextreme(c: float) -> Form:
    """y^{1/c−1} e^{−y^{1/c}}, y = 1 − cz; a Gumbel law where c = 0."""
    if c == 0:
        tails = far({exponential(1): 1, growth(1): -1}), far({growth(1): 1})
        return Form(lambda z, low, high: -z - torch.exp(-z), -math.inf, math.inf, tails)
    order = 1 / Fraction(c)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        inner = (c * z).abs() < 0.5  # there the distance to an end loses digits of z
        level = torch.log1p(-torch.where(inner, c * z, 0.0))
        log_y = torch.where(inner, level, torch.log(c * high if c > 0 else -c * low))
        t = log_y / c
        return t - log_y - torch.exp(t)

    if c > 0:
        lower = make({growth(order): exp_of(Fraction(math.log(c) / c))}) if c > 1 else None
        return Form(log_density, -math.inf, 1 / c, (lower, near({LOG: order - 1})))
    rate = exp_of(Fraction(math.log(-c) / c))  # a power that leaves the floats at c = −0.003
    lower_end = make({growth(-order): rate, LOG: order - 1}, "endpoint")
    return Form(log_density, 1 / c, math.inf, (lower_end, far({LOG: 1 - order})))


def weibull_max(c: float) -> Form:
    """c (−z)^{c−1} e^{−(−z)^c} on z ≤ 0."""
    return _mirrored(weibull_min(c))


def levy_l() -> Form:
    """The Lévy law of −z."""
    return _mirrored(levy())


def _mirrored(form: Form) -> Form:
    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return form.log_density(high, high, low)

    return Form(log_density, -math.inf, 0.0, (form.tails[1], form.tails[0]))


def genlogistic(c: float) -> Form:
    """c e^{−z} (1 + e^{−z})^{−c−1}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return math.log(c) - z - (c + 1) * softplus(-z)

    return Form(
        log_density, -math.inf, math.inf, (far({growth(1): Fraction(c)}), far({growth(1): 1}))
    )


def gennorm(beta: float) -> Form:
    """β e^{−|z|^β}/(2Γ(1/β))."""
    constant = math.log(beta) - _LOG_2 - math.lgamma(1 / beta)
    tail = far({growth(beta): 1})

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return constant - power(z.abs(), beta)

    return Form(log_density, -math.inf, math.inf, (tail, tail), (0.0,))


def hypsecant() -> Form:
    """1/(π cosh z)."""
    tail = far({growth(1): 1})
    return Form(
        lambda z, low, high: -log_cosh(z) - math.log(math.pi), -math.inf, math.inf, (tail, tail)
    )


def jf_skew_t(a: float, b: float) -> Form:
    """(1 + z/r)^{a+½} (1 − z/r)^{b+½}/(2^{a+b−1} B(a, b) √(a+b)), r² = a + b + z²."""
    constant = (a + b - 1) * _LOG_2 + log_beta(a, b) + 0.5 * math.log(a + b)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        root = torch.hypot(z, torch.full_like(z, math.sqrt(a + b)))
        small = torch.log((a + b) / root) - torch.log(root + z.abs())
        large = torch.log1p(z.abs() / root)
        up, down = torch.where(z > 0, large, small), torch.where(z > 0, small, large)
        return (a + 0.5) * up + (b + 0.5) * down - constant

    tails = far({LOG: 2 * Fraction(a) + 1}), far({LOG: 2 * Fraction(b) + 1})
    peak = a * abs(math.log(2 * a / (a + b))) + b * abs(math.log(2 * b / (a + b)))
    blur = blur_of_parts(peak + 2 * abs(constant))
    return Form(log_density, -math.inf, math.inf, tails, blur=blur)


def johnsonsu(a: float, b: float) -> Form:
    """b φ(a + b arsinh z)/√(1 + z²)."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        root = torch.hypot(z, torch.ones_like(z))
        arsinh = torch.log1p(z.abs() + (z / (1 + root)) * z)
        far_out = z.abs() > 1e8
        safe = torch.where(far_out, z.abs(), torch.ones_like(z))
        arsinh = torch.where(far_out, torch.log(safe) + _LOG_2, arsinh)
        y = a + b * torch.where(z < 0, -arsinh, arsinh)
        return math.log(b) - HALF_LOG_2PI - torch.log(root) - 0.5 * y * y

    rate, shift = Fraction(b) ** 2 / 2, b * b * _LOG_2
    tails = (
        far({LOG_SQUARED: rate, LOG: 1 - a * b + shift}),
        far({LOG_SQUARED: rate, LOG: 1 + a * b + shift}),
    )
    return Form(log_density, -math.inf, math.inf, tails, blur=blur_of_parts(2 * abs(a)))


def laplace_asymmetric(kappa: float) -> Form:
    """e^{−κz} above 0, e^{z/κ} below, over κ + 1/κ."""
    constant = math.log(kappa + 1 / kappa)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return torch.where(z < 0, z / kappa, -kappa * z) - constant

    tails = far({growth(1): 1 / Fraction(kappa)}), far({growth(1): Fraction(kappa)})
    return Form(log_density, -math.inf, math.inf, tails, (0.0,))


def loggamma(c: float) -> Form:
    """e^{cz − e^z}/Γ(c)."""
    constant = math.lgamma(c)
    tails = far({growth(1): Fraction(c)}), far({exponential(1): 1, growth(1): -Fraction(c)})
    return Form(
        lambda z, low, high: c * z - torch.exp(z) - constant,
        -math.inf,
        math.inf,
        tails,
        blur=blur_of_parts(size_of_gamma(c)),
    )


def moyal() -> Form:
    """e^{−(z + e^{−z})/2}/√(2π)."""
    tails = far({exponential(1): 0.5, growth(1): -0.5}), far({growth(1): 0.5})
    return Form(
        lambda z, low, high: -0.5 * (z + torch.exp(-z)) - HALF_LOG_2PI, -math.inf, math.inf, tails
    )


def norminvgauss(a: float, b: float) -> Form:
    """a K₁(a r) e^{√(a²−b²) + bz}/(π r), r² = 1 + z²."""
    rate = math.sqrt((a - b) * (a + b))
    constant = math.log(a / math.pi) + rate
    blur = blur_of_parts(rate + (a * a + b * b) / rate)  # at z = b/rate, where r = a/rate

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        root = torch.hypot(z, torch.ones_like(z))
        scaled = torch.special.scaled_modified_bessel_k1(a * root)
        return constant + torch.log(scaled) - torch.log(root) - (a * root - b * z)

    left, right = Fraction(a) + Fraction(b), Fraction(a) - Fraction(b)
    tails = far({growth(1): left, LOG: 1.5}), far({growth(1): right, LOG: 1.5})
    return Form(log_density, -math.inf, math.inf, tails, blur=blur)


def powernorm(c: float) -> Form:
    """c φ(z) Φ(−z)^{c−1}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return math.log(c) - HALF_LOG_2PI - 0.5 * z * z + (c - 1) * _log_ndtr(-z)

    upper = far({growth(2): Fraction(c) / 2, LOG: Fraction(c) - 1})
    return Form(log_density, -math.inf, math.inf, (far({growth(2): 0.5}), upper))


def skewcauchy(a: float) -> Form:
    """1/(π (1 + z²/(1 + a sign z)²))."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        above, below = log1p_square(z, 1 + a), log1p_square(z, 1 - a)
        return -torch.where(z > 0, above, below) - math.log(math.pi)

    tail = far({LOG: 2})
    return Form(log_density, -math.inf, math.inf, (tail, tail), (0.0,))


def skewnorm(a: float) -> Form:
    """2 φ(z) Φ(az)."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return _LOG_2 - HALF_LOG_2PI - 0.5 * z * z + _log_ndtr(a * z)

    plain = far({growth(2): 0.5})
    thin = far({growth(2): (1 + Fraction(a) ** 2) / 2, LOG: 1}) if a else plain
    return Form(log_density, -math.inf, math.inf, (plain, thin) if a < 0 else (thin, plain))
