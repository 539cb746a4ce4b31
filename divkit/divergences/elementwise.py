"""Small functions that rows of the table are written with."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from divkit.distributions.tails import Tail
from divkit.divergences.base import Elementwise
from divkit.types import Tensor

FGAN = "Nowozin, Cseke, Tomioka 2016, table 1 and appendix"


def swapped(
    integrand: Callable[[Tensor, Tensor], Tensor],
) -> Callable[[Tensor, Tensor], Tensor]:
    """The integrand of D(Q‖P), given that of D(P‖Q)."""
    return lambda lp, lq: integrand(lq, lp)


def power_finite(order: float) -> Callable[[Tail, Tail], bool]:
    """Whether ∫ p^order q^{1−order} converges at an end with these tails."""
    return lambda p, q: p.combine(order, q, 1 - order).integrable()


def xlogx(u: Tensor) -> Tensor:
    """u log u, 0 at 0."""
    product: Tensor = torch.special.xlogy(u, u)
    return product


def identity(v: Tensor) -> Tensor:
    """v itself."""
    return v


def up_to(end: float, conjugate: Elementwise) -> Elementwise:
    """f* on its domain t ≤ end; inf beyond, where no slope of f reaches."""

    def restricted(t: Tensor) -> Tensor:
        inside = t <= end
        value = conjugate(torch.where(inside, t, torch.full_like(t, end - 1)))
        return torch.where(inside, value, torch.full_like(t, math.inf))

    return restricted


def starting_at(start: float, least: float, conjugate: Elementwise) -> Elementwise:
    """f* for t ≥ start = f'(0); the constant −f(0) = least before, since u ≥ 0."""
    return lambda t: torch.where(t > start, conjugate(t), torch.full_like(t, least))
