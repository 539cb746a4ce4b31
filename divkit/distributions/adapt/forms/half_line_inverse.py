"""Forms of inverse Gaussian laws and their kin, named as in scipy.stats.

They fall as e^{−c/z} towards 0 and as e^{−cz} far out.
"""

from __future__ import annotations

import math
from fractions import Fraction

import torch

from divkit.distributions.adapt.forms.form import HALF_LOG_2PI, Form, far, near
from divkit.distributions.tails import LOG
from divkit.distributions.tails import power as growth
from divkit.types import Tensor


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


def fatiguelife(c: float) -> Form:
    """(z + 1)/(2c √(2π z³)) e^{−(z − 1)²/(2c² z)}."""
    constant = math.log(2 * c) + HALF_LOG_2PI

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        gap = (z - 1) / c
        return torch.log1p(z) - 1.5 * torch.log(z) - gap * (0.5 * gap / z) - constant

    rate = 1 / (2 * Fraction(c) ** 2)
    tails = near({growth(1): rate, LOG: -1.5}), far({growth(1): rate, LOG: 0.5})
    return Form(log_density, tails=tails)
