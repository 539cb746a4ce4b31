"""Forms on a half-line z ≥ 0 made of e^{−z}, e^{−z^c} or e^{−e^z}, named as in scipy.stats."""

from __future__ import annotations

import math
from fractions import Fraction

import torch

from divkit.distributions.adapt.forms.form import (
    Form,
    blur_of_parts,
    far,
    log1m_exp,
    near,
    power,
    size_of_gamma,
    xlogy,
)
from divkit.distributions.tails import LOG, exponential
from divkit.distributions.tails import power as growth
from divkit.types import Tensor


def gengamma(a: float, c: float) -> Form:
    """|c| z^{ca−1} e^{−z^c}/Γ(a), c of either sign."""
    constant = math.log(abs(c)) - math.lgamma(a)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return constant + xlogy(c * a - 1, z) - power(z, c)

    rise, blur = Fraction(c) * Fraction(a) - 1, blur_of_parts(size_of_gamma(a))
    if c > 0:
        tails = near({LOG: rise}), far({growth(c): 1, LOG: -rise})
    else:
        tails = near({growth(-c): 1, LOG: rise}), far({LOG: -rise})
    return Form(log_density, tails=tails, blur=blur)


def weibull_min(c: float) -> Form:
    """c z^{c−1} e^{−z^c}."""
    rise = Fraction(c) - 1
    return Form(
        lambda z, low, high: math.log(c) + xlogy(c - 1, z) - power(z, c),
        tails=(near({LOG: rise}), far({growth(c): 1, LOG: -rise})),
    )


def exponweib(a: float, c: float) -> Form:
    """a c z^{c−1} e^{−z^c} (1 − e^{−z^c})^{a−1}."""
    constant = math.log(a) + math.log(c)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        inner = log1m_exp(c * torch.log(z))
        return constant + xlogy(c - 1, z) - power(z, c) + (a - 1) * inner

    lower = near({LOG: Fraction(a) * Fraction(c) - 1})
    return Form(log_density, tails=(lower, far({growth(c): 1, LOG: 1 - Fraction(c)})))


def halfgennorm(beta: float) -> Form:
    """β e^{−z^β}/Γ(1/β)."""
    constant = math.log(beta) - math.lgamma(1 / beta)
    return Form(
        lambda z, low, high: constant - power(z, beta), tails=(near(), far({growth(beta): 1}))
    )


def exponpow(b: float) -> Form:
    """b z^{b−1} e^{1 + z^b − e^{z^b}}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        raised = power(z, b)
        return math.log(b) + xlogy(b - 1, z) - (torch.expm1(raised) - raised)

    upper = far({exponential(1): 1, growth(1): -1}) if b == 1 else None
    return Form(log_density, tails=(near({LOG: Fraction(b) - 1}), upper))


def gompertz(c: float) -> Form:
    """c e^z e^{−c(e^z − 1)}."""
    return Form(
        lambda z, low, high: math.log(c) + z - c * torch.expm1(z),
        tails=(near(), far({exponential(1): c, growth(1): -1})),
    )


def genexpon(a: float, b: float, c: float) -> Form:
    """(a + b(1 − e^{−cz})) e^{−(a+b)z + b(1 − e^{−cz})/c}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        risen = -torch.expm1(-c * z)
        return torch.log(a + b * risen) - (a + b) * z + (b / c) * risen

    return Form(log_density, tails=(near(), far({growth(1): Fraction(a) + Fraction(b)})))


def halflogistic() -> Form:
    """2 e^{−z} (1 + e^{−z})^{−2}."""
    return Form(
        lambda z, low, high: math.log(2.0) - z - 2 * torch.log1p(torch.exp(-z)),
        tails=(near(), far({growth(1): 1})),
    )
