"""Flows of zuko as generators, whose law is known in every dimension.

A description holds a function that makes the flow, so that `start` can make a new one from each
random state; θ is its parameters in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.generators.flat import Flat, made
from divkit.generators.generator import FromNoise, evenly, one_member, standard_normal
from divkit.types import Tensor


@runtime_checkable
class FlowLaw(Protocol):
    """What a flow of zuko returns: T from points to noise, and the law of the noise."""

    transform: Any
    base: Any
    event_shape: torch.Size


@dataclass(frozen=True)
class FlowGenerator(FromNoise):
    """A normalising flow of zuko: x = T⁻¹(z) of a standard normal z, with known density.

    Parameters
    ----------
    make : returns the flow, as in ``partial(zuko.flows.NSF, 2)``.

    Raises
    ------
    ValueError
        If it is no flow without a context, or its base is not the standard normal law.
    """

    make: Callable[[], torch.nn.Module]

    def __post_init__(self) -> None:
        base = self._law.base
        points = torch.linspace(-2, 2, 3 * self.dim, dtype=torch.float64).reshape(3, self.dim)
        wanted = standard_normal(self.dim).log_prob(points)
        if not torch.allclose(base.log_prob(points), wanted):
            raise ValueError(f"the flow's base must be standard normal; it is {base!r}.")

    @cached_property
    def _net(self) -> Flat:
        return Flat(_Decoder(made(self.make, 0)))

    @cached_property
    def _law(self) -> FlowLaw:
        flow = self._net.module.get_submodule("flow")
        law = flow()
        if not isinstance(law, FlowLaw):
            raise ValueError(f"make must return a flow of zuko; it made {flow!r}.")
        return law

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return int(self._law.event_shape.numel())

    @property
    def latent(self) -> Law:
        """N(0, I)."""
        return standard_normal(self.dim)

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self._net.size

    def start(self, rng: np.random.Generator) -> Tensor:
        """The parameters of a flow made anew."""
        return Flat(_Decoder(made(self.make, rng))).values

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """T⁻¹(z), member by member, and weights 1/n."""
        if theta.ndim == 1 and z.ndim == 2:
            x: Tensor = self._net.call(theta, z)
            return x, evenly(x)
        lead = torch.broadcast_shapes(theta.shape[:-1], z.shape[:-2])
        many = theta.expand(*lead, self.size).flatten(0, -2)
        noise = z.expand(*lead, *z.shape[-2:]).flatten(0, -3)
        x = torch.stack([self.push(t, e)[0] for t, e in zip(many, noise, strict=True)])
        return x.unflatten(0, lead), evenly(x).unflatten(0, lead)

    def log_density(self, theta: Tensor, x: Tensor) -> Tensor:
        """The flow's log density at points (n, d), for θ (P,), differentiable in both."""
        found: Tensor = self._net.call(theta, x, density=True)
        return found

    def law(self, theta: Tensor) -> Law:
        """The flow's law, with its density."""
        return as_law(self._net.filled(one_member(theta, self.size)).get_submodule("flow"))


class _Decoder(torch.nn.Module):
    """z -> T⁻¹(z): a flow builds T when it is called, and reads its parameters when T is."""

    def __init__(self, flow: torch.nn.Module) -> None:
        super().__init__()
        self.flow = flow

    def forward(self, z: Tensor, density: bool = False) -> Tensor:
        """Points at noise (n, d), or log densities at points."""
        law = self.flow()
        out: Tensor = law.log_prob(z) if density else law.transform.inv(z)
        return out
