r"""Generators that are perceptrons with tanh layers, x = W_L h_{L−1} + b_L.

They share the derivatives of `divkit.critics.mlp`, written out and batched over ensembles. On the
line their law is known exactly (`divkit.generators.folds`), whether or not the map is
monotone, and in the plane by all preimages (`divkit.generators.mesh`); with fewer coordinates of z
than of x it is singular to every density; otherwise no density is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from divkit.critics.activations import TANH
from divkit.critics.mlp import MLPModel
from divkit.critics.model import Pull
from divkit.distributions.adapt import settle
from divkit.distributions.base import Law, Law1D
from divkit.generators.folds import FoldedLaw, TanhNetwork
from divkit.generators.generator import NORMAL, FromNoise, evenly, one_member
from divkit.generators.mesh import Layers, mesh_law
from divkit.generators.singular import SingularImage
from divkit.types import Tensor


@dataclass(frozen=True)
class MLPGenerator(FromNoise):
    """x = G_θ(z), a perceptron with tanh layers of these widths and a linear output.

    Parameters
    ----------
    latent : the prior of z.
    dim : number of coordinates of x.
    hidden : widths of the tanh layers.

    Raises
    ------
    ValueError
        If dim or a width is not a positive int.

    Examples
    --------
    >>> import numpy as np
    >>> generator = MLPGenerator(hidden=(4,))
    >>> generator.start(np.random.default_rng(0)).shape
    torch.Size([13])
    """

    latent: Law = NORMAL
    dim: int = 1
    hidden: tuple[int, ...] = (16, 16)

    def __post_init__(self) -> None:
        settle(self, "latent")
        object.__setattr__(self, "hidden", tuple(self.hidden))
        for width in (*self.hidden, self.dim):
            if int(width) != width or width < 1:
                raise ValueError(f"dim and hidden must be positive ints; got {width!r}.")
        if not self.hidden:
            raise ValueError("hidden must name a layer; without one use AffineGenerator.")

    @cached_property
    def network(self) -> MLPModel:
        """The perceptron, its inputs taken as they are."""
        return MLPModel((self.latent.dim, *self.hidden, self.dim))

    @property
    def size(self) -> int:
        """Number of weights and biases."""
        return self.network.size

    def start(self, rng: np.random.Generator) -> Tensor:
        """Weights N(0, 1/inputs); biases N(0, 1) in the first layer, N(0, 0.01) after it."""
        return self.network.start(rng)

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """G_θ(z), and weights 1/n."""
        x = self.network.outputs(theta, z)
        return x, evenly(x)

    def pullback(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Pull]:
        """Points (..., n, d), and the map of slopes u (..., n, d) to ∂(Σ u·x)/∂θ (..., P).

        One backward sweep that is written out: no graph is built.
        """
        return self.network.pullback_outputs(theta, z)

    def law(self, theta: Tensor) -> Law | None:
        """Exact on the line and in the plane; singular where dim z < dim x; else None.

        Raises
        ------
        ValueError
            If θ is not one member's finite parameters, or G on the line is constant to rounding
            on a set of probability above 1e-12, as where a unit has become a step.
        """
        flat = one_member(theta, self.size)
        if self.latent.dim < self.dim:
            return SingularImage(self, flat)
        if self.dim == 1 and isinstance(self.latent, Law1D):
            layers = self.network.network.layers(flat)
            curve = TanhNetwork(tuple((w.numpy(), b[:, 0].numpy()) for w, b in layers))
            return FoldedLaw(self.latent, curve)
        if self.latent.dim > 2:
            return None
        parts = [(w.numpy(), b[:, 0].numpy()) for w, b in self.network.network.layers(flat)]
        units = (TANH,) * len(self.hidden)
        return mesh_law(self.latent, Layers(tuple(parts), units))
