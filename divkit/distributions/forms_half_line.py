"""Forms of families on a half-line z ≥ 0, named as in scipy.stats."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import torch
from scipy import special

from divkit.distributions.families_numerics import log1p_square, log_beta
from divkit.distributions.families_positive import Gamma
from divkit.distributions.form import (
    HALF_LOG_2PI,
    Form,
    far,
    log1m_exp,
    near,
    power,
    softplus,
    xlogy,
)
from divkit.distributions.tails import LOG, exponential
from divkit.distributions.tails import power as growth
from divkit.types import Tensor


def alpha(a: float) -> Form:
    """φ(a − 1/z)/(z² Φ(a))."""
    constant = HALF_LOG_2PI + float(special.log_ndtr(a))

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return -0.5 * (a - 1 / z) ** 2 - 2 * torch.log(z) - constant

    return Form(log_density, tails=(near({growth(2): 0.5, growth(1): -a, LOG: -2}), far({LOG: 2})))


def betaprime(a: float, b: float) -> Form:
    """z^{a−1} (1 + z)^{−a−b}/B(a, b)."""
    constant = log_beta(a, b)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return xlogy(a - 1, z) - (a + b) * torch.log1p(z) - constant

    return Form(log_density, tails=(near({LOG: Fraction(a) - 1}), far({LOG: Fraction(b) + 1})))


def f(first: float, second: float) -> Form:
    """Fisher's F: a beta prime law of (first/second) z."""
    ratio = first / second
    inner = betaprime(first / 2, second / 2)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return inner.log_density(ratio * z, low, high) + math.log(ratio)

    return Form(log_density, tails=inner.tails)


def _burr(rise: Fraction, bend: float, fall: Fraction, constant: float) -> Form:
    """e^constant z^{rise} (1 + z^bend)^{−fall}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        log_z = torch.log(z)
        return constant + xlogy(float(rise), z) - float(fall) * softplus(bend * log_z)

    end = far({LOG: Fraction(bend) * fall - rise})
    return Form(log_density, tails=(near({LOG: rise}), end))


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

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return math.log(c) - (c + 1) * torch.log1p(z)

    return Form(log_density, tails=(near(), far({LOG: Fraction(c) + 1})))


def genpareto(c: float) -> Form:
    """(1 + cz)^{−1/c−1}; e^{−z} where c = 0; ends at −1/c where c < 0."""
    if c == 0:
        return Form(lambda z, low, high: -z, tails=(near(), far({growth(1): 1})))
    order = 1 / Fraction(c) + 1

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        shrunk = torch.log(-c * high) if c < 0 else torch.log1p(c * z)
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


def _of_square(law: Gamma, rise: Fraction, rate: Fraction) -> Form:
    """The law of √Y, Y of a gamma law: its density at z² times 2z."""
    constant = math.log(2.0) + law.shape * math.log(law.rate) - math.lgamma(law.shape)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        tiny = z < 1e-100  # z² underflows, and is nothing in the exponent
        square = torch.where(tiny, torch.ones_like(z), z) ** 2
        whole = law._log_prob_at(0.0, square) + torch.log(z) + math.log(2.0)
        return torch.where(tiny, constant + float(rise) * torch.log(z), whole)

    return Form(log_density, tails=(near({LOG: rise}), far({growth(2): rate, LOG: -rise})))


def chi(df: float) -> Form:
    """z^{df−1} e^{−z²/2} 2^{1−df/2}/Γ(df/2)."""
    if df < 4:  # z² underflows near 0, where the density does not
        return gengamma_of_square(df, 0.5)
    return _of_square(Gamma(df / 2, 0.5), Fraction(df) - 1, Fraction(1, 2))


def gengamma_of_square(df: float, rate: float) -> Form:
    """z^{df−1} e^{−rate z²}, normalised."""
    constant = math.log(2.0) + 0.5 * df * math.log(rate) - math.lgamma(0.5 * df)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return constant + xlogy(df - 1, z) - rate * z * z

    rise = Fraction(df) - 1
    return Form(log_density, tails=(near({LOG: rise}), far({growth(2): rate, LOG: -rise})))


def rayleigh() -> Form:
    """z e^{−z²/2}."""
    return chi(2.0)


def maxwell() -> Form:
    """√(2/π) z² e^{−z²/2}."""
    return chi(3.0)


def halfnorm() -> Form:
    """√(2/π) e^{−z²/2}."""
    return chi(1.0)


def nakagami(nu: float) -> Form:
    """2 ν^ν z^{2ν−1} e^{−νz²}/Γ(ν)."""
    if nu < 2:
        return gengamma_of_square(2 * nu, nu)
    return _of_square(Gamma(nu, nu), 2 * Fraction(nu) - 1, Fraction(nu))


def halfcauchy() -> Form:
    """2/(π (1 + z²))."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return math.log(2 / math.pi) - log1p_square(z, 1.0)

    return Form(log_density, tails=(near(), far({LOG: 2})))


