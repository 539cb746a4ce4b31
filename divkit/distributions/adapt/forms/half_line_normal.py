"""Forms of lengths of normal vectors and of roots of gamma laws, named as in scipy.stats."""

from __future__ import annotations

import math
from fractions import Fraction

import torch

from divkit.distributions.adapt.forms.form import HALF_LOG_2PI, Form, far, near, xlogy
from divkit.distributions.families.positive import Gamma
from divkit.distributions.tails import LOG
from divkit.distributions.tails import power as growth
from divkit.types import Tensor


def _of_square(law: Gamma, rise: Fraction, rate: Fraction) -> Form:
    """The law of √Y, Y of a gamma law: its density at z² times 2z."""
    constant = math.log(2.0) + law.shape * math.log(law.rate) - math.lgamma(law.shape)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        tiny = z < 1e-100  # z² underflows, and is nothing in the exponent
        square = torch.where(tiny, torch.ones_like(z), z) ** 2
        whole = law._log_prob_at(0.0, square) + torch.log(z) + math.log(2.0)
        return torch.where(tiny, constant + float(rise) * torch.log(z), whole)

    return Form(log_density, tails=(near({LOG: rise}), far({growth(2): rate, LOG: -rise})))


def _gengamma_of_square(df: float, rate: float) -> Form:
    """z^{df−1} e^{−rate z²}, normalised."""
    constant = math.log(2.0) + 0.5 * df * math.log(rate) - math.lgamma(0.5 * df)
    rise = Fraction(df) - 1
    return Form(
        lambda z, low, high: constant + xlogy(df - 1, z) - rate * z * z,
        tails=(near({LOG: rise}), far({growth(2): rate, LOG: -rise})),
    )


def chi(df: float) -> Form:
    """z^{df−1} e^{−z²/2} 2^{1−df/2}/Γ(df/2)."""
    if df < 4:  # z² underflows near 0, where the density does not
        return _gengamma_of_square(df, 0.5)
    return _of_square(Gamma(df / 2, 0.5), Fraction(df) - 1, Fraction(1, 2))


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
        return _gengamma_of_square(2 * nu, nu)
    return _of_square(Gamma(nu, nu), 2 * Fraction(nu) - 1, Fraction(nu))


def foldnorm(c: float) -> Form:
    """φ(z − c) + φ(z + c)."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return -0.5 * (z - c) ** 2 + torch.log1p(torch.exp(-2 * c * z)) - HALF_LOG_2PI

    return Form(log_density, tails=(near(), far({growth(2): 0.5, growth(1): -c})))


def rice(b: float) -> Form:
    """z e^{−(z² + b²)/2} I₀(bz)."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return torch.log(z) - 0.5 * (z - b) ** 2 + torch.log(torch.special.i0e(b * z))

    if b == 0:
        return rayleigh()
    end = far({growth(2): 0.5, growth(1): -b, LOG: Fraction(-1, 2)})
    return Form(log_density, tails=(near({LOG: 1}), end))


def dpareto_lognorm(mu: float, sigma: float, a: float, b: float) -> Form:
    """The law of e^X, X normal plus an exponential variable of rate a less one of rate b.

    With y = log z − μ the density is ab/(a + b) (e^{(aσ)²/2 − ay} Φ(y/σ − aσ) + e^{(bσ)²/2 + by}
    Φ(−y/σ − bσ))/z (Reed, Jorgensen 2004).
    """
    constant = math.log(a) + math.log(b) - math.log(a + b)

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        log_z = torch.log(z)
        y = (log_z - mu) / sigma
        parts = [_part(side * y, rate * sigma) for side, rate in ((1, a), (-1, b))]
        return constant - log_z + torch.logaddexp(*parts)

    tails = near({LOG: Fraction(b) - 1}), far({LOG: Fraction(a) + 1})
    return Form(log_density, tails=tails)


def _part(y: Tensor, rate: float) -> Tensor:
    """rate²/2 − rate y + log Φ(y − rate), which is of the size of −y²/2 far down."""
    below = y < rate - 5
    depth = torch.where(below, rate - y, 5.0)
    mills = torch.log(0.5 * torch.special.erfcx(depth * math.sqrt(0.5)))
    inner = torch.where(below, rate, y)
    above = rate * (0.5 * rate - inner) + torch.special.log_ndtr(inner - rate)
    return torch.where(below, mills - 0.5 * y * y, above)
