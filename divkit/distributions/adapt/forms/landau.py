r"""Landau's law: the stable law of index 1 that leans to one side wholly, named as in scipy.stats.

With x = πz/2 + log(π/2), π f(x) = ∫₀^∞ e^{−xt − t log t} sin πt dt: for x above ½ a sum without
large terms. Below, the path of Re ∫ e^{s log s + xs} ds goes through the saddle s₀ = e^{−x−1},

    π f(x) = s₀ e^{−s₀} ∫₀^∞ e^{s₀ (h − w a)} cos(s₀ (a + w h − w)) dw,    a = arctan w,
                                                                          h = ½ log(1 + w²),

which keeps its digits however small f is (Landau 1944; the saddle as in Kölbig, Schorr 1984).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from divkit.distributions.adapt.forms.form import Form, far
from divkit.distributions.tails import LOG, exponential
from divkit.distributions.tails import power as growth
from divkit.types import Tensor

_HALF_PI = 0.5 * math.pi
_TURN = 0.5
_CHUNK = 20_000
_FAR = 1e18


def landau() -> Form:
    """The law of characteristic function e^{−|t| (1 + (2i/π) sign(t) log|t|)}."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        parts = [_log_standard(part) for part in (_HALF_PI * z + math.log(_HALF_PI)).split(_CHUNK)]
        return torch.cat(parts) + math.log(_HALF_PI)

    lower = far({exponential(_HALF_PI): 1 / (_HALF_PI * math.e), growth(1): -0.5 * _HALF_PI})
    return Form(log_density, -math.inf, math.inf, (lower, far({LOG: 2})))


def _log_standard(x: Tensor) -> Tensor:
    upper = x > _TURN
    right = _by_sines(torch.where(upper, x, _TURN))
    return torch.where(upper, right, _by_saddle(torch.where(upper, _TURN, x)))


def _integral(integrand: Callable[[Tensor], Tensor], reach: Tensor) -> Tensor:
    """∫₀^∞ by the trapezoidal rule in u, of reach · e^{u − e^{−u}} (Takahasi, Mori 1974)."""
    u = torch.arange(-4.5, 5.0, 1 / 24, dtype=torch.float64)
    rho = torch.exp(u - torch.exp(-u))
    weights = rho * (1 + torch.exp(-u)) / 24
    return (integrand(reach[:, None] * rho) * weights).sum(dim=1) * reach


def _by_sines(x: Tensor) -> Tensor:
    def integrand(t: Tensor) -> Tensor:
        return torch.exp(-x[:, None] * t - t * torch.log(t)) * torch.sin(math.pi * t)

    far = x > _FAR  # there the density is x^{−2}
    near = torch.log(_integral(integrand, 1 / (1 + x)) / math.pi)
    return torch.where(far, -2 * torch.log(x), near)


def _by_saddle(x: Tensor) -> Tensor:
    saddle = torch.exp(-x - 1)
    deep = saddle > 1e300  # there the density is e^{−s₀}, beyond every float
    safe = torch.where(deep, 1.0, saddle)

    def integrand(w: Tensor) -> Tensor:
        half, angle, s = 0.5 * torch.log1p(w * w), torch.atan(w), safe[:, None]
        return torch.exp(s * (half - w * angle)) * torch.cos(s * (angle + w * half - w))

    reach = torch.maximum(safe**-0.5, 1 / safe)
    whole = torch.log(safe * _integral(integrand, reach) / math.pi) - safe
    return torch.where(deep, -saddle, whole)