def halflogistic() -> Form:
    """2 e^{−z} (1 + e^{−z})^{−2}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return math.log(2.0) - z - 2 * torch.log1p(torch.exp(-z))

    return Form(log_density, tails=(near(), far({growth(1): 1})))


def halfgennorm(beta: float) -> Form:
    """β e^{−z^β}/Γ(1/β)."""
    constant = math.log(beta) - math.lgamma(1 / beta)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return constant - power(z, beta)

    return Form(log_density, tails=(near(), far({growth(beta): 1})))


def foldnorm(c: float) -> Form:
    """φ(z − c) + φ(z + c)."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return -0.5 * (z - c) ** 2 + torch.log1p(torch.exp(-2 * c * z)) - HALF_LOG_2PI

    return Form(log_density, tails=(near(), far({growth(2): 0.5, growth(1): -c})))


def foldcauchy(c: float) -> Form:
    """1/(π (1 + (z − c)²)) + 1/(π (1 + (z + c)²))."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        left, right = -log1p_square(z - c, 1.0), -log1p_square(z + c, 1.0)
        return torch.logaddexp(left, right) - math.log(math.pi)

    return Form(log_density, tails=(near(), far({LOG: 2})))


def rice(b: float) -> Form:
    """z e^{−(z² + b²)/2} I₀(bz)."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return torch.log(z) - 0.5 * (z - b) ** 2 + torch.log(torch.special.i0e(b * z))

    if b == 0:
        return rayleigh()
    end = far({growth(2): 0.5, growth(1): -b, LOG: Fraction(-1, 2)})
    return Form(log_density, tails=(near({LOG: 1}), end))


def weibull_min(c: float) -> Form:
    """c z^{c−1} e^{−z^c}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return math.log(c) + xlogy(c - 1, z) - power(z, c)

    rise = Fraction(c) - 1
    return Form(log_density, tails=(near({LOG: rise}), far({growth(c): 1, LOG: -rise})))


def exponweib(a: float, c: float) -> Form:
    """a c z^{c−1} e^{−z^c} (1 − e^{−z^c})^{a−1}."""
    constant = math.log(a) + math.log(c)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        inner = log1m_exp(c * torch.log(z))
        return constant + xlogy(c - 1, z) - power(z, c) + (a - 1) * inner

    lower = near({LOG: Fraction(a) * Fraction(c) - 1})
    return Form(log_density, tails=(lower, far({growth(c): 1, LOG: 1 - Fraction(c)})))


def exponpow(b: float) -> Form:
    """b z^{b−1} e^{1 + z^b − e^{z^b}}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        raised = power(z, b)
        return math.log(b) + xlogy(b - 1, z) - (torch.expm1(raised) - raised)

    upper = far({exponential(1): 1, growth(1): -1}) if b == 1 else None
    return Form(log_density, tails=(near({LOG: Fraction(b) - 1}), upper))


def gompertz(c: float) -> Form:
    """c e^z e^{−c(e^z − 1)}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return math.log(c) + z - c * torch.expm1(z)

    return Form(log_density, tails=(near(), far({exponential(1): c, growth(1): -1})))


def genexpon(a: float, b: float, c: float) -> Form:
    """(a + b(1 − e^{−cz})) e^{−(a+b)z + b(1 − e^{−cz})/c}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        risen = -torch.expm1(-c * z)
        return torch.log(a + b * risen) - (a + b) * z + (b / c) * risen

    return Form(log_density, tails=(near(), far({growth(1): Fraction(a) + Fraction(b)})))


