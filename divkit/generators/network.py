"""Generators that are general networks, with any hidden units and in any precision.

Of noise in the plane or on the line their law is known by all preimages
(`divkit.generators.mesh`); where dim z < dim x there is no density; beyond, none is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from divkit.critics.activations import RELU, Activation
from divkit.critics.model import Pull
from divkit.critics.perceptron import Perceptron
from divkit.distributions.adapt import settle
from divkit.distributions.base import Law
from divkit.generators.generator import FromNoise, evenly, one_member, standard_normal
from divkit.generators.mesh import Layers, mesh_law
from divkit.generators.singular import SingularImage
from divkit.types import Tensor


@dataclass(frozen=True)
class NetworkGenerator(FromNoise):
    """x = centre + spread · (a perceptron of z).

    Parameters
    ----------
    latent : the prior of z.
    dim : number of coordinates of x.
    hidden : widths of the hidden layers.
    activation : of the hidden units.
    centre, spread : fixed; where the data lie, and how far they reach.

    Examples
    --------
    >>> import numpy as np
    >>> NetworkGenerator(hidden=(4,)).start(np.random.default_rng(0)).shape
    torch.Size([22])
    """

    latent: Law = field(default_factory=lambda: standard_normal(2))
    dim: int = 2
    hidden: tuple[int, ...] = (64, 64)
    activation: Activation = RELU
    centre: float = 0.0
    spread: float = 1.0
    network: Perceptron = field(init=False, repr=False)

    def __post_init__(self) -> None:
        settle(self, "latent")
        widths = (self.latent.dim, *self.hidden, self.dim)
        object.__setattr__(self, "network", Perceptron(widths, self.activation))

    @property
    def size(self) -> int:
        """Number of weights and biases."""
        return self.network.size

    def start(self, rng: np.random.Generator) -> Tensor:
        """A random start (P,)."""
        return self.network.start(rng)

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """Points (..., n, d), and weights 1/n."""
        x = self._placed(self.network(theta, z.mT).output.mT)
        return x, evenly(x)

    def pullback(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Pull]:
        """Points, and the map of slopes u (..., n, d) to ∂(Σ u·x)/∂θ (..., P)."""
        tape = self.network(theta, z.mT)
        spread = self.spread
        return self._placed(tape.output.mT), lambda u: tape.back_theta((spread * u).mT)

    def _placed(self, x: Tensor) -> Tensor:
        return x if self.spread == 1 and not self.centre else self.centre + self.spread * x

    def law(self, theta: Tensor) -> Law | None:
        """Singular where dim z < dim x; by all preimages of noise in the plane; else None."""
        flat = one_member(theta, self.size)
        if self.latent.dim < self.dim:
            return SingularImage(self, flat)
        layers = self.layers(flat) if self.latent.dim <= 2 else None
        return None if layers is None else mesh_law(self.latent, layers)

    def layers(self, theta: Tensor) -> Layers | None:
        """The map that one member's parameters (P,) are, layer by layer; None if units are new."""
        if not self.activation.known:
            return None
        parts = [(w.numpy(), b.numpy()[:, 0]) for w, b in self.network.layers(theta)]
        whole = Layers(tuple(parts), (self.activation,) * len(self.hidden))
        return whole.placed(self.centre, self.spread)
