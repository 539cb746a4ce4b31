"""A torch module as a function of one flat vector of parameters, made from a random state."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch.func import functional_call

from divkit.generators.generator import FromNoise, evenly
from divkit.rng import RandomState, as_generator, seeded
from divkit.types import Tensor


class Flat:
    """A module in float64 whose parameters are one vector, in their own order.

    Raises
    ------
    ValueError
        If it has no parameters.
    """

    def __init__(self, module: torch.nn.Module) -> None:
        self.module = module.double().eval()
        self.shapes = {name: p.shape for name, p in self.module.named_parameters()}
        if not self.shapes:
            raise ValueError(f"{type(module).__name__} has no parameters to train.")

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(shape.numel() for shape in self.shapes.values())

    @property
    def values(self) -> Tensor:
        """The parameters as they are (P,)."""
        return torch.nn.utils.parameters_to_vector(self.module.parameters()).detach().clone()

    def named(self, theta: Tensor) -> dict[str, Tensor]:
        """θ (P,) cut into parameters."""
        parts = theta.split([shape.numel() for shape in self.shapes.values()])
        pairs = zip(self.shapes.items(), parts, strict=True)
        return {name: part.reshape(shape) for (name, shape), part in pairs}

    def call(self, theta: Tensor, *inputs: Tensor, **options: bool) -> Any:
        """The module with parameters θ, on these inputs."""
        return functional_call(self.module, self.named(theta), inputs, options)

    def filled(self, theta: Tensor) -> torch.nn.Module:
        """A copy that holds θ."""
        twin = copy.deepcopy(self.module)
        torch.nn.utils.vector_to_parameters(theta, twin.parameters())
        return twin


class FromModule(FromNoise):
    """A generator whose θ is a torch module's parameters in their order; `make` returns it.

    `make` is called anew for each start, and must not depend on anything but torch's random state.
    """

    make: Callable[[], torch.nn.Module]

    def _module(self, rng: RandomState) -> torch.nn.Module:
        """The module made anew, from a random state."""
        return made(self.make, rng)

    @abstractmethod
    def _members(self, theta: Tensor, z: Tensor) -> Tensor:
        """Points (E, n, d) of members' parameters (E, P) at noise (E, n, k)."""

    @cached_property
    def _net(self) -> Flat:
        return Flat(self._module(0))

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self._net.size

    def start(self, rng: np.random.Generator) -> Tensor:
        """The parameters of a module made anew."""
        return Flat(self._module(rng)).values

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """The module's output, and weights 1/n."""
        if theta.ndim == 1 and z.ndim == 2:
            x: Tensor = self._net.call(theta, z)
        else:
            lead = torch.broadcast_shapes(theta.shape[:-1], z.shape[:-2])
            many = theta.expand(*lead, self.size).flatten(0, -2)
            noise = z.expand(*lead, *z.shape[-2:]).flatten(0, -3)
            x = self._members(many, noise).unflatten(0, lead)
        return x, evenly(x)


def made(make: Callable[[], torch.nn.Module], rng: RandomState) -> torch.nn.Module:
    """A new module, its random start from `rng`; torch's global random state is put back."""
    seed = int(as_generator(rng).integers(2**62))
    with seeded(seed):
        return make()
