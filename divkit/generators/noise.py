r"""Expectations under a generator without noise: quadrature in z, with an error that is measured.

E_G f = ∫ p_z(z) f(G(z)) dz on Gauss–Legendre panels between the ends of the latent law. Panels are
halved until neither the value nor its gradient in θ changes by more than a tolerance; the first 64
must show where the integrand varies (a datum far narrower than they are would pass between nodes).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
import torch

from divkit.distributions.base import Law, Law1D
from divkit.generators.generator import Generator
from divkit.types import Tensor

_ORDER = 16
_FIRST = 64
_MOST = 2**14


class UnresolvedError(ValueError):
    """An integrand over the noise turns too fast for the most panels that are allowed."""


@dataclass(frozen=True, eq=False)
class Slope:
    """E_G f, its gradient in θ (P,), and bounds of the errors of both."""

    value: float
    value_error: float
    gradient: Tensor
    error: float


@runtime_checkable
class HasNodes(Protocol):
    """A generator that does not take the nodes of its latent law as they are."""

    def nodes(self, panels: int) -> tuple[Tensor, Tensor]:
        """Noise (n, k), and n times the probability that each node stands for (n,)."""
        ...


def expectation(
    generator: Generator, theta: Tensor, f: Callable[[Tensor], Tensor], *, tolerance: float = 1e-13
) -> Slope:
    """Return E f(G_θ(z)) and its exact gradient in θ.

    Parameters
    ----------
    generator : with noise on the line, or none.
    theta : parameters (P,).
    f : points (n, d) to numbers (n,), differentiable.
    tolerance : of the change, relative to the sizes of the terms, at which panels suffice.

    Raises
    ------
    ValueError
        If the noise has more than one coordinate or no end that float64 can see.
    UnresolvedError
        If 16,384 panels do not suffice.
    """
    z, mass = _nodes(generator, _FIRST)
    before, count = _sum(generator, theta, f, z, mass), _FIRST
    if not z.shape[-1]:  # no noise: the sum is the expectation
        rounding = 16 * sys.float_info.epsilon * before[1]
        return Slope(before[0], rounding, before[2], rounding)
    while count < _MOST:
        count *= 2
        value, size, gradient = _sum(generator, theta, f, *_nodes(generator, count))
        moved = float((gradient - before[2]).abs().max())
        changed = abs(value - before[0])
        if moved <= tolerance * (size + float(gradient.abs().max())) and changed <= (
            tolerance * size
        ):
            rounding = 16 * sys.float_info.epsilon * size
            return Slope(value, changed + rounding, gradient, moved + rounding)
        before = (value, size, gradient)
    place = f" at θ = {theta.tolist()}" if len(theta) <= 8 else ""
    raise UnresolvedError(
        f"{generator!r}{place} is not resolved by {_MOST} panels of noise; the integrand turns "
        f"too fast (the data may be much narrower than the generator, or its map may fold)."
    )


def _nodes(generator: Generator, panels: int) -> tuple[Tensor, Tensor]:
    if isinstance(generator, HasNodes):
        return generator.nodes(panels)
    return latent_nodes(generator.latent, panels)


def _sum(
    generator: Generator,
    theta: Tensor,
    f: Callable[[Tensor], Tensor],
    z: Tensor,
    mass: Tensor,
) -> tuple[float, float, Tensor]:
    """Σ, Σ of magnitudes, and gradient; `mass` is each node's, relative to a mean of 1."""
    moved = theta.detach().clone().requires_grad_()
    with torch.enable_grad():
        x, weight = generator.push(moved, z)
        terms = weight * mass * f(x)
        (gradient,) = torch.autograd.grad(terms.sum(), moved)
    return float(terms.sum().detach()), float(terms.abs().sum().detach()), gradient


@lru_cache(maxsize=32)
def latent_nodes(latent: Law, panels: int) -> tuple[Tensor, Tensor]:
    """Nodes of z (n, 1), and n times the probability that each stands for (n,)."""
    if not isinstance(latent, Law1D):
        raise ValueError(f"exact gradients need noise on the line; got {latent!r}.")
    low, high = latent.reach
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"exact gradients need noise that ends for float64; got {latent!r}.")
    xi, share = np.polynomial.legendre.leggauss(_ORDER)
    edges = np.unique([*np.linspace(low, high, panels + 1), *latent.kinks])
    half = 0.5 * np.diff(edges)[:, None]
    z = torch.from_numpy((edges[:-1, None] + half * (1 + xi)).reshape(-1, 1))
    mass = torch.from_numpy((half * share).reshape(-1)) * latent.log_prob(z).exp()
    seen = mass > 0
    return z[seen], mass[seen] * int(seen.sum())
