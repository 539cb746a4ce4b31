"""Any torch module as a generator.

A description holds a function that makes the module, so that `start` can make a new one from each
random state; θ is the module's parameters in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
from torch import nn
from torch.func import vmap

from divkit.critics.model import Pull
from divkit.critics.module_call import ModuleCall, module_copy
from divkit.critics.module_probe import require_still
from divkit.distributions.adapt import settle
from divkit.distributions.base import Law
from divkit.generators.flat import FromModule
from divkit.generators.generator import NORMAL, one_member, standard_normal
from divkit.generators.mesh import Layers, mesh_law
from divkit.generators.mesh.modules import module_layers
from divkit.generators.singular import SingularImage
from divkit.types import Tensor


@dataclass(frozen=True)
class ModuleGenerator(FromModule):
    """x = module(z), for a module that maps (n, dim z) to (n, dim).

    Its law is known where noise and points have one or two coordinates and the module is a chain
    of linear layers, tanh, sigmoid, ReLU and leaky ReLU, in whatever class.

    Parameters
    ----------
    make : returns the module; it is called anew for each start, and must not depend on anything
        but torch's random state.
    latent : the prior of z.
    dim : number of coordinates of x.

    Raises
    ------
    ValueError
        If the module has no parameters, does not map (n, dim z) to (n, dim), or is no function of
        a point and its parameters: batch norm and dropout in training mode, spectral norm.

    Examples
    --------
    >>> import torch
    >>> ModuleGenerator.of(torch.nn.Linear(1, 1), 1).dim
    1
    """

    make: Callable[[], torch.nn.Module]
    latent: Law = NORMAL
    dim: int = 1

    @classmethod
    def of(cls, module: nn.Module, dim: int, latent: Any = None) -> ModuleGenerator:
        """A module as it is: its own parameters are the start of every member.

        Parameters
        ----------
        module : it is copied.
        dim : number of coordinates of x.
        latent : the prior of z; N(0, I) on as many coordinates as the first linear layer takes,
            where None.

        Raises
        ------
        ValueError
            If there is no linear layer to tell how much noise is wanted, or as the class does.
        """
        widths = (part.in_features for part in module.modules() if isinstance(part, nn.Linear))
        width = next(widths, None)
        if latent is None and width is None:
            raise ValueError(
                f"{type(module).__name__} has no linear layer that tells how many coordinates of "
                "noise it takes: ModuleGenerator.of(module, dim, standard_normal(k)) says so."
            )
        prior = standard_normal(width or 1) if latent is None else latent
        return cls(partial(module_copy, module), prior, dim)

    def __post_init__(self) -> None:
        settle(self, "latent")
        own = self._module(0)
        noise = self.latent.sample(4, 0).to(next(own.parameters(), torch.zeros(1)))
        require_still(own, noise, f"the generator {type(own).__name__}")
        points = torch.zeros(2, self.latent.dim, dtype=torch.float64)
        shape = tuple(self._net.module(points).shape)
        if shape != (2, self.dim):
            raise ValueError(
                f"the module must map (n, {self.latent.dim}) to (n, {self.dim}); "
                f"two points gave shape {shape}."
            )

    @cached_property
    def _call(self) -> ModuleCall:
        return ModuleCall(self._net.module)

    def pullback(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Pull]:
        """Points, and the map of slopes u (..., n, d) to ∂(Σ u·x)/∂θ (..., P).

        One member's graph starts at its parameters, no views of a flat vector.
        """
        one = theta.ndim == 2 and len(theta) == 1 and z.ndim == 3
        free = self._call.leaves(theta[0]) if one else [theta.detach().requires_grad_(True)]
        with torch.enable_grad():
            x = self._call(free, z[0])[None] if one else self.push(free[0], z)[0]

        def back(u: Tensor) -> Tensor:
            slopes = torch.autograd.grad(x, free, u, materialize_grads=True)
            return torch.cat([slope.reshape(-1) for slope in slopes]).reshape(theta.shape)

        return x.detach(), back

    def _members(self, theta: Tensor, z: Tensor) -> Tensor:
        points: Tensor = vmap(self._net.call)(theta, z)
        return points

    def law(self, theta: Tensor) -> Law | None:
        """Singular where dim z < dim x; of a chain of layers in the plane by all preimages."""
        flat = one_member(theta, self.size)
        if self.latent.dim < self.dim:
            return SingularImage(self, flat)
        layers = self.layers(flat) if self.latent.dim <= 2 else None
        return None if layers is None else mesh_law(self.latent, layers)

    def layers(self, theta: Tensor) -> Layers | None:
        """The map that one member's parameters (P,) are; None if it is no known chain."""
        return module_layers(self._net.filled(theta), self.draw(256, 0))
