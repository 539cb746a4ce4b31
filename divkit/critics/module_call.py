"""A torch module called with parameters that are handed to it, at the cost of the call itself.

`torch.func.functional_call` costs as much as a small network: it swaps parameters by name, through
properties. Here their places are looked up once, and a call puts tensors there and its own back.
The module is a private copy. Where places cannot be written to (scripted modules) or weights are
held elsewhere too (recurrent layers), functional_call is used.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import torch
from torch.func import functional_call

from divkit.types import Tensor


def module_copy(module: torch.nn.Module) -> torch.nn.Module:
    """A copy, with what its last call left on it: torch's `weight_norm` keeps a weight made then.

    `copy.deepcopy` refuses tensors that are results.
    """
    held = (value for part in module.modules() for value in vars(part).values())
    made = [value for value in held if isinstance(value, Tensor) and not value.is_leaf]
    return copy.deepcopy(module, {id(value): value.detach().clone() for value in made})


class ModuleCall:
    """A module, in any precision, as a function of its parameters in their order.

    Parameters
    ----------
    module : it is copied for each precision and device that is asked for.
    """

    def __init__(self, module: torch.nn.Module) -> None:
        self._module = module
        self._copies: dict[tuple[torch.dtype, torch.device], _Places] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> ModuleCall:
        """A call with a module of its own."""
        return ModuleCall(copy.deepcopy(self._module, memo))

    @cached_property
    def shapes(self) -> list[torch.Size]:
        """Shapes of the parameters, in their order."""
        return [p.shape for p in self._module.parameters()]

    @cached_property
    def sizes(self) -> list[int]:
        """Number of entries of each parameter."""
        return [shape.numel() for shape in self.shapes]

    def parts(self, theta: Tensor) -> list[Tensor]:
        """θ (P,) cut into parameters, views of it."""
        cut = theta.split(self.sizes)
        return [part.reshape(shape) for part, shape in zip(cut, self.shapes, strict=True)]

    def leaves(self, theta: Tensor) -> list[Tensor]:
        """θ (P,) cut into parameters from which graphs start."""
        return [part.requires_grad_(True) for part in self.parts(theta.detach())]

    def __call__(self, parts: Sequence[Tensor], *inputs: Tensor) -> Any:
        """The module with these parameters, on these inputs."""
        key = (parts[0].dtype, parts[0].device)
        if key not in self._copies:
            self._copies[key] = _Places(copy.deepcopy(self._module).to(key[1], key[0]))
        return self._copies[key](parts, *inputs)


class _Places:
    """A module, and the places of its parameters."""

    def __init__(self, module: torch.nn.Module) -> None:
        self.module = module
        self.own = list(module.parameters())
        order = {id(p): k for k, p in enumerate(self.own)}
        self.places = [
            (part._parameters, name, order[id(p)])
            for part in module.modules()
            for name, p in part._parameters.items()
            if p is not None
        ]
        self.names = [name for name, _ in module.named_parameters()]
        self.open = all(type(slots) is dict for slots, _, _ in self.places) and not any(
            isinstance(part, torch.nn.RNNBase) for part in module.modules()
        )

    def __call__(self, parts: Sequence[Tensor], *inputs: Tensor) -> Any:
        """The module's output."""
        if not self.open:
            return functional_call(self.module, dict(zip(self.names, parts, strict=True)), inputs)
        try:
            for slots, name, k in self.places:
                slots[name] = parts[k]  # type: ignore[assignment]  # put back below
            return self.module(*inputs)
        finally:
            for slots, name, k in self.places:
                slots[name] = self.own[k]
