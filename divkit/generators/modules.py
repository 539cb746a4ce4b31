"""Any torch module as a generator.

A description holds a function that makes the module, so that `start` can make a new one from each
random state; θ is the module's parameters in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.func import vmap

from divkit.distributions.base import Law
from divkit.generators.flat import FromModule
from divkit.generators.generator import NORMAL, one_member
from divkit.generators.mesh import mesh_law
from divkit.generators.mesh.modules import sequence_layers
from divkit.generators.singular import SingularImage
from divkit.types import Tensor


@dataclass(frozen=True)
class ModuleGenerator(FromModule):
    """x = module(z), for a module that maps (n, dim z) to (n, dim).

    Its law is known where noise and points are in the plane and the module is a sequence of linear
    layers, tanh, sigmoid, ReLU and leaky ReLU.

    Parameters
    ----------
    make : returns the module; it is called anew for each start, and must not depend on anything
        but torch's random state.
    latent : the prior of z.
    dim : number of coordinates of x.

    Raises
    ------
    ValueError
        If the module has no parameters, or does not map (n, dim z) to (n, dim).
    """

    make: Callable[[], torch.nn.Module]
    latent: Law = NORMAL
    dim: int = 1

    def __post_init__(self) -> None:
        points = torch.zeros(2, self.latent.dim, dtype=torch.float64)
        shape = tuple(self._net.module(points).shape)
        if shape != (2, self.dim):
            raise ValueError(
                f"the module must map (n, {self.latent.dim}) to (n, {self.dim}); "
                f"two points gave shape {shape}."
            )

    def _members(self, theta: Tensor, z: Tensor) -> Tensor:
        points: Tensor = vmap(self._net.call)(theta, z)
        return points

    def law(self, theta: Tensor) -> Law | None:
        """Singular where dim z < dim x; of a sequence of layers in the plane by all preimages."""
        flat = one_member(theta, self.size)
        if self.latent.dim < self.dim:
            return SingularImage(self, flat)
        layers = sequence_layers(self._net.filled(flat)) if self.latent.dim <= 2 else None
        return None if layers is None else mesh_law(self.latent, layers)
