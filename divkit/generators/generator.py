r"""Generators: G_θ moves latent noise z to points, and may know the law of G_θ(z).

An expectation under G is a weighted set of points, E f(x) ≈ Σ_i w_i f(x_i): a map weighs its
points 1/n, a mixture gives each component points of its own that share the component's weight, a
finite law gives its atoms with their probabilities. Points and weights are differentiable in θ, so
that autograd through `push` is the exact gradient of that sum for every kind of generator.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.families.multivariate import normal_law
from divkit.distributions.families.normal import Normal
from divkit.rng import RandomState, as_generator
from divkit.types import Tensor

NORMAL = Normal()


class UnknownLawError(ValueError):
    """A law that has no density at this θ, or none that can be followed: estimate instead."""


@runtime_checkable
class Generator(Protocol):
    """A frozen description of a generator; its parameters are flat vectors θ (..., P).

    Leading dimensions of θ are members of an ensemble, as for `divkit.critics.model.Model`: θ
    (..., P) and noise (..., n, k) give points (..., n, d) and weights (..., n).

    >>> import numpy as np
    >>> from divkit.gan import AffineGenerator
    >>> generator = AffineGenerator()
    >>> generator.start(np.random.default_rng(0)).shape
    torch.Size([2])
    """

    @property
    def latent(self) -> Law:
        """The prior of z."""
        ...

    @property
    def dim(self) -> int:
        """Number of coordinates d of a point."""
        ...

    @property
    def size(self) -> int:
        """Number of parameters P."""
        ...

    def start(self, rng: np.random.Generator) -> Tensor:
        """A random start (P,)."""
        ...

    def draw(self, n: int, rng: RandomState) -> Tensor:
        """The noise of one batch of n points, (n, k); batches of an ensemble are stacked."""
        ...

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """Points (..., n, d) and their weights (..., n), which sum to 1."""
        ...

    def law(self, theta: Tensor) -> Law | None:
        """The exact law for θ (P,), detached from autograd; None where no density is known."""
        ...


class HasLatent(Protocol):
    """Anything with a law of noise."""

    @property
    def latent(self) -> Law:
        """The prior of z."""
        ...


class FromNoise:
    """A generator whose n points are made of n draws of its latent law."""

    def draw(self: HasLatent, n: int, rng: RandomState) -> Tensor:
        """Draws of z (n, dim z)."""
        return draws(self.latent, n, rng)


def standard_normal(dim: int) -> Law:
    """Return N(0, I) on R^dim, the usual prior of z.

    Raises
    ------
    ValueError
        If dim is not a positive int.

    Examples
    --------
    >>> standard_normal(2).dim
    2
    """
    if isinstance(dim, bool) or int(dim) != dim or dim < 1:
        raise ValueError(f"dim must be a positive int; got {dim!r}.")
    return normal_law(np.zeros(dim), np.eye(dim))


def draws(latent: Law, n: int, rng: RandomState) -> Tensor:
    """Return n draws of z, (n, k).

    Raises
    ------
    ValueError
        If n is not positive: a batch without points has no mean.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1; got {n!r}.")
    return latent.sample(n, as_generator(rng))


def evenly(x: Tensor) -> Tensor:
    """Return weights 1/n for points (..., n, d), as (..., n)."""
    return x.new_full(x.shape[:-1], 1 / x.shape[-2])


def one_member(theta: Tensor, size: int) -> Tensor:
    """Return θ (P,) detached, in float64 on the CPU.

    Raises
    ------
    ValueError
        If θ has another shape (an ensemble's laws are asked one by one), or is not finite.
    """
    if theta.shape != (size,):
        raise ValueError(
            f"theta must be one member's parameters ({size},); got shape {tuple(theta.shape)}. "
            f"Ask the law of an ensemble member by member."
        )
    flat = theta.detach().to("cpu", torch.float64)
    if not bool(flat.isfinite().all()):
        first = int((~flat.isfinite()).nonzero()[0, 0])
        raise ValueError(f"theta must be finite; entry {first} is not.")
    return flat