def gengamma(a: float, c: float) -> Form:
    """|c| z^{ca−1} e^{−z^c}/Γ(a), c of either sign."""
    constant = math.log(abs(c)) - math.lgamma(a)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return constant + xlogy(c * a - 1, z) - power(z, c)

    rise = Fraction(c) * Fraction(a) - 1
    if c > 0:
        return Form(log_density, tails=(near({LOG: rise}), far({growth(c): 1, LOG: -rise})))
    return Form(log_density, tails=(near({growth(-c): 1, LOG: rise}), far({LOG: -rise})))


def invgamma(a: float) -> Form:
    """z^{−a−1} e^{−1/z}/Γ(a)."""
    return gengamma(a, -1.0)


def invweibull(c: float) -> Form:
    """c z^{−c−1} e^{−z^{−c}}."""
    return gengamma(1.0, -c)


def levy() -> Form:
    """(2π)^{−½} z^{−3/2} e^{−1/(2z)}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return -HALF_LOG_2PI - 1.5 * torch.log(z) - 0.5 / z

    return Form(log_density, tails=(near({growth(1): 0.5, LOG: -1.5}), far({LOG: 1.5})))


def invgauss(mu: float) -> Form:
    """(2π z³)^{−½} e^{−(z − μ)²/(2μ² z)}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        gap = (z - mu) / mu
        return -HALF_LOG_2PI - 1.5 * torch.log(z) - gap * (0.5 * gap / z)

    rate = 1 / (2 * Fraction(mu) ** 2)
    tails = near({growth(1): 0.5, LOG: -1.5}), far({growth(1): rate, LOG: 1.5})
    return Form(log_density, tails=tails)


def wald() -> Form:
    """The inverse Gaussian law of mean 1."""
    return invgauss(1.0)


def recipinvgauss(mu: float) -> Form:
    """(2π z)^{−½} e^{−(1 − μz)²/(2μ² z)}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        gap = 1 / mu - z
        return -HALF_LOG_2PI - 0.5 * torch.log(z) - gap * (0.5 * gap / z)

    rate = 1 / (2 * Fraction(mu) ** 2)
    tails = near({growth(1): rate, LOG: -0.5}), far({growth(1): 0.5, LOG: 0.5})
    return Form(log_density, tails=tails)


def geninvgauss(p: float, b: float) -> Form:
    """z^{p−1} e^{−b(z + 1/z)/2}/(2 K_p(b))."""
    constant = math.log(2.0) + float(np.log(special.kve(p, b)))

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        gap = z - 1
        return xlogy(p - 1, z) - gap * (0.5 * b * gap / z) - constant

    half, rise = Fraction(b) / 2, Fraction(p) - 1
    return Form(
        log_density, tails=(near({growth(1): half, LOG: rise}), far({growth(1): half, LOG: -rise}))
    )


def fatiguelife(c: float) -> Form:
    """(z + 1)/(2c √(2π z³)) e^{−(z − 1)²/(2c² z)}."""
    constant = math.log(2 * c) + HALF_LOG_2PI

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        gap = (z - 1) / c
        return torch.log1p(z) - 1.5 * torch.log(z) - gap * (0.5 * gap / z) - constant

    rate = 1 / (2 * Fraction(c) ** 2)
    tails = near({growth(1): rate, LOG: -1.5}), far({growth(1): rate, LOG: 0.5})
    return Form(log_density, tails=tails)


def loglaplace(c: float) -> Form:
    """(c/2) z^{c−1} below 1, (c/2) z^{−c−1} above."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        log_z = torch.log(z)
        return math.log(0.5 * c) - c * log_z.abs() - log_z

    tails = near({LOG: Fraction(c) - 1}), far({LOG: Fraction(c) + 1})
    return Form(log_density, tails=tails, kinks=(1.0,))


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


HALF_LINE = {
    form.__name__: form
    for form in (
        alpha,
        betaprime,
        burr,
        burr12,
        chi,
        exponpow,
        exponweib,
        f,
        fatiguelife,
        fisk,
        foldcauchy,
        foldnorm,
        gengamma,
        genexpon,
        geninvgauss,
        genpareto,
        gompertz,
        halfcauchy,
        halfgennorm,
        halflogistic,
        halfnorm,
        invgamma,
        invgauss,
        invweibull,
        kappa3,
        levy,
        loglaplace,
        lomax,
        maxwell,
        mielke,
        nakagami,
        rayleigh,
        recipinvgauss,
        rel_breitwigner,
        rice,
        wald,
        weibull_min,
    )
}
