"""Flows of zuko as generators, whose law is known in every dimension.

A description holds a function that makes the flow, so that `start` can make a new one from each
random state; θ is its parameters in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import torch

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.generators.flat import FromModule, made
from divkit.generators.generator import one_member, standard_normal
from divkit.rng import RandomState
from divkit.types import Tensor


@runtime_checkable
class FlowLaw(Protocol):
    """The return of a zuko flow: T from points to noise, and the law of the noise."""

    transform: Any
    base: Any
    event_shape: torch.Size


@dataclass(frozen=True)
class FlowGenerator(FromModule):
    """A normalising flow of zuko: x = T⁻¹(z) of a standard normal z, with known density.

    Parameters
    ----------
    make : returns the flow, as in ``partial(zuko.flows.NSF, 2)``.

    Raises
    ------
    ValueError
        If it is no flow without a context, or its base is not the standard normal law.

    Examples
    --------
    >>> from functools import partial
    >>> import zuko
    >>> FlowGenerator(partial(zuko.flows.NSF, 2, transforms=1, hidden_features=(4,))).dim
    2
    """

    make: Callable[[], torch.nn.Module]

    def __post_init__(self) -> None:
        base = self._law.base
        points = torch.linspace(-2, 2, 3 * self.dim, dtype=torch.float64).reshape(3, self.dim)
        wanted = standard_normal(self.dim).log_prob(points)
        if not torch.allclose(base.log_prob(points), wanted):
            raise ValueError(f"the flow's base must be standard normal; it is {base!r}.")

    def _module(self, rng: RandomState) -> torch.nn.Module:
        return _Decoder(made(self.make, rng))

    @cached_property
    def _law(self) -> FlowLaw:
        flow = self._net.module.get_submodule("flow")
        with torch.no_grad():  # its shapes are asked, and it is copied with the generator
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

    def _members(self, theta: Tensor, z: Tensor) -> Tensor:
        return torch.stack([self._net.call(t, e) for t, e in zip(theta, z, strict=True)])

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
