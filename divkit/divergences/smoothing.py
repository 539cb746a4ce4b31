r"""The f-divergence behind one-sided label smoothing.

With real label 1 − α the critic maximises E_p[(1−α) log D + α log(1−D)] + E_q log(1−D), that is
∫ p' log D + q' log(1−D) with p' = (1−α)p, q' = q + αp (Salimans et al. 2016, section 3.4). Since
p' + q' = p + q = 2m, the best D is p'/(2m) = (1−α) σ(l), and the maximum is

    (1−α) log((1−α)/2) + (1+α) log((1+α)/2) + D(P‖Q),
    D(P‖Q) = (1−α) KL(p‖m) + (1+α) KL((q + αp)/(1+α) ‖ m) ≥ 0,

2 JSD at α = 0 and 0 at α = 1. With t = tanh(l/2) and κ = (1−α)/(1+α) the two log ratios are

    log(p/m) = log(1 + t),      log(q'/((1+α)m)) = log(1 − κt),

and f'(r) = (1−α) log(1 + t) + α log(1 − κt), r f'(r) − f(r) = −log(1 − κt).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import logsigmoid

from divkit.divergences.base import FDivergence
from divkit.divergences.elementwise import UpTo
from divkit.divergences.stable import LOG2, kl_of_densities, log_ratio
from divkit.types import Tensor

_STEEPEST = 800.0
_HALVINGS = 64


@dataclass(frozen=True)
class _Smoothed:
    """The functions of the divergence at amount α."""

    amount: float

    def integrand(self, log_p: Tensor, log_q: Tensor) -> Tensor:
        a, p, q, l = self.amount, log_p.exp(), log_q.exp(), log_ratio(log_p, log_q)
        m = 0.5 * (p + q)
        real = kl_of_densities(p, m, log_real(l))
        return (1 - a) * real + kl_of_densities(q + a * p, (1 + a) * m, log_fake(l, a))

    def f(self, u: Tensor) -> Tensor:
        a = self.amount
        return (1 - a) * u * log_real(u.log()) + (1 + a * u) * log_fake(u.log(), a)

    def prime(self, u: Tensor) -> Tensor:
        return self.witness(u.log())

    def conjugate(self, t: Tensor) -> Tensor:
        return -log_fake(_logit_at(t, self.amount), self.amount)

    def witness(self, v: Tensor) -> Tensor:
        return (1 - self.amount) * log_real(v) + self.amount * log_fake(v, self.amount)

    def conjugate_at(self, v: Tensor) -> Tensor:
        return -log_fake(v, self.amount)


def label_smoothed(amount: float) -> FDivergence:
    """(1−α) KL(p‖m) + (1+α) KL((q+αp)/(1+α) ‖ m), m = (p+q)/2: a GAN's gain with real label 1−α.

    Raises
    ------
    ValueError
        If the amount α is not in (0, 1).
    """
    if not 0 < amount < 1:
        raise ValueError(f"amount must be in (0, 1); got {amount!r}.")
    of, a = _Smoothed(amount), amount
    steepest = (1 - a) * LOG2 + a * math.log(2 * a / (1 + a))
    return FDivergence(
        f"label_smoothed({amount!r})",
        f"(1−α)KL(p‖m) + (1+α)KL((q+αp)/(1+α)‖m), α = {amount:g}",
        of.integrand,
        f=of.f,
        prime=of.prime,
        conjugate=UpTo(steepest, of.conjugate),
        output=of.witness,
        witness=of.witness,
        conjugate_at=of.conjugate_at,
        at_zero=LOG2 - math.log1p(a),
        slope_at_infinity=steepest,
        prime_at_one=0.0,
        curvature=0.5 * (1 - a) / (1 + a),
        source="Salimans et al. 2016, section 3.4",
        unit="nats",
    )


def log_real(l: Tensor) -> Tensor:
    """log(p/m) = log(1 + tanh(l/2))."""
    low = l < -1
    near = torch.log1p(torch.tanh(0.5 * torch.where(low, torch.zeros_like(l), l)))
    return torch.where(low, LOG2 + logsigmoid(l), near)


def log_fake(l: Tensor, amount: float) -> Tensor:
    """log((q + αp)/((1+α)m)) = log(1 − κ tanh(l/2)), summed from positive terms where l > 1."""
    high, shrink = l > 1, (1 - amount) / (1 + amount)
    t = torch.tanh(0.5 * l)
    near = torch.log1p(-shrink * torch.where(high, torch.zeros_like(l), t))
    far = torch.log(2 * torch.sigmoid(-l) + 2 * amount / (1 + amount) * t)
    return torch.where(high, far, near)


def _logit_at(t: Tensor, amount: float) -> Tensor:
    """The logit v with (1−α) log_real(v) + α log_fake(v) = t, by bisection: t increases in v."""
    low, high = torch.full_like(t, -_STEEPEST), torch.full_like(t, _STEEPEST)
    for _ in range(_HALVINGS):
        v = 0.5 * (low + high)
        short = (1 - amount) * log_real(v) + amount * log_fake(v, amount) < t
        low, high = torch.where(short, v, low), torch.where(short, high, v)
    return 0.5 * (low + high)
