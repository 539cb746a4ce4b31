"""A torch module as a function of one flat vector of parameters, made from a random state."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch.func import functional_call

from divkit.rng import RandomState, as_generator
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


def made(make: Callable[[], torch.nn.Module], rng: RandomState) -> torch.nn.Module:
    """A new module, its random start from `rng`; torch's global random state is put back."""
    seed = int(as_generator(rng).integers(2**62))
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return make()
