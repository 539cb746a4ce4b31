"""A divergence of a user's own: (p − q)²/(p + 2q), a multiple of nothing that divkit knows."""

from __future__ import annotations

import torch

from divkit.divergences import FDivergence
from divkit.divergences.elementwise import StartingAt, UpTo
from divkit.divergences.stable import log_ratio, weighted
from divkit.types import Tensor


def integrand(lp: Tensor, lq: Tensor) -> Tensor:
    l = log_ratio(lp, lq)
    small = torch.exp(-l.abs())
    share = torch.where(l > 0, 1 / (1 + 2 * small), 1 / (small + 2))
    return weighted(torch.maximum(lp, lq), share * torch.expm1(-l.abs()) ** 2)


def f(u: Tensor) -> Tensor:
    return (u - 1) ** 2 / (u + 2)


def prime(u: Tensor) -> Tensor:
    return 1 - 9 / (u + 2) ** 2


def conjugate(t: Tensor) -> Tensor:
    return 6 - 2 * t - 6 * torch.sqrt(1 - t)


def output(v: Tensor) -> Tensor:
    return 1 - torch.exp(-v)


def witness(v: Tensor) -> Tensor:
    return prime(v.exp())


def conjugate_at(v: Tensor) -> Tensor:
    return v.exp() * prime(v.exp()) - f(v.exp())


SKEWED = FDivergence(
    "skewed_triangle",
    "skewed triangle ∫(p−q)²/(p+2q)",
    integrand,
    f=f,
    prime=prime,
    conjugate=UpTo(1.0, StartingAt(-1.25, -0.5, conjugate)),
    output=output,
    witness=witness,
    conjugate_at=conjugate_at,
    at_zero=0.5,
    slope_at_infinity=1.0,
    prime_at_one=0.0,
    curvature=2 / 3,
    source="made for this test",
)
