"""Small functions that divergences are written with; each travels through pickle."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from divkit.distributions.tails import Tail
from divkit.divergences.base import Elementwise, FDivergence
from divkit.divergences.quantities import Multiple
from divkit.divergences.stable import OfDensities
from divkit.types import Tensor

FGAN = "Nowozin, Cseke, Tomioka 2016, table 1 and appendix"


def swapped(
    integrand: Callable[[Tensor, Tensor], Tensor],
) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the integrand of D(Q‖P), given that of D(P‖Q)."""
    return partial(_swapped, integrand)


def _swapped(
    integrand: Callable[[Tensor, Tensor], Tensor], log_p: Tensor, log_q: Tensor
) -> Tensor:
    return integrand(log_q, log_p)


def power_finite(order: float) -> Callable[[Tail, Tail], bool]:
    """Return whether ∫ p^order q^{1−order} converges at an end with given tails."""
    return partial(_power_finite, order)


def _power_finite(order: float, p: Tail, q: Tail) -> bool:
    return p.combine(order, q, 1 - order).integrable()


def xlogx(u: Tensor) -> Tensor:
    """u log u, 0 at 0."""
    product: Tensor = torch.special.xlogy(u, u)
    return product


def identity(v: Tensor) -> Tensor:
    """v itself."""
    return v


@dataclass(frozen=True)
class UpTo:
    """f* on its domain t ≤ end; inf beyond, where no slope of f reaches."""

    end: float
    conjugate: Elementwise

    def __call__(self, t: Tensor) -> Tensor:
        """Return f*(t)."""
        inside = t <= self.end
        value = self.conjugate(torch.where(inside, t, torch.full_like(t, self.end - 1)))
        return torch.where(inside, value, torch.full_like(t, math.inf))


@dataclass(frozen=True)
class StartingAt:
    """f* for t ≥ start = f'(0); the constant −f(0) = least before, since u ≥ 0."""

    start: float
    least: float
    conjugate: Elementwise

    def __call__(self, t: Tensor) -> Tensor:
        """Return f*(t)."""
        return torch.where(t > self.start, self.conjugate(t), torch.full_like(t, self.least))


def scaled(
    divergence: FDivergence, factor: float, name: str, label: str, source: str
) -> FDivergence:
    """Return factor · D under a name of its own."""

    def times(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        return partial(_times, factor, function)

    known = divergence.multiple
    return replace(
        divergence,
        name=name,
        label=label,
        integrand=_scaled_integrand(factor, divergence.integrand),
        f=times(divergence.f),
        prime=times(divergence.prime),
        conjugate=partial(_perspective, factor, divergence.conjugate),
        output=times(divergence.output),
        witness=times(divergence.witness),
        conjugate_at=times(divergence.conjugate_at),
        at_zero=factor * divergence.at_zero,
        slope_at_infinity=factor * divergence.slope_at_infinity,
        prime_at_one=factor * divergence.prime_at_one,
        curvature=factor * divergence.curvature,
        at_one=factor * divergence.at_one,
        source=source,
        multiple=known and Multiple(known.quantity, factor * known.factor, factor * known.log2s),
    )


def _scaled_integrand(
    factor: float, integrand: Callable[[Tensor, Tensor], Tensor]
) -> Callable[[Tensor, Tensor], Tensor]:
    if isinstance(integrand, OfDensities):
        return OfDensities(partial(_times, factor, integrand.at))
    return partial(_times, factor, integrand)


def _times(factor: float, function: Callable[..., Tensor], *arguments: Any) -> Tensor:
    return factor * function(*arguments)


def _perspective(factor: float, conjugate: Elementwise, t: Tensor) -> Tensor:
    """factor · f*(t/factor), the conjugate of factor · f."""
    return factor * conjugate(t / factor)
